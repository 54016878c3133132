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
from burnish.flow.prove import Proof, Terms, divided, prove
from burnish.records.books import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmented:
    """What `augment` did."""

    path: Path
    books: Books
    made: dict[str, int]
    """Children of each kind."""
    proof: Proof | None = None
    """What the children of the rows that were not held out are worth, where it was asked for."""


def augment(
    path: Path, out: Path, *, kinds: Sequence[str], per_row: int, seed: int, terms: Terms | None = None
) -> Work[Augmented]:
    """Write the rows and, after them, their children; with `terms` let them prove themselves. Raises BurnishError."""
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise DataError("a kind is not known", seen=", ".join(unknown), remedy=f"name some of: {', '.join(KINDS)}")
    read = yield from rows_of(path, out)
    rows = read.conversations
    chosen = tuple(kind for kind in KINDS if not kinds or kind in kinds)
    sides = divided(rows, seed) if terms is not None else None  # what cannot be proved is told before anything is made
    born = yield from watched(augmented(rows, chosen, per_row, seed), "making", len(rows) * len(chosen) * per_row)
    write_rows(out, (*rows, *born))
    made = Counter(str(child.metadata["made"]) for child in born)
    examples = {child.metadata["made"]: child.prompt[-1].content for child in reversed(born)}
    lines = tuple((kind, str(made[kind]), " ".join(examples.get(kind, "").split())[:80]) for kind in chosen)
    yield Shown(title="what was made", columns=("kind", "rows", "such as"), rows=lines)
    added = {f"made by {kind}": count for kind, count in made.items()}
    books = closed(read, len(rows) + len(born), added=added)
    proof = None
    if terms is not None and sides is not None:
        proof = yield from prove(sides[0], list(augmented(sides[0], chosen, per_row, seed)), sides[1], terms)
    return Augmented(path=out, books=books, made=dict(made), proof=proof)
