"""Texts in pieces and their facts."""

from __future__ import annotations

import doctest
import importlib
import itertools

import pytest

from burnish.context.marks import marks
from burnish.context.pieces import pieces, sentences
from burnish.records.conversation import Message
from context.toy_talks import CODE, LINK


@pytest.mark.parametrize("name", ["marks", "pieces", "wording"])
def test_examples(name):
    """The examples in the docstrings are true."""
    result = doctest.testmod(importlib.import_module(f"burnish.context.{name}"))

    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call +44 20 7946 0018 or ann@b.example.", [("link", "+44 20 7946 0018"), ("link", "ann@b.example")]),
        ("I paid 23,80 € for 2 tickets", [("amount", "23,80 €"), ("number", "2 tickets")]),
        ("half past two on the 12th of this month", [("time", "half past two"), ("date", "the 12th of this month")]),
        ("at 123-01 Roosevelt Avenue near `run.sh`", [("address", "123-01 Roosevelt Avenue"), ("code", "`run.sh`")]),
        ("Does Angels Vs Astros play?", [("name", "Angels Vs Astros")]),
        ("Great. Please sit down, and thank you.", []),
        ("meet Żółć Łukasz and I", [("name", "Żółć Łukasz")]),
        ("Meet Dr. Olsen", [("name", "Meet Dr. Olsen")]),
        ("", []),
    ],
)
def test_facts_are_found_letter_for_letter(text, expected):
    """Each kind of fact is found whole, and courtesies are none."""
    assert expected == [(one.kind, one.text) for one in marks(text)]


def test_no_fact_overlaps_another_and_each_stands_where_it_says():
    """The places of the facts are theirs, in order, and apart."""
    text = f"On 2024-05-01 at 7:15 pm Dr. Olsen paid $40 for B-12, see {LINK} or “the red one” at 12 Oak Street, Phoenix, AZ."
    found = marks(text)

    assert [text[one.start : one.end] for one in found] == [one.text for one in found]
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert {"date", "time", "name", "amount", "code", "link", "quote", "address"} == {one.kind for one in found}


def test_code_is_one_piece_and_no_link_is_cut():
    """A block of code stays whole with its blank lines, also one that never ends; a link with points and brackets stays whole."""
    found = sentences(f"Look: {LINK}. Then this:\n{CODE}\nDone. 1. First\n```\nopen. still open.")

    assert CODE in found
    assert any(LINK in one for one in found)
    assert "```\nopen. still open." == found[-1]


def test_nothing_is_lost_between_pieces():
    """All letters of a text are in its pieces, in order, in any script."""
    text = "今日は。明日も！ Ünïcode… 'Well?' she said. e.g. this (No. 4.5)\n\n- one\n- two 🙂. Bye"
    found = sentences(text)

    assert "".join(text.split()) == "".join("".join(found).split())
    assert ["今日は。", "明日も！"] == found[:2]


def test_pieces_know_their_turn():
    """Each piece has its message's number and its own."""
    found = pieces((Message(role="user", content="One. Two."), Message(role="tool", content="3")), 4)

    assert [(4, 0, "user"), (4, 1, "user"), (5, 2, "tool")] == [(one.turn, one.place, one.role) for one in found]
