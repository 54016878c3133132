"""What `check --mend` writes: a new file in which what was warned of is put right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.data.check import Place, warnings_of
from burnish.data.mend import MENDS, SURE, mend as mended
from burnish.data.quality import quality_warnings
from burnish.data.tidy import tidy_warnings
from burnish.errors import DataError
from burnish.flow.cleaning import closed, rows_of, write_rows
from burnish.flow.events import Shown, Work
from burnish.records.books import Books

SHOWN_WORDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """What was put right."""

    path: Path
    books: Books
    changed: dict[str, int]
    """Rows changed, by the kind of warning."""
    words: tuple[tuple[Place, str, str], ...]
    """(where its row begins, was, is) of each word whose spelling was put right."""


def mend(path: Path, out: Path, kinds: Sequence[str], *, columns: Mapping[str, str] | None = None) -> Work[Mend]:
    """Write the rows with these kinds of warning mended, `all` for all but spelling. Raises DataError, StorageError."""
    unknown = [kind for kind in kinds if kind not in {*MENDS, "all"}]
    if unknown:
        raise DataError("there is no mend of this name", seen=", ".join(unknown), remedy=f"name some of: all, {', '.join(MENDS)}")
    read = yield from rows_of(path, out, columns=columns)
    found = (*warnings_of(read), *quality_warnings(read.conversations), *tidy_warnings(read.conversations))
    made = mended(read.conversations, found, (*kinds, *SURE) if "all" in kinds else kinds)
    write_rows(out, made.rows)
    if made.words:
        lines = tuple((str(line), str(byte), was, now) for (line, byte), was, now in made.words[:SHOWN_WORDS])
        more = f" (the first {SHOWN_WORDS} of {len(made.words)})" if len(made.words) > SHOWN_WORDS else ""
        yield Shown(title=f"words put right{more}: look through them", columns=("line", "byte", "was", "is"), rows=lines)
    return Mend(path=out, books=closed(read, len(made.rows), removed=made.removed), changed=made.changed, words=made.words)
