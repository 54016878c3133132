"""The book of answers and of what was said of them: append-only, read by other processes while the server writes.

A database, not lines: an answer is found by its id among a million without holding them in memory, "once" is a rule of the file
rather than of a program, and a kill leaves each entry whole or not there. Names of people are hashes. Words of conversations are
in it only where the server was told so (`--keep-words`). Everything that is in it stays as it was written, and the file itself refuses
changes, but for words that wait for feedback beyond their limits and words that `forget` takes out. A book in memory, which is gone with
its server, holds the last MOST answers.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.records.codec import JSON
from burnish.registry import book_words
from burnish.registry.book_tables import FOLDER, NAME, PEOPLE, making, names

PREFERRED = "preferred_over"
"""The kind of feedback that compares two answers."""
CORRECTION = "correction"
"""The kind that says what the answer should have been."""
MOST = 100_000
"""Answers in a book in memory, whose oldest make room: nobody will harvest them, and a server runs for months."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was given."""

    id: str
    unit: str
    owned: bool
    """Whether the request said whose it is; else `unit` is the conversation, and whoever knows the id may speak of it."""
    version: str
    experiment: str | None = None
    arm: int | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person (or one grader) said in an experiment: the first thing only."""

    number: int
    arm: int | None
    """0 for the incumbent, 1 for the candidate; None: a preference between the two."""
    outcome: float
    """0 to 1; of a preference 1 where the candidate's answer was preferred."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was said of an answer."""

    number: int
    id: str
    kind: str
    value: JSON
    """"up" or "down", a score, the words of a correction, or the id of the answer that this one was preferred over."""
    counted: bool


