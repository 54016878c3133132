"""What came in: the faults of an export, each with its place, and the books in which every message is accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing in an export that could not be read as it should; the rest was."""

    file: str
    what: str
    place: str = ""
    """Where in the file, such as `line 3`, `message 14` or `byte 900`; "" for the whole file."""
    seen: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        """Return the fault as one line."""
        where = f"{self.file}: {self.place}: " if self.place else f"{self.file}: "
        return where + self.what + (f" (seen: {self.seen})" if self.seen else "") + (f"; {self.remedy}" if self.remedy else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Where every message went. `balance` is 0, or the books do not close."""

    read: int
    """Messages read."""
    used: int
    """Messages whose words stand in a row, as question or as answer."""
    aside: Mapping[str, int]
    """Messages set aside, by reason."""

    @property
    def balance(self) -> int:
        """Return messages read less those used and set aside."""
        return self.read - self.used - sum(self.aside.values())
