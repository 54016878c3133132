"""What a version kept of the sessions before it, and of what the base could do."""

from __future__ import annotations

from dataclasses import dataclass

from burnish.records.report import SuiteComparison

KEPT, FORGOT, NOT_ASKED = "kept", "forgot", "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """One question that was answered better before."""

    session: str
    id: str
    prompt: str
    target: str
    then: str
    """The answer right after its session was trained."""
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKept:
    """One earlier session's questions: right after it was trained, and now."""

    name: str
    """Its number and data file, such as "session 1: week1"."""
    version: str
    """The version that it made."""
    change: SuiteComparison | None
    """a: right after its training, b: now, in pairs; None where it left no questions."""
    lost: int = 0
    """Questions whose score fell by half of the scale or more."""
    gained: int = 0
    verdict: str = NOT_ASKED
    """KEPT, FORGOT or NOT_ASKED."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """All earlier sessions, and the general probes beside the base."""

    verdict: str
    """FORGOT where one session, all together or the general probes fell beyond the margin; else KEPT."""
    reason: str
    margin: float
    """Points of 100 that may be lost."""
    sessions: tuple[SessionKept, ...] = ()
    together: SuiteComparison | None = None
    general: SuiteComparison | None = None
    """The `ability` probes: a: the base, b: now."""
    lost: tuple[Lost, ...] = ()
