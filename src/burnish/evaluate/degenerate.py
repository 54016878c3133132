"""Do a version's answers still work as answers at all: have they words, do they end, and not go round in a loop?

Before and after are set side by side on the same prompts, so that what the model it started from does already is no fault of the
training. Not covered: gibberish of ever new words that ends by itself; the held-out loss and the graders see that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from burnish.grading import GRADERS
from burnish.grading.text import broken, spoken
from burnish.records.report import EvalReport, GradedAnswer

FEWEST = 3
"""Answers to the same prompts that it takes: a single one may turn on one token."""
MOST = 0.5
"""Above this share of empty or looping answers a version is no use, whatever the others say. A choice."""
NEARLY_ALL = 0.9
"""From this share on that are empty, loop or do not end: a version may be cut on some prompts and be right. A choice."""
ROSE = 0.5
"""The share must have risen by so much: a model that looped on most prompts before has not been broken by training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer, as generated."""

    text: str
    natural_stop: bool
    has_room: bool
    """Whether its limit was wide enough for the answer that was wanted: else a cut says nothing."""

    @property
    def fault(self) -> str:
        """What is wrong: "empty", "repeats" or "unended"; "" where it is an answer."""
        found = broken(spoken(self.text))
        if found:
            return "empty" if found == "empty" else "repeats"
        return "unended" if self.has_room and not self.natural_stop else ""


Pair = tuple[Reply, Reply]


def degenerate(pairs: Sequence[Pair]) -> str:
    """Return what shows that the answers after training are none any more, in words; "" where they are, or too few were asked."""
    n = len(pairs)
    if n < FEWEST:
        return ""
    before, after = ([pair[side].fault for pair in pairs] for side in (0, 1))
    for kinds, share in ((("empty", "repeats"), MOST), (("empty", "repeats", "unended"), NEARLY_ALL)):
        was, now = (sum(fault in kinds for fault in side) for side in (before, after))
        over = now > share * n if share == MOST else now >= share * n
        if over and now - was >= ROSE * n:
            return _words(before, after, n)
    return ""


def _words(before: Sequence[str], after: Sequence[str], n: int) -> str:
    told = {"empty": "are empty", "repeats": "repeat themselves", "unended": "do not end"}
    parts = [f"{after.count(kind)} {words} (before {before.count(kind)})" for kind, words in told.items() if kind in after]
    return f"of {n} answers {', '.join(parts)}"


def suite_pairs(before: EvalReport | None, after: EvalReport | None, with_room: Iterable[tuple[str, str]]) -> list[Pair]:
    """Return the answers that both models wrote to the same task. `with_room`: (suite, id) of those whose target fits the limit."""
    if before is None or after is None:
        return []
    wide = set(with_room)
    old = {(name, one.id): one for name, suite in before.suites.items() for one in suite.answers}
    new = {(name, one.id): one for name, suite in after.suites.items() for one in suite.answers}
    return [
        (_reply(old[key], has_room=key in wide), _reply(one, has_room=key in wide))
        for key, one in new.items()
        if key in old and not GRADERS[one.grader].by_likelihood
    ]


def _reply(answer: GradedAnswer, *, has_room: bool) -> Reply:
    return Reply(text=answer.text, natural_stop=answer.natural_stop, has_room=has_room)
