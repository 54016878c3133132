"""`burnish scrub` as people type it: books, key, refusals."""

from __future__ import annotations

import json
import stat

import pytest
from typer.testing import CliRunner

from burnish.cli.main import app

ROWS = (
    '{"prompt":"Hi, I\'m Anna Lindqvist.","completion":"Call +44 20 7946 0018."}\n'
    '{"prompt":"no answer"}\n'
    '{"prompt":"Plain?","completion":"Plain."}\n'
)


@pytest.fixture
def rows(tmp_path):
    """Return a file of three rows, one of them broken."""
    path = tmp_path / "rows.jsonl"
    path.write_text(ROWS)
    return path


def run(*words):
    """Run the tool; return the result."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_scrub_says_what_it_found_and_closes_its_books(rows, tmp_path):
    """The JSON names kinds, lines and masked values, never a value whole; rows in are rows out and rows refused."""
    done = run("scrub", rows, "-o", tmp_path / "out.jsonl", "--json")
    told = json.loads(done.stdout)

    assert told["ledger"] == {"rows_in": 3, "rows_out": 2, "removed": {"cannot be read as a row": 1}, "added": {}, "closes": True}
    assert told["kinds"]["phone"] == {"kind": "phone", "times": 1, "distinct": 1, "lines": [1], "shown": ["+•••8"]}
    assert "Lindqvist" not in done.stdout + done.stderr + (tmp_path / "out.jsonl").read_text()
    assert rows.read_text() == ROWS


def test_the_key_is_the_persons_alone_and_is_never_written_over(rows, tmp_path):
    """The key file has mode 0600, leads back, and a second scrub refuses its name."""
    key, out, back = tmp_path / "key.json", tmp_path / "out.jsonl", tmp_path / "back.jsonl"
    run("scrub", rows, "-o", out, "--key", key)
    restored = run("scrub", out, "-o", back, "--restore", "--key", key, "--json")
    again = run("scrub", rows, "-o", tmp_path / "two.jsonl", "--key", key)

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert json.loads(restored.stdout)["ledger"]["closes"] is True
    assert [json.loads(line)["messages"][0]["content"] for line in back.read_text().splitlines()] == [
        "Hi, I'm Anna Lindqvist.",
        "Plain?",
    ]
    assert again.exit_code == 1
    assert "the key file is there already" in again.stderr
    assert not (tmp_path / "two.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--restore"], "without its key"),
        (["--kind", "shoe"], "a kind is not known"),
        (["--restore", "--key", "{rows}"], "no key of a scrub"),
        (["-o", "{rows}"], "over their own source"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(rows, tmp_path, words, told):
    """Each fault names what is wrong; the input stays."""
    done = run("scrub", rows, "-o", tmp_path / "out.jsonl", *(word.format(rows=rows) for word in words))

    assert done.exit_code == 1
    assert told in done.stderr
    assert rows.read_text() == ROWS
    assert not (tmp_path / "out.jsonl").exists()
