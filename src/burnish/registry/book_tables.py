"""What the book of answers holds: its tables, what finds rows in them, and the rules by which the file refuses changes."""

from __future__ import annotations

from collections.abc import Iterator

FOLDER = "ab"
"""Where it lies in a project."""
NAME = "book.sqlite"
PEOPLE = "people"
"""The source of votes that people gave; others are graders."""
TABLES = {
    "answers": "number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, unit TEXT NOT NULL, owned INTEGER NOT NULL, version TEXT NOT NULL, "
    "experiment TEXT, arm INTEGER, time REAL NOT NULL",
    "units": "number INTEGER PRIMARY KEY, experiment TEXT NOT NULL, unit TEXT NOT NULL, arm INTEGER NOT NULL, "
    "UNIQUE (experiment, unit)",
    "words": "id TEXT PRIMARY KEY, messages TEXT NOT NULL, answer TEXT NOT NULL",
    "waiting": "number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, messages TEXT NOT NULL, answer TEXT NOT NULL, "
    "total INTEGER NOT NULL, time REAL NOT NULL",
    "forgotten": "id TEXT PRIMARY KEY, time REAL NOT NULL",
    "feedback": "number INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, mark TEXT NOT NULL, "
    "counted INTEGER NOT NULL, time REAL NOT NULL, UNIQUE (kind, mark)",
    "votes": "number INTEGER PRIMARY KEY, experiment TEXT NOT NULL, source TEXT NOT NULL, unit TEXT NOT NULL, arm INTEGER, "
    "outcome REAL NOT NULL, time REAL NOT NULL, UNIQUE (experiment, source, unit)",
    "failures": "number INTEGER PRIMARY KEY, experiment TEXT NOT NULL, words TEXT NOT NULL, time REAL NOT NULL",
    "harvested": "number INTEGER NOT NULL, kind TEXT NOT NULL, place TEXT NOT NULL, time REAL NOT NULL, PRIMARY KEY (number, kind)",
}
"""`unit` is somebody's hash; a vote without an arm is a preference, 1 where the candidate's answer was preferred. `waiting` are words of
answers that nobody said anything of so far, `total` the letters of all that ever waited up to a row; `forgotten` are answers whose words
were taken out for good."""
INDEXES = {
    "answers_by_experiment": "answers (experiment, number)",
    "waiting_by_total": "waiting (total)",
    "waiting_by_time": "waiting (time)",
}
"""The first finds an experiment's new answers among those of nobody's experiment; the others find words that waited long enough."""
BY_KEY = ("words", "harvested", "forgotten")
"""Tables that are kept in the order of their key."""
PASSING = ("waiting",)
"""Tables whose rows may go."""


def names() -> set[str]:
    """Return everything that a whole book has."""
    return {*TABLES, *INDEXES}


def making(*, forgets: bool) -> Iterator[str]:
    """Yield the statements that make what a book lacks; it refuses every change of what is in it (`forgets`: but to lose it)."""
    for table, columns in TABLES.items():
        yield f"CREATE TABLE IF NOT EXISTS {table} ({columns})" + (" WITHOUT ROWID" if table in BY_KEY else "")
        yield from (
            refusing(table, change) for change in ("UPDATE", "DELETE") if change == "UPDATE" or not _may_go(table, forgets)
        )
    if forgets:
        yield "CREATE INDEX IF NOT EXISTS feedback_by_answer ON feedback (id)"
    for name, place in INDEXES.items():
        yield f"CREATE INDEX IF NOT EXISTS {name} ON {place}"


def _may_go(table: str, forgets: bool) -> bool:
    return forgets or table in PASSING


def refusing(table: str, change: str) -> str:
    """Return the statement that makes a table refuse a change (UPDATE or DELETE)."""
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_{change} BEFORE {change} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the book is only added to'); END"
    )


def allowing(table: str, change: str) -> str:
    """Return the statement that lets a table be changed, until the same transaction refuses it again."""
    return f"DROP TRIGGER IF EXISTS {table}_{change}"
