"""Do people get answers like those that the verdict rests on? Recent answers beside the evaluation's, for each version.

Three figures: tokens an answer, the share that refuses, the share that ends by itself. The evaluation's are those of the version's own
held-out rows, kept with it; a version without such rows has none, and none are made up. A difference is told with how sure it is, in
standard errors of both samples together (Welch 1947): people ask other things than the rows did, so that a small difference means little
however sure, and a large one of few answers means little as well. Look at both.
"""

from __future__ import annotations

import json
import math
import statistics
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from burnish.grading.refusal import refuses
from burnish.grading.text import spoken

SUITE = "held-out rows"
"""The evaluation's name for the version's own rows that were not trained on."""
RECENT = 200
"""Answers that count as recent."""
ENOUGH = 30
"""Fewer recent answers say nothing of drift."""
FIGURES = ("answer_tokens", "refusal_share", "natural_stop_share")


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at in one answer."""

    tokens: int
    refuses: bool
    natural: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The mean of one figure over some answers."""

    mean: float
    variance: float
    n: int

    def sigmas(self, other: Figure) -> float | None:
        """Return how far this mean lies above another, in standard errors; None where neither sample varies or one is too small."""
        if min(self.n, other.n) < 2:
            return None
        error = math.sqrt(self.variance / self.n + other.variance / other.n)
        return (self.mean - other.mean) / error if error else (0.0 if self.mean == other.mean else None)


def figures(looks: Iterable[Look]) -> dict[str, Figure]:
    """Return each of FIGURES; none at all where there are no answers."""
    rows: list[tuple[float, ...]] = [(one.tokens, one.refuses, one.natural) for one in looks]
    return {name: _figure(column) for name, column in zip(FIGURES, zip(*rows, strict=True), strict=False)} if rows else {}


def _figure(values: Sequence[float]) -> Figure:
    n, mean = len(values), statistics.fmean(values)
    if set(values) <= {0, 1}:
        # A share of 0 or 1 would have no variance, and any difference be sure: Agresti and Coull's two more of each (1998).
        share = (sum(values) + 2) / (n + 4)
        return Figure(mean=mean, variance=share * (1 - share), n=n)
    return Figure(mean=mean, variance=statistics.variance(values) if n > 1 else 0.0, n=n)


def evaluated(report: Path | None) -> dict[str, Figure]:
    """Return the evaluation's figures from a version's `after.json`; none where it is not there or holds no own rows."""
    if report is None:
        return {}
    try:
        answers = json.loads(report.read_text("utf-8"))["suites"][SUITE]["answers"]
        return figures(Look(int(one["tokens"]), refuses(spoken(one["text"])), bool(one["natural_stop"])) for one in answers)
    except (OSError, ValueError, KeyError, TypeError):
        return {}


@dataclass(slots=True)
class Recent:
    """The last answers of one version."""

    looks: deque[Look] = field(default_factory=lambda: deque(maxlen=RECENT))

    def figures(self) -> dict[str, Figure]:
        """Return their figures; none where they are too few."""
        looks = list(self.looks)
        return figures(looks) if len(looks) >= ENOUGH else {}
