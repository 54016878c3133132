"""What every verb from rows to rows shares: the rows read, never the input written over, progress, and the books closed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from burnish import durable
from burnish.data.read import ReadResult, read_rows
from burnish.data.write import row_line
from burnish.errors import DataError
from burnish.flow.events import Advanced, Work
from burnish.flow.rows import said_refusals
from burnish.records.books import Books
from burnish.records.conversation import Conversation

REFUSED = "cannot be read as a row"
EVERY_SECONDS = 0.5
T = TypeVar("T")


def rows_of(path: Path, *outs: Path, columns: Mapping[str, str] | None = None) -> Work[ReadResult]:
    """Read the rows of a file, say which are refused, and hold that no output is the input. Raises DataError."""
    for out in outs:
        need_a_file(out)
        if out.exists() and path.exists() and out.samefile(path):
            raise DataError("the rows would be written over their own source", seen=str(out), remedy="name another file with -o")
    if len({out.absolute() for out in outs}) < len(outs):
        raise DataError("two outputs have one name", seen=", ".join(map(str, outs)), remedy="name a file for each")
    read = read_rows(path, columns=columns)
    yield from said_refusals(read.refused, path, len(read.conversations))
    return read


def need_a_file(out: Path) -> None:
    """Refuse a folder as the place of rows, before anything is read. Raises DataError."""
    if out.is_dir():
        remedy = f"name a file: -o {out / 'rows.jsonl'}"
        raise DataError("the rows need a file to go to", seen=f"{out} is a folder", remedy=remedy)


def write_rows(out: Path, rows: Iterable[Conversation]) -> None:
    """Write rows to a file, one a line, atomically. Raises StorageError."""
    durable.write_lines(out, (row_line(row) for row in rows))


def closed(
    read: ReadResult, rows_out: int, *, removed: dict[str, int] | None = None, added: dict[str, int] | None = None
) -> Books:
    """Return the books of a verb; rows that could not be read count as taken out. An AssertionError where they do not close."""
    refused = {REFUSED: len(read.refused)} if read.refused else {}
    taken = {reason: count for reason, count in (refused | (removed or {})).items() if count}
    put = {reason: count for reason, count in (added or {}).items() if count}
    books = Books(rows_in=read.rows_read, rows_out=rows_out, removed=taken, added=put)
    if not books.closes:  # a defect of ours, not of the rows
        raise AssertionError(f"the books do not close: {books.summary()}")
    return books


def watched(items: Iterable[T], stage: str, total: int) -> Work[Sequence[T]]:
    """Return the items as a list, with progress twice a second while they are made."""
    began = said = time.monotonic()
    made = []
    for item in items:
        made.append(item)
        now = time.monotonic()
        if now - said >= EVERY_SECONDS:
            said = now
            yield Advanced(stage=stage, done=len(made), total=total, unit="rows", seconds=now - began)
    return made
