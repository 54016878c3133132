"""The books of a verb that turns rows into rows: what came in is what goes out and what was taken out, by reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Rows in and rows out of one verb."""

    rows_in: int
    """Rows the file held, blank lines aside."""
    rows_out: int
    """Rows written, over all files written."""
    removed: Mapping[str, int] = field(default_factory=dict)
    """Rows that were not written, by reason."""
    added: Mapping[str, int] = field(default_factory=dict)
    """Rows written that did not come in, by reason."""

    @property
    def closes(self) -> bool:
        """Whether every row is accounted for."""
        return self.rows_in + sum(self.added.values()) == self.rows_out + sum(self.removed.values())

    def summary(self) -> dict[str, object]:
        """Return the totals as the JSON key `ledger` shows them."""
        return {
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "removed": dict(self.removed),
            "added": dict(self.added),
            "closes": self.closes,
        }

    def lines(self) -> tuple[tuple[str, ...], ...]:
        """Return the books as rows of a table: what, and how many rows."""
        return (
            ("read", str(self.rows_in)),
            *((f"added: {reason}", str(count)) for reason, count in self.added.items()),
            *((f"taken out: {reason}", str(count)) for reason, count in self.removed.items()),
            ("written", str(self.rows_out)),
        )
