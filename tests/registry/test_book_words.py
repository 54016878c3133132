"""Words in the book of answers: they wait within limits, are kept once something is said, and are forgotten to the last byte."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from burnish import durable
from burnish.errors import StorageError
from burnish.records.conversation import Conversation, Message
from burnish.registry import book_words
from burnish.registry.book import Answer, Book
from burnish.registry.book_forget import forget_words, reached
from burnish.registry.home import make_home

DAYS = 30
MARK = "tangerine-4711"
KILLED = """
import os, signal, sys
from pathlib import Path
from burnish import durable
from burnish.registry.book_forget import forget_words
durable.FAULT_HOOK = lambda operation, path: os.kill(os.getpid(), signal.SIGKILL) if operation == "scrub" else None
forget_words(Path(sys.argv[1]), ["a7"])
"""


def asked(words, *more):
    """Return a conversation as the book holds it, turns one after the other."""
    return [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate((words, *more))]


def row(*turns, system=None, **metadata):
    """Return a training row of these turns."""
    begin = (Message(role="system", content=system),) if system else ()
    said = (Message(role=one["role"], content=one["content"]) for one in asked(*turns))
    return Conversation(messages=(*begin, *said), metadata=metadata)


def answered(book, name, messages, answer="Fine.", **said):
    """Enter an answer whose words wait, and what was said of it."""
    about = Answer(name, "u", True, "v")
    book.answered(about)
    book.let_wait(name, messages, answer, DAYS)
    for kind, value in said.items():
        book.say(about, kind, value, None)
    return about


def raw(home):
    """Return all bytes of the book and what lies beside it."""
    return b"".join(path.read_bytes() for path in (home / "ab").glob("book*"))


@contextlib.contextmanager
def opened(home):
    """Open a book for the block."""
    book = Book(home)
    try:
        yield book
    finally:
        book.close()


def there(book, count):
    """Return which of a0, a1 ... have words."""
    return [i for i in range(count) if book.words(f"a{i}") is not None]


def test_words_wait_over_a_restart_and_are_kept_once_something_is_said(tmp_path):
    """What is said of an answer after the book was opened anew keeps its words for good; those of others still wait."""
    home = make_home(tmp_path)
    with opened(home) as book:
        one, _ = answered(book, "a0", asked("one")), answered(book, "a1", asked("two"))
    with opened(home) as book:
        before = book.waiting()
        book.say(one, "thumb", "up", None)
        after = book.waiting()
        book.stop_waiting()
        found = there(book, 2)

    assert (2, 1, [0]) == (before, after, found)


@pytest.mark.parametrize(
    ("limit", "value", "left"),
    [("ANSWERS", 5, [15, 16, 17, 18, 19]), ("LETTERS", 3 * 53, [17, 18, 19]), ("ANSWERS", 99, list(range(20)))],
)
def test_newer_words_take_the_place_of_the_oldest(tmp_path, monkeypatch, limit, value, left):
    """Beyond so many answers, or letters, the oldest words are gone; what something was said of is not counted and stays."""
    monkeypatch.setattr(book_words, limit, value)
    with opened(make_home(tmp_path)) as book:
        for i in range(20):
            answered(book, f"a{i}", asked("x" * 10), "y" * 8)  # 53 letters as they are written
        found = there(book, 20)
        kept = answered(book, "kept", asked("kept"), thumb="up")
        for i in range(20, 140):
            answered(book, f"a{i}", asked("x" * 10), "y" * 8)
        stays = book.words(kept.id)

    assert left == found
    assert stays is not None


def test_words_that_waited_too_long_are_gone_to_the_last_byte(tmp_path, monkeypatch):
    """After so many days a tidying takes them out of the file and its log, while the book stays open; younger ones wait on."""
    home, now = make_home(tmp_path), time.time()
    with opened(home) as book:
        monkeypatch.setattr(book_words.time, "time", lambda: now - 31 * book_words.DAY_SECONDS)
        answered(book, "a0", asked(MARK), MARK * 2000)  # also where they fill pages of their own
        monkeypatch.setattr(book_words.time, "time", lambda: now)
        book.let_wait("a1", asked("young"), "Yes.", 400)
        before = MARK.encode() in raw(home)
        gone = book.tidy(DAYS)
        after = MARK.encode() in raw(home)
        found = there(book, 2)

    assert (True, 1, False, [1]) == (before, gone, after, found)


def test_a_book_of_before_gets_what_it_lacks(tmp_path):
    """A book that an older burnish made is opened with all it holds, and words can wait in it."""
    home = make_home(tmp_path)
    with opened(home) as book:
        answered(book, "a0", asked("old"), thumb="up")
    with contextlib.closing(sqlite3.connect(home / "ab" / "book.sqlite")) as older:
        older.executescript("DROP TABLE waiting; DROP TABLE forgotten;")
    with opened(home) as book:
        answered(book, "a1", asked("new"))
        found = there(book, 2), len(list(book.feedback()))

    assert ([0, 1], 1) == found


def test_what_is_forgotten_is_gone_to_the_last_byte_and_its_votes_stay(tmp_path):
    """Words kept, words that wait and a correction leave the file and its log; the feedback itself, others' words and the rules stay."""
    home = make_home(tmp_path)
    with opened(home) as book:
        for i in range(60):
            answered(book, f"b{i}", asked(f"other {i}"), "z" * 300, **({"thumb": "up"} if i < 30 else {}))
        kept = answered(book, "a0", asked(MARK), MARK * 500, thumb="up", correction=f"No: {MARK}")
        answered(book, "a1", asked(MARK + " again"))
        before = MARK.encode() in raw(home)
        book.forget_words(["a0", "a1"])  # while it is open, as a server has it
        after = MARK.encode() in raw(home)
        said = [(one.kind, one.value) for one in book.feedback() if one.id == "a0"]
        others = sum(book.words(f"b{i}") is not None for i in range(60))
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            book._opened.execute("DELETE FROM words")
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            book._opened.execute("UPDATE feedback SET value = 1")
        book.keep_words("a0", asked(MARK), MARK)  # a server that still had them in memory
        book.say(kept, "correction", MARK, None)
        answered(book, "a2", asked("x"))
        book.forget_words(["a2"])
        book.say(Answer("a2", "u", True, "v"), "correction", f"late {MARK}", None)

    assert (True, False, 60) == (before, after, others)
    assert [("thumb", "up"), ("correction", None)] == said
    assert MARK.encode() not in raw(home)


