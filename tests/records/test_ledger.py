"""The books."""

from __future__ import annotations

from dataclasses import replace

from burnish.records.ledger import Entry, Ledger


def _entry(line: int, fate: str, tokens: int, used: int, supervised: int, reason: str = "") -> Entry:
    return Entry(
        file="a.jsonl", line=line, fate=fate, tokens=tokens, used_tokens=used, supervised_tokens=supervised, reason=reason
    )


BOOKS = Ledger(
    rows_read=5,
    entries=(
        _entry(1, "trained", 10, 10, 4),
        _entry(2, "held_out", 20, 20, 5),
        _entry(3, "shortened", 30, 18, 6, "cut at token 18"),
        _entry(4, "refused", 40, 0, 0, "too long"),
        _entry(5, "refused", 0, 0, 0, "no JSON"),
    ),
)


def test_closed_books_close():
    """Used, cut and refused tokens sum to those read, and every row has one fate."""
    summary = BOOKS.summary()

    assert BOOKS.balance_errors() == []
    assert summary["tokens"] == {"trained": 28, "held_out": 20, "cut": 12, "refused": 40}
    assert summary["tokens_read"] == 100
    assert summary["rows"] == {"trained": 1, "held_out": 1, "shortened": 1, "refused": 2}
    assert summary["supervised_tokens"] == 10


def test_a_lost_row_is_seen():
    """A row that was read and is in no entry keeps the books from closing."""
    assert replace(BOOKS, rows_read=6).balance_errors() == ["6 rows were read, 5 are in the books"]


def test_a_lost_token_is_seen():
    """A refused row that claims used tokens, or an unknown fate, keeps the books from closing."""
    wrong = replace(BOOKS, entries=(*BOOKS.entries[:3], _entry(4, "refused", 40, 41, 0), _entry(5, "dropped", 0, 0, 0)))

    assert len(wrong.balance_errors()) == 2
