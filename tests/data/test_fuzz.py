"""Hostile JSON goes through the reader without a traceback, and is judged as RFC 8259 judges it."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest

from burnish.data.read import parse_json, read_rows
from burnish.errors import DataError

FIXTURES = Path(__file__).parents[1] / "fixtures" / "data"
SUITE = sorted((FIXTURES / "JSONTestSuite").rglob("*.json"))
WHOLE = Path(os.environ["BURNISH_SHARED"], "data", "fuzz") if "BURNISH_SHARED" in os.environ else None
FILES = sorted(path for path in (WHOLE or FIXTURES).rglob("*") if path.is_file() and path.suffix == ".json") if WHOLE else []


def verdict(text: bytes) -> str:
    """Return `y` where a text is accepted as JSON and `n` where it is refused."""
    try:
        parse_json(text)
    except DataError as error:
        return "n" if error.what and error.remedy else "told badly"
    return "y"


def read_both_ways(text: bytes, folder: Path) -> None:
    """Read a text as a file, and as one line between two good rows; nothing but DataError may come of it."""
    path = folder / "rows.jsonl"
    path.write_bytes(text)
    with contextlib.suppress(DataError):
        read = read_rows(path)
        assert read.rows_read == len(read.conversations) + len(read.refused)
        assert all(row.reason and row.remedy and row.line >= 1 for row in read.refused)
        assert all(row.byte <= len(text) for row in read.refused)
    if b"\n" in text or b"\r" in text or b"\x00" in text[:2]:
        return
    good = b'{"prompt":"a","completion":"b"}\n'
    path.write_bytes(good + text + b"\n" + good)
    read = read_rows(path)
    assert read.rows_read == 2 + bool(text.strip(b" \t"))
    assert len(read.conversations) >= 2


@pytest.mark.parametrize("path", [*SUITE, *FILES], ids=lambda path: path.name)
def test_each_file_is_judged_as_its_name_says(path, tmp_path):
    """Each y_ file is accepted as JSON, each n_ file refused, an i_ file either; none ends in a traceback."""
    text = path.read_bytes()
    found = verdict(text)
    read_both_ways(text, tmp_path)

    assert {"y": "y", "n": "n"}.get(path.name[:2].removesuffix("_"), found) == found


def test_the_suite_is_whole():
    """The fixtures hold 48 y_, 93 n_ and 18 i_ files: a lost fixture is no silent pass."""
    names = [path.name[:2] for path in SUITE]

    assert [names.count("y_"), names.count("n_"), names.count("i_")] == [48, 93, 18]


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000], ids=["arrays", "objects", "closed"]
)
def test_endless_depth_is_refused(text, tmp_path):
    """100,000 brackets are refused with a reason, and the rows around them are kept."""
    read_both_ways(text, tmp_path)

    assert verdict(text) == "n"


def test_naughty_strings_come_through_unchanged(tmp_path):
    """Each of the naughty strings, asked and answered, is read back to the letter."""
    strings = [text for text in json.loads((FIXTURES / "blns.json").read_text("utf-8")) if text.strip()]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"prompt": text, "completion": text}) + "\n" for text in strings), encoding="utf-8")
    read = read_rows(path)

    assert strings == [row.answer for row in read.conversations]
    assert strings == [row.messages[0].content for row in read.conversations]