class Book:
    """The book of one project, or of a server without one, which is gone with it (`home` None). Safe to use from several threads."""

    def __init__(self, home: Path | None) -> None:
        """Open it, and make it where there is none. Raises StorageError."""
        self.path = home / FOLDER / NAME if home is not None else None
        self._lock = threading.Lock()
        self._counted: dict[tuple[str, str], tuple[int, tuple[int, int]]] = {}
        """By table and experiment: the last row that was counted, and the counts."""
        self._opened = durable.database(self.path)
        with self._lock, durable.told_of_database(self.path):
            self._opened.execute("PRAGMA secure_delete = ON")  # words that are taken out are overwritten
        if not names() <= {row[0] for row in self._all("SELECT name FROM sqlite_master")}:
            with self._writing():
                for statement in making(forgets=self.path is None):
                    self._opened.execute(statement)

    @classmethod
    def there(cls, home: Path) -> bool:
        """Return whether a project has a book."""
        return (home / FOLDER / NAME).exists()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._opened.close()

    def _writing(self, *, told: bool = False) -> Any:
        return durable.transaction(self._opened, self.path, survive_power_loss=told)

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock, durable.told_of_database(self.path):
            return self._opened.execute(query, values).fetchall()

    def answered(self, answer: Answer) -> None:
        """Enter an answer, and its unit where it is the first of it in its experiment. Raises StorageError."""
        row = (answer.id, answer.unit, answer.owned, answer.version, answer.experiment, answer.arm, time.time())
        with self._lock, self._writing():
            columns = "id, unit, owned, version, experiment, arm, time"
            entered = self._opened.execute(f"INSERT INTO answers ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - ours
            if self.path is None:
                self._forget((entered.lastrowid or 0) - MOST)
            if answer.experiment is not None:
                unit = (answer.experiment, answer.unit, answer.arm)
                self._opened.execute("INSERT OR IGNORE INTO units (experiment, unit, arm) VALUES (?, ?, ?)", unit)

    def _forget(self, last: int) -> None:
        """Let go of the answers up to a number, and of what was said of them."""
        for (name,) in self._opened.execute("SELECT id FROM answers WHERE number <= ?", (last,)).fetchall():
            for table in ("words", "waiting", "feedback", "answers"):
                self._opened.execute(f"DELETE FROM {table} WHERE id = ?", (name,))  # noqa: S608 - ours

    def answer(self, name: str) -> Answer | None:
        """Return an answer by its id."""
        found = self._all("SELECT id, unit, owned, version, experiment, arm FROM answers WHERE id = ?", (name,))
        return Answer(found[0][0], found[0][1], bool(found[0][2]), *found[0][3:]) if found else None

    def keep_words(self, name: str, messages: JSON, answer: str) -> None:
        """Enter an answer's conversation and words, once. Raises StorageError."""
        with self._lock, self._writing():
            book_words.keep(self._opened, name, json.dumps(messages), json.dumps(answer))

    def let_wait(self, name: str, messages: JSON, answer: str, days: float) -> None:
        """Enter an answer's conversation and words until something is said of it, or a limit is reached. Raises StorageError."""
        with self._lock, self._writing():
            book_words.wait(self._opened, name, messages, answer, days)

    def tidy(self, days: float) -> int:
        """Let go of words that waited too long, also in the log beside the file. Returns of how many answers. Raises StorageError."""
        with self._lock:
            with self._writing():
                gone = book_words.tidy(self._opened, days)
            if gone:
                durable.empty_log(self._opened, self.path)
        return gone

    def waiting(self) -> int:
        """Return of how many answers words wait for feedback."""
        return int(self._all("SELECT COUNT(*) FROM waiting")[0][0])

    def stop_waiting(self) -> int:
        """Take out all words that wait, to the last byte. Returns of how many answers. Raises StorageError."""
        with self._lock:
            with self._writing():
                gone = self._opened.execute("DELETE FROM waiting").rowcount
            if gone:
                durable.scrub(self._opened, self.path)
        return gone

    def words(self, name: str) -> tuple[JSON, str] | None:
        """Return (messages, answer), or None where the words were not kept, do not wait (any more), or were forgotten."""
        query = "SELECT messages, answer FROM words WHERE id = ? UNION ALL SELECT messages, answer FROM waiting WHERE id = ?"
        found = self._all(query, (name, name))
        return (json.loads(found[0][0]), json.loads(found[0][1])) if found else None

    def is_forgotten(self, name: str) -> bool:
        """Return whether an answer's words were taken out for good."""
        with self._lock, durable.told_of_database(self.path):
            return book_words.is_forgotten(self._opened, name)

    def conversations(self) -> Iterator[tuple[str, JSON]]:
        """Yield (id, messages) of every answer whose words are kept or wait."""
        for table in ("words", "waiting"):
            name = ""
            query = f"SELECT id, messages FROM {table} WHERE id > ? ORDER BY id LIMIT 200"  # noqa: S608 - ours
            while rows := self._all(query, (name,)):
                yield from ((row[0], json.loads(row[1])) for row in rows)
                name = rows[-1][0]

    def forget_words(self, names: Sequence[str]) -> None:
        """Take the words of answers out for good, and what they were corrected to, to the last byte. Votes stay. Raises StorageError."""
        with self._lock:
            with self._writing(told=True):
                book_words.forget(self._opened, names)
            durable.scrub(self._opened, self.path)

    def say(self, about: Answer, kind: str, value: JSON, vote: tuple[str, int | None, float] | None) -> tuple[bool, bool]:
        """Enter what was said of an answer, once a kind (of two answers compared, once), and its vote (experiment, arm, outcome).

        Words that waited for it are kept from now on; of an answer whose words were to be forgotten a correction is not kept either.
        Returns (whether it is new, whether the vote entered: the first of its unit). It survives a loss of power. Raises StorageError.
        """
        mark = " ".join(sorted((about.id, str(value)))) if kind == PREFERRED else about.id
        with self._lock, self._writing(told=True):
            before = self._opened.execute("SELECT counted FROM feedback WHERE kind = ? AND mark = ?", (kind, mark)).fetchone()
            if before is not None:
                return False, bool(before[0])
            counted = vote is not None and self._vote(vote[0], PEOPLE, about.unit, vote[1], vote[2])
            for name in (about.id, str(value)) if kind == PREFERRED else (about.id,):
                book_words.keep_waiting(self._opened, name)
            if kind == CORRECTION and book_words.is_forgotten(self._opened, about.id):
                value = None
            row = (about.id, kind, json.dumps(value), mark, counted, time.time())
            self._opened.execute("INSERT INTO feedback (id, kind, value, mark, counted, time) VALUES (?, ?, ?, ?, ?, ?)", row)
        return True, counted

    def vote(self, experiment: str, source: str, unit: str, arm: int, outcome: float) -> bool:
        """Enter a grader's vote; False where the unit has one of this grader. Raises StorageError."""
        with self._lock, self._writing():
            return self._vote(experiment, source, unit, arm, outcome)

    def _vote(self, experiment: str, source: str, unit: str, arm: int | None, outcome: float) -> bool:
        row = (experiment, source, unit, arm, outcome, time.time())
        statement = "INSERT OR IGNORE INTO votes (experiment, source, unit, arm, outcome, time) VALUES (?, ?, ?, ?, ?, ?)"
        return self._opened.execute(statement, row).rowcount == 1

    def votes(self, experiment: str, source: str, after: int = 0) -> list[Vote]:
        """Return the votes that entered an experiment after a number, in the order they came."""
        query = "SELECT number, arm, outcome FROM votes WHERE experiment = ? AND source = ? AND number > ? ORDER BY number"
        return [Vote(*row) for row in self._all(query, (experiment, source, after))]

    def sources(self, experiment: str) -> list[str]:
        """Return who voted in an experiment."""
        return [row[0] for row in self._all("SELECT DISTINCT source FROM votes WHERE experiment = ? ORDER BY 1", (experiment,))]

    def units(self, experiment: str) -> tuple[int, int]:
        """Return how many units each arm answered."""
        return self._by_arm("units", experiment)

    def answers(self, experiment: str) -> tuple[int, int]:
        """Return how many answers each arm gave."""
        return self._by_arm("answers", experiment)

    def _by_arm(self, table: str, experiment: str) -> tuple[int, int]:
        """Return a table's rows of each arm: those counted before, and what is new."""
        last, counts = self._counted.get((table, experiment), (0, (0, 0)))
        query = f"SELECT arm, COUNT(*), MAX(number) FROM {table} WHERE number > ? AND experiment = ? GROUP BY arm"  # noqa: S608 - ours
        new = {row[0]: row[1:] for row in self._all(query, (last, experiment))}
        counts = counts[0] + new.get(0, (0, 0))[0], counts[1] + new.get(1, (0, 0))[0]
        self._counted[table, experiment] = max((last, *(row[1] for row in new.values()))), counts
        return counts

    def failed(self, experiment: str, words: str) -> None:
        """Enter that the candidate could not answer. Raises StorageError."""
        with self._lock, self._writing():
            row = (experiment, words, time.time())
            self._opened.execute("INSERT INTO failures (experiment, words, time) VALUES (?, ?, ?)", row)

    def failures(self, experiment: str) -> int:
        """Return how often the candidate could not answer."""
        return int(self._all("SELECT COUNT(*) FROM failures WHERE experiment = ?", (experiment,))[0][0])

    def feedback(self) -> Iterator[Feedback]:
        """Yield all that was said of answers, in the order it came."""
        number = 0
        query = "SELECT number, id, kind, value, counted FROM feedback WHERE number > ? ORDER BY number LIMIT 1000"
        while rows := self._all(query, (number,)):
            for row in rows:
                yield Feedback(row[0], row[1], row[2], json.loads(row[3]), bool(row[4]))
            number = rows[-1][0]

    def harvested(self) -> set[tuple[int, str]]:
        """Return (number of the feedback, "row" or "preference") of all that became rows."""
        return {(row[0], row[1]) for row in self._all("SELECT number, kind FROM harvested")}

    def places(self) -> Iterator[tuple[int, str]]:
        """Yield (number of the feedback, the file) of all that became rows."""
        yield from ((row[0], row[1]) for row in self._all("SELECT number, place FROM harvested"))

    def harvest(self, taken: Sequence[tuple[int, str]], place: str) -> None:
        """Enter what became rows, and where. Raises StorageError."""
        with self._lock, self._writing(told=True):
            rows = [(*one, place, time.time()) for one in taken]
            self._opened.executemany("INSERT OR IGNORE INTO harvested VALUES (?, ?, ?, ?)", rows)
