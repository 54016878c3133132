"""The book of answers and of what was said of them: append-only, read by other processes while the server writes.

A database, not lines: an answer is found by its id among a million without holding them in memory, "once" is a rule of the file
rather than of a program, and a kill leaves each entry whole or not there. Names of people are hashes. Words of conversations are
in it only where `keep` says so. Everything that is in it stays as it was written; the file itself refuses changes. A book in memory,
which is gone with its server, holds the last MOST answers.
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
from burnish.serve.ab.assign import FOLDER
from burnish.serve.ab.plan import PEOPLE

NAME = "book.sqlite"
PREFERRED = "preferred_over"
"""The kind of feedback that compares two answers."""
TABLES = {
    "answers": "number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, unit TEXT NOT NULL, owned INTEGER NOT NULL, version TEXT NOT NULL, "
    "experiment TEXT, arm INTEGER, time REAL NOT NULL",
    "units": "number INTEGER PRIMARY KEY, experiment TEXT NOT NULL, unit TEXT NOT NULL, arm INTEGER NOT NULL, "
    "UNIQUE (experiment, unit)",
    "words": "id TEXT PRIMARY KEY, messages TEXT NOT NULL, answer TEXT NOT NULL",
    "feedback": "number INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, mark TEXT NOT NULL, "
    "counted INTEGER NOT NULL, time REAL NOT NULL, UNIQUE (kind, mark)",
    "votes": "number INTEGER PRIMARY KEY, experiment TEXT NOT NULL, source TEXT NOT NULL, unit TEXT NOT NULL, arm INTEGER, "
    "outcome REAL NOT NULL, time REAL NOT NULL, UNIQUE (experiment, source, unit)",
    "failures": "number INTEGER PRIMARY KEY, experiment TEXT NOT NULL, words TEXT NOT NULL, time REAL NOT NULL",
    "harvested": "number INTEGER NOT NULL, kind TEXT NOT NULL, place TEXT NOT NULL, time REAL NOT NULL, PRIMARY KEY (number, kind)",
}
"""What the book holds. `unit` is somebody's hash; a vote without an arm is a preference, 1 where the candidate's answer was preferred."""
INDEX = "answers_by_experiment"
"""What finds an experiment's new answers among those of nobody's experiment."""
MOST = 100_000
"""Answers in a book in memory, whose oldest make room: nobody will harvest them, and a server runs for months."""
BY_KEY = ("words", "harvested")
"""Tables that are kept in the order of their key."""


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
        if not self._all("SELECT 1 FROM sqlite_master WHERE name = ?", (INDEX,)):
            with self._writing():
                for statement in _making(forgets=self.path is None):
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
            for table in ("words", "feedback", "answers"):
                self._opened.execute(f"DELETE FROM {table} WHERE id = ?", (name,))  # noqa: S608 - ours

    def answer(self, name: str) -> Answer | None:
        """Return an answer by its id."""
        found = self._all("SELECT id, unit, owned, version, experiment, arm FROM answers WHERE id = ?", (name,))
        return Answer(found[0][0], found[0][1], bool(found[0][2]), *found[0][3:]) if found else None

    def keep_words(self, name: str, messages: JSON, answer: str) -> None:
        """Enter an answer's conversation and words, once. Raises StorageError."""
        with self._lock, self._writing():
            row = (name, json.dumps(messages), json.dumps(answer))  # as JSON, which holds letters that UTF-8 does not
            self._opened.execute("INSERT OR IGNORE INTO words VALUES (?, ?, ?)", row)

    def words(self, name: str) -> tuple[JSON, str] | None:
        """Return (messages, answer), or None where the words were not kept."""
        found = self._all("SELECT messages, answer FROM words WHERE id = ?", (name,))
        return (json.loads(found[0][0]), json.loads(found[0][1])) if found else None

    def say(self, about: Answer, kind: str, value: JSON, vote: tuple[str, int | None, float] | None) -> tuple[bool, bool]:
        """Enter what was said of an answer, once a kind (of two answers compared, once), and its vote (experiment, arm, outcome).

        Returns (whether it is new, whether the vote entered: the first of its unit). It survives a loss of power. Raises StorageError.
        """
        mark = " ".join(sorted((about.id, str(value)))) if kind == PREFERRED else about.id
        with self._lock, self._writing(told=True):
            before = self._opened.execute("SELECT counted FROM feedback WHERE kind = ? AND mark = ?", (kind, mark)).fetchone()
            if before is not None:
                return False, bool(before[0])
            counted = vote is not None and self._vote(vote[0], PEOPLE, about.unit, vote[1], vote[2])
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

    def harvest(self, taken: Sequence[tuple[int, str]], place: str) -> None:
        """Enter what became rows, and where. Raises StorageError."""
        with self._lock, self._writing(told=True):
            rows = [(*one, place, time.time()) for one in taken]
            self._opened.executemany("INSERT OR IGNORE INTO harvested VALUES (?, ?, ?, ?)", rows)


def _making(*, forgets: bool) -> Iterator[str]:
    """Yield the statements that make an empty book, which refuses every change of what is in it (`forgets`: but to lose it)."""
    for table, columns in TABLES.items():
        yield f"CREATE TABLE IF NOT EXISTS {table} ({columns})" + (" WITHOUT ROWID" if table in BY_KEY else "")
        for change in ("UPDATE",) if forgets else ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_{change} BEFORE {change} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the book is only added to'); END"
            )
    if forgets:
        yield "CREATE INDEX feedback_by_answer ON feedback (id)"
    yield f"CREATE INDEX IF NOT EXISTS {INDEX} ON answers (experiment, number)"
