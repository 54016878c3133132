"""Tables (CSV, Parquet): the rows as they come, and what their columns hold, found by name or given with --column."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.text import lines
from burnish.errors import DataError, install

FIELD_CHARACTERS = 16 * 1024 * 1024
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


def csv_rows(store: Store, member: Member, desk: Desk) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line on which it ends, row) of a CSV file; the separator is found out. A row with too few or many cells is a fault."""
    head = store.head(member, 65_536).decode("utf-8", "replace")
    csv.field_size_limit(FIELD_CHARACTERS)
    reader = csv.reader((f"{line}\n" for line in lines(store, member, desk)), delimiter=_separator(head))
    names: list[str] = []
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            desk.fault(
                member.shown, "this is no CSV", place=f"line {reader.line_num}", seen=str(error), remedy="the row was left out"
            )
            continue
        if not names:
            names = [name.removeprefix("\ufeff") for name in row]
        elif len(row) == len(names):
            yield reader.line_num, dict(zip(names, row, strict=True))
        elif row:
            seen = f"{len(row)} cells under {len(names)} columns"
            desk.fault(
                member.shown,
                "a row does not fit the columns",
                place=f"line {reader.line_num}",
                seen=seen,
                remedy="it was left out",
            )


def _separator(head: str) -> str:
    first = head.partition("\n")[0]
    return max(",;\t|", key=first.count)


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
