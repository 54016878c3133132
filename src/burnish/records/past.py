"""What a plan must know of the version that a run continues from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The version a run starts from, and the sessions that led to it."""

    version: str
    sessions: int
    """Trainings from the base to this version, it included."""
    rows: int
    """Rows they were trained on that are still kept, and can be replayed."""
    rank: int
    """Of its adapter, which holds all sessions so far."""
    alpha: float
    targets: tuple[str, ...]
    rslora: bool
    memory_k: int = 0
    """Rows of its own that it puts before a question; 0: it carries none."""
    memory_unknown: str = ""
    """What it says where none of them answers; empty where nothing says so."""
