"""What a version kept of the sessions before it, and of what the base could do."""

from __future__ import annotations

from dataclasses import dataclass

from burnish.records.report import SuiteComparison

KEPT, FELL, FORGOT, NOT_ASKED = "kept", "fell", "forgot", "not asked"
FEWEST_LOST = 2
"""One question fewer is not called forgetting, however few there are: a single answer may turn on one token."""
RULE = (
    "points of 100 that earlier sessions or the general probes may lose; a fall beyond it that is shown "
    f"(its 95 % interval lies below zero, or {FEWEST_LOST} questions more were lost than gained) is not made live"
)
"""What `session.margin` means: the one sentence of the plan, and the one rule of `evaluate/retention.py`."""


def change_words(change: SuiteComparison | None, verdict: str, margin: float) -> str:
    """Return what became of a session in words that follow its interval: "kept" is never said of a fall that is shown."""
    if change is None:
        return verdict
    if verdict == FORGOT:
        return f"forgot: it fell by more than the {margin:g} points allowed"
    if verdict == FELL:
        return f"fell, within the {margin:g} points allowed"
    return moved_words(change.difference, change.low, change.high) if change.difference < 0 else KEPT


def moved_words(difference: float, low: float, high: float) -> str:
    """Return a change in words by its 95 % interval.

    >>> moved_words(-0.08, -0.14, -0.02), moved_words(-0.1, -0.3, 0.1), moved_words(0.2, 0.1, 0.3)
    ('fell', 'lower, but a fall is not shown', 'rose')
    """
    if high < 0:
        return "fell"
    if low > 0:
        return "rose"
    return "lower, but a fall is not shown" if difference < 0 else "no fall seen"


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
    """FORGOT: fell beyond the margin; FELL: a fall is shown, within it; KEPT: no fall is shown; or NOT_ASKED."""

    def words(self, margin: float) -> str:
        """Return the verdict as people read it."""
        return change_words(self.change, self.verdict, margin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """All earlier sessions, and the general probes beside the base."""

    verdict: str
    """FORGOT where one session, all together or the general probes fell beyond the margin; FELL where a fall within it is shown; else KEPT."""
    reason: str
    margin: float
    """Points of 100 that may be lost."""
    sessions: tuple[SessionKept, ...] = ()
    together: SuiteComparison | None = None
    general: SuiteComparison | None = None
    """The `ability` probes: a: the base, b: now."""
    lost: tuple[Lost, ...] = ()
