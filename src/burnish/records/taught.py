"""What a version knows of the facts it was taught, and the named parts of a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TRAINED_WORDS, OTHER_WORDS = "taught facts, in the trained words", "taught facts, in other words"
NOT_LEARNED = "not learned"
"""The verdict of a part about facts that the version does not know even in the words it was trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtAnswer:
    """One question about a taught fact, and what both models say to it."""

    id: str
    fact: int
    """Rows of one number state the same fact."""
    where: str
    """`file:line` of the row that asks so."""
    prompt: str
    target: str
    """The row's own answer."""
    before: str
    after: str
    right_before: bool
    right_after: bool
    """By the fact itself, its names, numbers and own words: never by likeness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """The facts that the rows state, asked again."""

    facts: int
    """Different facts that the trained rows state."""
    trained_words: tuple[TaughtAnswer, ...]
    """Asked exactly as a trained row asks."""
    other_words: tuple[TaughtAnswer, ...]
    """Asked as a held-out row asks, where other rows that were trained state the same fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictPart:
    """One thing that a training was about, judged by itself."""

    name: str
    verdict: str
    """"better", "worse", "cannot tell" or "not learned"."""
    before: float
    after: float
    """Mean scores, 0 to 1; for taught facts the share of questions answered right."""
    low: float
    high: float
    """95 % interval of the difference."""
    n: int


def headline(parts: Sequence[VerdictPart]) -> str:
    """Return what the parts say, in one sentence of words; empty where none is about taught facts.

    >>> headline([VerdictPart(name=TRAINED_WORDS, verdict="better", before=0, after=0.9, low=0.8, high=1, n=20)])
    'knows 18 of 20 taught facts in the trained words; in other words they were not asked'
    """
    said: list[str] = []
    named = {part.name: part for part in parts}
    if named.keys().isdisjoint({TRAINED_WORDS, OTHER_WORDS}):
        return ""
    for name, words in ((TRAINED_WORDS, "in the trained words"), (OTHER_WORDS, "in other words")):
        part = named.pop(name, None)
        if part is not None:
            lead = "knows " if not said else ""
            said.append(f"{lead}{round(part.after * part.n)} of {part.n} {'taught facts ' if not said else ''}{words}")
        elif name == OTHER_WORDS:
            said.append("in other words they were not asked")
    said += [f"{name}: {part.verdict}" for name, part in named.items()]
    return "; ".join(said)
