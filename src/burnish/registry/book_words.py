"""The words of answers in the book: they wait for somebody to say something of them, within limits, and are then kept.

What waits is bounded three ways (answers, letters, days), whatever the server does: newer answers take the place of older ones, and a
server that nobody asks looks at the days by itself. Whatever is taken out is overwritten in the file.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from burnish.records.codec import JSON
from burnish.registry.book_tables import allowing, refusing

if TYPE_CHECKING:
    import sqlite3

ANSWERS = 100_000
"""Answers whose words wait at most."""
LETTERS = 256 * 1024 * 1024
"""Letters that wait at most, as they are written (a letter beyond ASCII is six)."""
DAYS = 30
"""Days that words wait, where nothing else is said."""
DAY_SECONDS = 24 * 60 * 60
REFUSED = (("words", "DELETE"), ("feedback", "UPDATE"))
"""Changes that the book refuses at any time but while words are forgotten."""


def wait(opened: sqlite3.Connection, name: str, messages: JSON, answer: str, days: float) -> None:
    """Enter an answer's conversation and words, and let go of what is beyond the limits."""
    words = json.dumps(messages), json.dumps(answer)  # as JSON, which holds letters that UTF-8 does not
    last = opened.execute("SELECT total FROM waiting ORDER BY number DESC LIMIT 1").fetchone()
    row = (name, *words, (last[0] if last else 0) + sum(map(len, words)), time.time())
    opened.execute("INSERT OR IGNORE INTO waiting (id, messages, answer, total, time) VALUES (?, ?, ?, ?, ?)", row)
    tidy(opened, days)


def tidy(opened: sqlite3.Connection, days: float) -> int:
    """Let go of the words that waited beyond a limit. Returns of how many answers."""
    last = opened.execute("SELECT number, total FROM waiting ORDER BY number DESC LIMIT 1").fetchone()
    if last is None:
        return 0
    limits = (("number", last[0] - ANSWERS), ("total", last[1] - LETTERS), ("time", time.time() - days * DAY_SECONDS))
    return sum(opened.execute(f"DELETE FROM waiting WHERE {column} <= ?", (limit,)).rowcount for column, limit in limits)  # noqa: S608 - ours


def keep(opened: sqlite3.Connection, name: str, messages: str, answer: str) -> None:
    """Enter words for good, once, but for those that were to be forgotten. Both are JSON."""
    statement = "INSERT OR IGNORE INTO words SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM forgotten WHERE id = ?)"
    opened.execute(statement, (name, messages, answer, name))


def keep_waiting(opened: sqlite3.Connection, name: str) -> None:
    """Keep the words of an answer that something was said of, where they wait."""
    for found in opened.execute("SELECT messages, answer FROM waiting WHERE id = ?", (name,)).fetchall():
        keep(opened, name, *found)
        opened.execute("DELETE FROM waiting WHERE id = ?", (name,))


def is_forgotten(opened: sqlite3.Connection, name: str) -> bool:
    """Return whether an answer's words were taken out for good."""
    return opened.execute("SELECT 1 FROM forgotten WHERE id = ?", (name,)).fetchone() is not None


def forget(opened: sqlite3.Connection, names: Sequence[str]) -> None:
    """Take out the words of answers and what they were corrected to, and keep them from being entered again."""
    marks, now = [(name,) for name in names], time.time()
    for one in REFUSED:
        opened.execute(allowing(*one))
    for table in ("words", "waiting"):
        opened.executemany(f"DELETE FROM {table} WHERE id = ?", marks)  # noqa: S608 - ours
    opened.executemany("UPDATE feedback SET value = 'null' WHERE kind = 'correction' AND id = ?", marks)
    opened.executemany("INSERT OR IGNORE INTO forgotten VALUES (?, ?)", [(name, now) for name in names])
    for one in REFUSED:
        opened.execute(refusing(*one))
