"""The page about a file of rows: everything in it is text, its books are those of the file, and it may load and run nothing."""

from __future__ import annotations

import re

import pytest

from burnish.data.read import read_rows
from burnish.data.report.facts import facts_of
from burnish.data.report.page import TEXT_CHARACTERS, page
from burnish.data.report.pairs import paired
from toys import write_rows

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e'\"&"


def facts(path, rows):
    """Return the facts of rows, each as many tokens long as its question."""
    read = read_rows(write_rows(path, rows))
    return facts_of(path.name, read, read.conversations, [len(row.prompt[0].content) for row in read.conversations], read.refused)


def written(question, answer="It is done.", **metadata):
    """Return a row as a file holds it."""
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"messages": turns, "metadata": metadata}


@pytest.fixture
def both(tmp_path):
    """Return the facts of rows full of markup, and of what cleaning made of them."""
    rows = [written(EVIL + str(i), "{{ 7 * 7 }}", category=EVIL, source=EVIL, time=1.7e9 + 86400 * i) for i in range(30)]
    before = facts(tmp_path / "rows.jsonl", [*rows, {EVIL: EVIL}, written("x" * 9000, "{% raw %}")])
    return before, facts(tmp_path / "clean.jsonl", rows[:20])


def test_what_stands_in_a_row_stays_text(both):
    """No element of a row becomes one of the page, in any section; hidden characters are shown by number; long texts are cut."""
    told = page(both, paired(both[0].rows, both[1].rows))

    assert "<script" not in told
    assert "<img" not in told
    assert "&lt;script&gt;" in told
    assert "\u202e" not in told
    assert "&lt;U+202E&gt;" in told
    assert "{{ 7 * 7 }}" in told
    assert "x" * (TEXT_CHARACTERS + 1) not in page(both[:1])


def test_the_page_is_inert(both):
    """Its policy allows its own style by hash and nothing else; there is no address, no handler, no inline style."""
    told = page(both, paired(both[0].rows, both[1].rows))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', told)[1]
    tags = "".join(re.findall(r"<[a-z][^>]*>", re.sub(r"<style>.*?</style>", "", told, flags=re.DOTALL)))

    assert re.fullmatch(r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'", policy)
    assert re.findall(r'(?:src|href|action)="(?!#)|\son\w+=|\sstyle=|url\(', tags) == []


def test_the_ledger_of_the_page_closes(both):
    """Rows read, refused, usable, kept, changed and taken out stand in the page as they are in the files."""
    told = page(both, paired(both[0].rows, both[1].rows))
    books = re.search(r'<table class="books">(.*?)</table>', told, re.DOTALL)[1]
    lines = {
        re.sub(r"<.*?>", "", name).strip(): re.findall(r">([\d,]+)</td>", rest)
        for name, rest in re.findall(r"<tr[^>]*><th[^>]*>(.*?)</th>(.*?)</tr>", books)
    }

    assert lines["read"] == ["32", "20"]
    assert lines["can be used"] == ["31", "20"]
    assert [value for name, value in lines.items() if name.startswith("refused")] == [["1", "0"]]
    assert lines["of these kept word for word"] == ["20", "20"]
    assert lines["of these taken out"] == ["11"]


def test_a_file_without_a_usable_row_still_has_its_page(tmp_path):
    """Where all rows are refused the page says why, and nothing divides by their number."""
    told = page([facts(tmp_path / "rows.jsonl", [{"shoe": 1}])])

    assert "refused: no format is known with these keys" in told
