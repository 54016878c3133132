"""The verb `augment`: rows and what rules make of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.data.augment import KINDS, augmented
from burnish.errors import DataError
from burnish.flow.cleaning import closed, rows_of, watched, write_rows
from burnish.flow.events import Shown, Work
from burnish.records.books import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmented:
    """What `augment` did."""

    path: Path
    books: Books
    made: dict[str, int]
    """Children of each kind."""


def augment(path: Path, out: Path, *, kinds: Sequence[str], per_row: int, seed: int) -> Work[Augmented]:
    """Write the rows and, after them, their children. Raises DataError, StorageError."""
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise DataError("a kind is not known", seen=", ".join(unknown), remedy=f"name some of: {', '.join(KINDS)}")
    read = yield from rows_of(path, out)
    rows = read.conversations
    chosen = tuple(kind for kind in KINDS if not kinds or kind in kinds)
    born = yield from watched(augmented(rows, chosen, per_row, seed), "making", len(rows) * len(chosen) * per_row)
    write_rows(out, (*rows, *born))
    made = Counter(str(child.metadata["made"]) for child in born)
    examples = {child.metadata["made"]: child.prompt[-1].content for child in reversed(born)}
    lines = tuple((kind, str(made[kind]), " ".join(examples.get(kind, "").split())[:80]) for kind in chosen)
    yield Shown(title="what was made", columns=("kind", "rows", "such as"), rows=lines)
    added = {f"made by {kind}": count for kind, count in made.items()}
    return Augmented(path=out, books=closed(read, len(rows) + len(born), added=added), made=dict(made))