def test_bytes_that_an_older_burnish_left_behind_are_gone_too(tmp_path):
    """What was deleted once without being overwritten stands in free pages; to forget anything writes the whole file anew."""
    home = make_home(tmp_path)
    with opened(home) as book:
        answered(book, "a0", asked("one"))
    with contextlib.closing(sqlite3.connect(home / "ab" / "book.sqlite", isolation_level=None)) as older:
        older.execute("PRAGMA secure_delete = OFF")
        older.execute("INSERT INTO waiting VALUES (9, 'x', ?, '', 0, 0)", (MARK * 3000,))
        older.execute("DELETE FROM waiting WHERE id = 'x'")
    before = MARK.encode() in raw(home)
    forget_words(home, ["a0"])

    assert (True, False) == (before, MARK.encode() in raw(home))


def test_a_kill_before_the_bytes_are_gone_is_mended_by_the_same_words_again(tmp_path):
    """Killed between taking the words out and writing the file anew: typed again, it is known and finished, and nothing else is lost."""
    home = make_home(tmp_path)
    with opened(home) as book:
        for i in range(20):
            answered(book, f"a{i}", asked(f"{i} {MARK if i == 7 else ''}"), thumb="up")
        book.harvest([(8, "row")], str(tmp_path / "rows.jsonl"))
    done = subprocess.run([sys.executable, "-c", KILLED, str(home)], check=False)
    again = reached(home, str(tmp_path / "rows.jsonl"), ())
    forget_words(home, again.answers)
    with opened(home) as book:
        found = there(book, 20)

    assert (-signal.SIGKILL, (), True) == (done.returncode, again.answers, again.known)
    assert [i for i in range(20) if i != 7] == found
    assert MARK.encode() not in raw(home)


def test_a_reader_that_keeps_the_log_is_told(tmp_path, monkeypatch):
    """Where another process reads all the while, the words are out of the tables, and the error says that bytes are left and why."""
    monkeypatch.setattr(durable, "BUSY_SECONDS", 0.05)
    home = make_home(tmp_path)
    with opened(home) as book:
        answered(book, "a0", asked(MARK))
        with contextlib.closing(sqlite3.connect(book.path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM waiting").fetchall()
            with pytest.raises(StorageError) as told:
                book.forget_words(["a0"])
        found = book.words("a0")
        book.forget_words(["a0"])

    assert found is None
    assert "end what reads" in told.value.remedy
    assert MARK.encode() not in raw(home)


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        ((row("Hello", "Hi."),), ["first", "second"]),  # the same turn, and a later one of its conversation
        ((row("Hello", "Hi.", "Where?", "Here."),), ["first", "second"]),  # an earlier one
        ((row(" Hello\n", "Hi.", system="Be kind."),), ["first", "second"]),
        ((row("Hello", "Ho.", "When?", "Now."),), ["first"]),
        ((row("Hello you", "Hi."),), []),
        ((row("mended", "Yes.", feedback="other/correction"),), ["other"]),
        ((row("x", "y", feedback="first/preferred_over/other"),), ["first", "other", "second"]),
        ((row("nothing", "of it"), row("Hello", "Hi.")), ["first", "second"]),
    ],
)
def test_words_are_reached_by_their_conversation_and_by_what_was_harvested(tmp_path, rows, ids):
    """A row reaches the same turn of its conversation, earlier and later ones, and the answers that it says it was made of."""
    home = make_home(tmp_path)
    with opened(home) as book:
        answered(book, "first", asked("Hello"), thumb="up")
        answered(book, "second", [{"role": "system", "content": "Other."}, *asked("Hello", "Hi.", "Where?")])
        answered(book, "other", asked("Something else"), correction="Better.")
        answered(book, "nobody", [{"role": "system", "content": "Be kind."}])
    found = reached(home, "s", rows)

    assert ids == list(found.answers)
    assert bool(ids) == found.known


def test_a_file_that_was_harvested_reaches_its_answers(tmp_path):
    """By the file that the rows went to, however it is written, also what its pairs were made of; another file reaches nothing."""
    home = make_home(tmp_path)
    with opened(home) as book:
        answered(book, "a0", asked("one"), thumb="up")
        answered(book, "a1", asked("two"), preferred_over="a0")
        answered(book, "a2", asked("three"), thumb="up")
        book.harvest([(1, "row"), (2, "preference")], str(tmp_path / "said.jsonl"))
    named = [str(tmp_path / "said.jsonl"), str(tmp_path / "x" / ".." / "said.jsonl"), str(tmp_path / "other.jsonl")]

    assert [("a0", "a1"), ("a0", "a1"), ()] == [reached(home, one, ()).answers for one in named]


def test_without_a_book_nothing_is_reached_and_none_is_made(tmp_path):
    """A project that never served stays without one."""
    home = make_home(tmp_path)

    assert not reached(home, "s", (row("a", "b"),)).known
    assert not os.path.lexists(home / "ab")
