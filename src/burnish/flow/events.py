"""What a verb says while it works. The terminal shows these; nothing here prints."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line a person should read."""

    text: str
    level: str = "info"
    """"info", "warn" or "head" (the title of a stage)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """How far a stage is."""

    stage: str
    done: int
    total: int
    unit: str
    seconds: float
    """Since the stage began."""
    detail: str = ""

    @property
    def seconds_left(self) -> float | None:
        """Seconds the rest should take at the pace so far; None before anything is done."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A table a person should read."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Event = Any
"""Said, Advanced, Shown, or an event of the training loop."""
Work = Generator[Event, None, Result]
"""A verb at work: yields events, returns its result."""
