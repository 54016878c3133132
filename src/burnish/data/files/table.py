"""Tables (CSV, Parquet): the rows as they come, and what their columns hold, found by name or given with --column."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.text import lines
from burnish.errors import DataError, install

FIELD_CHARACTERS = 16 * 1024 * 1024
MOST_AGAIN = 10_000
"""Lines of a CSV file that are read again whatever its length; in a long one four times its lines."""
_SEPARATOR = re.compile(r"\ufeff?sep=(.)\s*", re.IGNORECASE)
"""The first line by which Excel is told the separator."""
NAMES: Mapping[str, tuple[str, ...]] = {
    "question": ("question", "prompt", "instruction", "query", "customer_message", "user"),
    "answer": ("answer", "response", "completion", "output", "resolution", "solution", "reply", "assistant", "agent_reply"),
    "text": ("body", "text", "message", "comment", "content", "description", "plain_body", "comment_body"),
    "author": (
        "author",
        "from",
        "sender",
        "author_name",
        "from_name",
        "user_name",
        "username",
        "name",
        "agent",
        "requester",
        "email",
    ),
    "time": ("time", "created_at", "created", "date", "timestamp", "sent_at", "datetime", "updated_at"),
    "thread": (
        "thread",
        "ticket_id",
        "ticket",
        "ticket_number",
        "issue_key",
        "case_id",
        "conversation_id",
        "case_number",
        "number",
        "key",
        "id",
    ),
    "title": ("subject", "title", "summary", "topic"),
    "channel": ("channel", "queue", "group", "product", "project", "team"),
}
"""What a column may hold, and the names by which it is known; the first that is there counts."""


def columns_of(names: Sequence[str], desk: Desk, shown: str) -> dict[str, str]:
    """Return the column that holds what. Raises DataError where a column that was named is not there."""
    plain = {name.strip().casefold().replace(" ", "_").replace("-", "_"): name for name in names if name}
    for what, column in desk.columns.items():
        if column not in names:
            raise DataError(
                f"{shown} has no column {column}", seen=", ".join(names), remedy=f"write --column {what}=COLUMN with one of them"
            )
        if what not in NAMES:
            raise DataError(
                f"no column can be named for {what}", seen=what, remedy=f"write one of {', '.join(NAMES)} before the ="
            )
    taken = set(desk.columns.values())
    found = dict(desk.columns)
    for what, known in NAMES.items():
        free = [plain[one] for one in known if one in plain and plain[one] not in taken]
        if what not in found and free:
            found[what] = free[0]
            taken.add(free[0])
    return found


class _Feed:
    """The lines of a CSV file for its reader; those of a row can be given back, to be read again as rows of their own."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: deque[str] = deque()
        self._returned = 0
        self.number = 0
        """1-based, of the line given last."""
        self.row: list[str] = []
        """Lines of the row that is being read."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._lines)
        self.number += 1
        self.row.append(line)
        return line

    def give_back(self) -> None:
        """Give the lines after the row's first one back, but not for ever: a file made to be read again and again ends."""
        rest = self.row[1:]
        if self._returned > 4 * self.number + MOST_AGAIN:
            return
        self._returned += len(rest)
        self.number -= len(rest)
        self._back.extendleft(reversed(rest))


def csv_rows(store: Store, member: Member, desk: Desk) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line on which it ends, row) of a CSV file; the separator is found out.

    A row with too few or many cells is a fault; so is a quote that no one closes: it costs its line, not the lines after it.
    """
    separator = _separator(store.head(member, 65_536).decode("utf-8-sig", "replace"))
    csv.field_size_limit(FIELD_CHARACTERS)
    feed = _Feed(f"{line}\n" for line in lines(store, member, desk))
    reader = csv.reader(feed, delimiter=separator)
    names: list[str] = []
    while True:
        feed.row = []
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            desk.fault(member.shown, "this is no CSV", place=_first_line(feed), seen=str(error), remedy="the line was left out")
            feed.give_back()
            continue
        if not names:
            names = [] if _SEPARATOR.fullmatch(feed.row[0]) else [name.removeprefix("\ufeff") for name in row]
        elif _unclosed(feed.row, separator):
            seen = feed.row[0].strip()
            remedy = "the line was left out, those after it were read; write a quote within quotes twice"
            desk.fault(member.shown, "a quote is opened and not closed", place=_first_line(feed), seen=seen, remedy=remedy)
            feed.give_back()
        elif len(row) == len(names):
            yield feed.number, dict(zip(names, row, strict=True))
        elif row:
            seen = f"{len(row)} cells under {len(names)} columns"
            desk.fault(
                member.shown, "a row does not fit the columns", place=f"line {feed.number}", seen=seen, remedy="it was left out"
            )


def _first_line(feed: _Feed) -> str:
    return f"line {feed.number - len(feed.row) + 1}"


def _unclosed(row: Sequence[str], separator: str) -> bool:
    """Return whether the lines of a row are held together by a quote that nothing closes as CSV says."""
    if len(row) < 2:
        return False
    try:
        list(csv.reader(row, delimiter=separator, strict=True))
    except csv.Error:
        return True
    return False


def _separator(head: str) -> str:
    first = head.partition("\n")[0].strip("\r")
    said = _SEPARATOR.fullmatch(first)
    return said[1] if said else max(",;\t|", key=first.count)


def parquet_rows(store: Store, member: Member, desk: Desk) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (number, row) of a Parquet file, a thousand held at a time. Raises DataError where pyarrow is not installed."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        remedy = f"{install('parquet')}, or save the table as CSV"
        raise DataError("Parquet needs the package pyarrow", seen="it is not installed", remedy=remedy) from None
    number = 0
    try:
        with member.open() as raw, parquet.ParquetFile(raw) as file:
            for batch in file.iter_batches(batch_size=1000):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (pa.ArrowException, OSError) as error:
        desk.fault(
            member.shown, "the table is damaged", place=f"row {number + 1}", seen=str(error), remedy="what stands before was read"
        )
    store.bytes_read += member.size
