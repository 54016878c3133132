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


FIRST = '{"prompt":"Who is [PERSON_1]?","completion":"Anna Lindqvist called Pedro Alvarez on +44 20 7946 0018."}\n'
SECOND = '{"prompt":"Who came?","completion":"Maria Rossi met Anna Lindqvist. Anna rang +44 20 7946 0018."}\n'


def _words(path):
    """Return the answers of a file of rows."""
    return [json.loads(line)["messages"][-1]["content"] for line in path.read_text().splitlines()]


@pytest.fixture
def two(tmp_path):
    """Return two files of which the second names a person of the first, and the first scrubbed with its key."""
    first, second, out, key = (tmp_path / name for name in ("first.jsonl", "second.jsonl", "out1.jsonl", "key1.json"))
    first.write_text(FIRST)
    second.write_text(SECOND)
    assert run("scrub", first, "-o", out, "--key", key).exit_code == 0
    return first, second, out, key


@pytest.mark.parametrize("surrogates", [False, True])
def test_a_second_file_goes_on_from_the_key_of_the_first(two, tmp_path, surrogates):
    """The same person and number have the same stand-in in both files, nobody else has it, and the new key leads back for both."""
    first, second, out, key = two
    more = ["--surrogates"] if surrogates else []
    if surrogates:
        key = tmp_path / "like-life.json"
        run("scrub", first, "-o", out, "--key", key, *more)
    later, both = tmp_path / "out2.jsonl", tmp_path / "key2.json"
    done = run("scrub", second, "-o", later, "--known", key, "--key", both, *more)
    held = {text: stand_in for stand_in, text in json.loads(key.read_text())["stands_for"].items()}
    person, phone = held["Anna Lindqvist"], held["+44 20 7946 0018"]

    assert done.exit_code == 0, done.stderr
    assert f"met {person}. {person.split()[0]} rang {phone}." in _words(later)[0]
    assert _words(later)[0].split(" met ")[0] not in (*held.values(), "[PERSON_1]", "Maria Rossi")
    for scrubbed, written in ((out, first), (later, second)):
        run("scrub", scrubbed, "-o", tmp_path / "back.jsonl", "--restore", "--key", both)
        assert _words(tmp_path / "back.jsonl") == [json.loads(written.read_text())["completion"]]


def test_the_key_of_another_file_is_not_taken_without_a_word(two, tmp_path):
    """Stand-ins of another scrub read like this one's: rows that are not as this key left them are named, and what it does not know."""
    _, second, out, key = two
    later, other = tmp_path / "later.jsonl", tmp_path / "other.json"
    run("scrub", second, "-o", later, "--key", other)
    wrong = run("scrub", later, "-o", tmp_path / "wrong.jsonl", "--restore", "--key", key)
    right = run("scrub", out, "-o", tmp_path / "right.jsonl", "--restore", "--key", key)

    assert "1 rows with stand-ins are not as a scrub of this key left them (line 1)" in wrong.stdout
    assert "this key does not know [PERSON_1]: left as they stand" in wrong.stdout
    assert "are not as a scrub" not in right.stdout


def test_what_means_nothing_beside_restore_is_refused(two, tmp_path):
    """A flag that would be read by nothing is wrong usage, and nothing is written."""
    done = run("scrub", two[2], "-o", tmp_path / "x.jsonl", "--restore", "--key", two[3], "--kind", "person", "--plant", "3")

    assert done.exit_code == 2
    assert "--kind, --plant" in done.stderr
    assert not (tmp_path / "x.jsonl").exists()


def test_a_key_without_kinds_is_no_key_to_go_on_from(two, tmp_path):
    """A key of an earlier burnish leads back still, but its stand-ins cannot be gone on with: that is said."""
    old = json.loads(two[3].read_text())
    del old["kind_of"]
    two[3].write_text(json.dumps(old))
    refused = run("scrub", two[1], "-o", tmp_path / "x.jsonl", "--known", two[3])
    back = run("scrub", two[2], "-o", tmp_path / "back.jsonl", "--restore", "--key", two[3])

    assert "of what kind" in refused.stderr
    assert (refused.exit_code, back.exit_code) == (1, 0)
