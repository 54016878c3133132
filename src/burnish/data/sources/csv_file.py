"""A CSV or TSV file as rows: each line of cells as the object that its columns name, so that it is read as any other row.

The separator is found out. A cell in quotes may hold line breaks; a line with too few or many cells is no row, and is told.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import BinaryIO

from burnish.data.flaw import Flaw, plain
from burnish.data.sources.raw import RawRow

NAME = "CSV"
ENDINGS = frozenset({".csv", ".tsv", ".tab"})
_FIELD = 16 * 1024 * 1024


def looks_like_one(head: bytes, suffix: str) -> bool:
    """Return whether a file is a table: by the ending of its name, where its beginning is not JSON."""
    return suffix.casefold() in ENDINGS and head.lstrip()[:1] not in (b"{", b"[")


class _Lines:
    """The lines of a file for the reader of CSV, with the place of the row that is read."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.number = 0
        self.byte = file.tell()
        self.begin = (1, self.byte)
        self.fresh = True
        self.broken: Flaw | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.file.readline()
        if not line:
            raise StopIteration
        self.number += 1
        if self.fresh:
            self.begin, self.fresh = (self.number, self.byte), False
        self.byte += len(line)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            seen = plain(line.decode("cp1252", "replace"))
            remedy = "save the table as UTF-8 (a spreadsheet: CSV UTF-8)"
            self.broken = Flaw(reason="not UTF-8", seen=seen, remedy=remedy, byte=error.start)
            return line.decode("utf-8", "replace")


def rows(file: BinaryIO, limit: int) -> Iterator[RawRow]:
    """Yield the rows below the line of names, from where the file stands; each is an object in JSON."""
    start = file.tell()
    first = file.readline().decode("utf-8", "replace")
    told = first.strip().casefold()
    separator = told[4] if told.startswith("sep=") and len(told) == 5 else ""
    if not separator:
        file.seek(start)
        separator = max(",;\t|", key=first.count)
    csv.field_size_limit(_FIELD)
    lines = _Lines(file)
    lines.number = 1 if separator and file.tell() != start else 0
    reader = csv.reader(lines, delimiter=separator)
    names: list[str] = []
    while True:
        lines.fresh, lines.broken = True, None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _flawed(lines, Flaw(reason="this is no CSV", seen=plain(str(error)), remedy="mend the quotes of the line"))
            continue
        if not names:
            names = [name.strip() or f"column {i}" for i, name in enumerate(cells, start=1)] if any(cells) else []
        elif any(cell.strip() for cell in cells):
            yield _row(lines, names, cells, limit)


def _row(lines: _Lines, names: list[str], cells: list[str], limit: int) -> RawRow:
    line, byte = lines.begin
    if lines.broken:
        return _flawed(lines, lines.broken)
    if len(cells) != len(names):
        seen = f"{len(cells)} cells under {len(names)} columns"
        remedy = "put a cell that holds the separator or a line break in quotes, and close every quote"
        return _flawed(lines, Flaw(reason="a row does not fit the columns", seen=seen, remedy=remedy))
    # an empty cell says nothing: no key
    text = json.dumps({name: cell for name, cell in zip(names, cells, strict=True) if cell}, ensure_ascii=False).encode()
    if len(text) > limit:
        return _flawed(
            lines, Flaw(reason=f"a row is longer than {limit:,} bytes", seen=f"{len(text):,} bytes", remedy="split the row")
        )
    return RawRow(line=line, byte=byte, text=text)


def _flawed(lines: _Lines, flaw: Flaw) -> RawRow:
    line, byte = lines.begin
    return RawRow(line=line, byte=byte, text=b"", flaw=flaw)
