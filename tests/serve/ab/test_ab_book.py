"""The book of answers and feedback: private, only added to, whole after a kill, and told where it is damaged."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import subprocess
import sys

import pytest

from burnish import durable
from burnish.errors import StorageError
from burnish.registry.book import Answer, Book
from burnish.registry.home import make_home

KILLED = """
import os, signal, sys
from pathlib import Path
from burnish.registry.book import Answer, Book
book = Book(Path(sys.argv[1]))
for i in range(500):
    book.answered(Answer(f"a{i}", f"u{i}", True, "v", "x", i % 2))
    book.say(Answer(f"a{i}", f"u{i}", True, "v", "x", i % 2), "thumb", "up", ("x", i % 2, 1.0))
    if i == 300:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def filled(home, count=20):
    """Return a book with answers of two arms."""
    book = Book(home)
    for i in range(count):
        book.answered(Answer(f"a{i}", f"u{i % 10}", True, "v", "x", i % 2))
    return book


def test_a_kill_loses_nothing_that_was_entered(tmp_path):
    """A process that is killed between two entries leaves every answer and every vote of before."""
    home = make_home(tmp_path)
    done = subprocess.run([sys.executable, "-c", KILLED, str(home)], check=False)
    book = Book(home)
    votes = book.votes("x", "people")
    book.close()

    assert -9 == done.returncode
    assert 301 == len(votes)


def test_a_torn_end_is_dropped_and_the_rest_stays(tmp_path):
    """With the last bytes cut off, as a loss of power leaves it, the last entry is gone and all before it are there; writing goes on."""
    home = make_home(tmp_path)
    book = filled(home)
    log = book.path.with_name(book.path.name + "-wal")
    parts = (book.path.read_bytes(), log.read_bytes())
    book.close()
    torn = make_home(tmp_path / "torn")
    Book(torn).close()
    (torn / "ab" / "book.sqlite").write_bytes(parts[0])
    (torn / "ab" / "book.sqlite-wal").write_bytes(parts[1][:-1000])
    again = Book(torn)
    last, before = again.answer("a19"), again.answer("a18")
    again.answered(Answer("a19", "u9", True, "v", "x", 1))
    found = again.answer("a19")
    again.close()

    assert (None, "a18") == (last, before.id)
    assert "a19" == found.id


def test_the_book_is_private_and_refuses_changes(tmp_path):
    """Mode 0600 with its log; no entry can be changed or taken out, not even by hand."""
    book = filled(make_home(tmp_path))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in book.path.parent.glob("book.sqlite*")}
    for change in ("UPDATE answers SET arm = 0", "DELETE FROM answers", "DELETE FROM units"):
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            book._opened.execute(change)
    book.close()

    assert {0o600} == modes


def test_once_is_once(tmp_path):
    """The same kind of feedback on an answer is entered once; a person has one vote in an experiment, whatever they say."""
    book = filled(make_home(tmp_path))
    first, second = book.answer("a0"), book.answer("a10")  # of one person
    said = [
        book.say(first, "thumb", "up", ("x", 0, 1.0)),
        book.say(first, "thumb", "down", ("x", 0, 0.0)),
        book.say(second, "thumb", "down", ("x", 0, 0.0)),
        book.say(first, "preferred_over", "a1", ("x", None, 1.0)),
        book.say(book.answer("a1"), "preferred_over", "a0", ("x", None, 1.0)),
    ]
    votes = [(vote.arm, vote.outcome) for vote in book.votes("x", "people")]
    book.close()

    assert [(True, True), (False, True), (True, False), (True, False), (False, False)] == said
    assert [(0, 1.0)] == votes
    assert (5, 5) == _units(tmp_path)


def _units(folder):
    book = Book(make_home(folder))
    found = book.units("x")
    book.close()
    return found


def test_counts_follow_what_another_process_enters(tmp_path):
    """What was counted before is not counted again, and new rows of any writer are."""
    home = make_home(tmp_path)
    one, two = filled(home), Book(home)
    before = one.answers("x"), one.units("x"), two.answers("x")
    two.answered(Answer("new", "somebody", True, "v", "x", 1))
    after = one.answers("x"), one.units("x"), two.answers("x")
    one.close()
    two.close()

    assert ((10, 10), (5, 5), (10, 10)) == before
    assert ((10, 11), (5, 6), (10, 11)) == after


def test_a_damaged_book_and_a_full_disk_are_told(tmp_path, monkeypatch):
    """A file that is no book, and a disk that fails, are one error with what to do; nothing half is entered."""
    home = make_home(tmp_path)
    book = filled(home)

    def full(operation, path):
        if operation == "transaction":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "FAULT_HOOK", full)
    with pytest.raises(StorageError):
        book.answered(Answer("more", "u", True, "v"))
    monkeypatch.setattr(durable, "FAULT_HOOK", None)
    missing = book.answer("more")
    book.close()
    book.path.write_bytes(b"not a book at all" * 1000)

    assert missing is None
    with pytest.raises(StorageError, match="cannot use the database") as found:
        Book(home)
    assert "move it away" in found.value.remedy


def test_a_book_in_memory_forgets_its_oldest_answers(monkeypatch):
    """A server without a project runs for months: the last answers are there, with what was said of them, and nothing of older ones."""
    monkeypatch.setattr("burnish.registry.book.MOST", 10)
    book = Book(None)
    for i in range(25):
        one = Answer(f"a{i}", "u", True, "v")
        book.answered(one)
        book.keep_words(one.id, [], "words")
        book.say(one, "thumb", "up", None)
    there = [f"a{i}" for i in range(25) if book.answer(f"a{i}") is not None]
    said, kept = [one.id for one in book.feedback()], [f"a{i}" for i in range(25) if book.words(f"a{i}") is not None]
    book.close()

    assert [f"a{i}" for i in range(15, 25)] == there == said == kept


def test_what_is_counted_is_found_among_answers_of_no_experiment(tmp_path):
    """Each look reads an experiment's new answers alone: also in a book of before, however many others came since."""
    home = make_home(tmp_path)
    filled(home).close()
    with contextlib.closing(sqlite3.connect(home / "ab" / "book.sqlite")) as older:
        older.execute("DROP INDEX answers_by_experiment")
    book = Book(home)
    query = "EXPLAIN QUERY PLAN SELECT arm, COUNT(*), MAX(number) FROM answers WHERE number > ? AND experiment = ? GROUP BY arm"
    plan = book._all(query, (0, "x"))
    book.close()

    assert "experiment=? AND rowid>?" in plan[0][3] or "experiment=? AND number>?" in plan[0][3]
