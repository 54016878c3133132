"""What of the rows that a version carries is told to people: how many, how many of them stand before a question, how they are found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from burnish.records.codec import JSON
from burnish.retrieval.files import load_rows
from burnish.retrieval.lexical import WORDS

FOLDER = "memory"
"""The folder of a version's rows, in its run's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The rows that a version carries."""

    rows: int
    k: int
    """Rows put before a question at most."""
    encoder: str
    """The encoder that finds them, or `words`."""

    @property
    def by_model(self) -> bool:
        """Whether a model finds them, which is loaded when the first question comes."""
        return self.encoder != WORDS

    @property
    def told(self) -> str:
        """The same in words, behind the version's name."""
        if not self.rows:
            return "carries no row: nothing is put before a question"
        found = self.encoder if self.by_model else "their words"
        if self.rows == 1:
            return f"carries 1 row: it is put before each question, found by {found}"
        most = min(self.k, self.rows)
        before = "the nearest is" if most == 1 else f"the {most} nearest are"
        return f"carries {self.rows:,} rows: {before} put before each question, found by {found}"

    def to_json(self) -> dict[str, JSON]:
        """Return the same for `--json`."""
        return {"rows": self.rows, "k": self.k, "encoder": self.encoder}


def carried_in(run: Path) -> Carried | None:
    """Return what a run's folder carries; None where that is no memory. Raises RegistryError where it is damaged."""
    saved = load_rows(run / FOLDER)
    return Carried(rows=len(saved.rows), k=saved.k, encoder=saved.encoder) if saved is not None else None
