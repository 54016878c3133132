"""What evaluation says: a score for one answer, a report for a model, a comparison of two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.records.codec import JSON

VERDICTS = ("better", "worse", "cannot tell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a grader says of one answer."""

    value: float
    """0 (wrong) to 1 (right)."""
    detail: str = ""
    """Why, in a few words; for the table of answers."""
    fault: str = ""
    """Why the answer could not be judged; its value is 0 then, the least it can be worth. Empty where it was judged."""
    orders: tuple[float, ...] = ()
    """Of a judgement made in both orders: the value in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedAnswer:
    """One task, one answer, one score: a line of an items file."""

    id: str
    prompt: str
    category: str
    grader: str
    target: JSON
    text: str
    """The answer as generated, without the end-of-turn token."""
    tokens: int
    """Tokens generated, the end-of-turn token included when there was one."""
    natural_stop: bool
    """Whether the model ended its turn itself before the limit."""
    score: float
    detail: str = ""
    cluster: str = ""
    """Tasks of the same cluster are one question in several wordings; empty: it stands for itself."""
    fault: str = ""
    """Why the answer could not be judged; it counts 0 then, and is told."""
    orders: tuple[float, ...] = ()
    """Of a judgement made in both orders: the value in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """One answer to a task without a grader: shown, not scored; a line of an items file."""

    id: str
    prompt: str
    category: str
    text: str
    """The answer as generated, without the end-of-turn token."""
    tokens: int
    natural_stop: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteScore:
    """One suite's mean with its 95 % interval."""

    mean: float
    low: float
    high: float
    n: int
    natural_stop_rate: float
    mean_tokens: float
    answers: tuple[GradedAnswer, ...] = ()
    by_category: Mapping[str, float] = field(default_factory=dict)
    not_judged: int = 0
    """Answers without a judgement: in the mean they count 0, the least they can be worth."""
    orders_agree: float | None = None
    """Of answers judged in both orders, the share judged alike in both; None where none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalReport:
    """One model on some suites."""

    model: str
    """What was judged: `base`, a run id, or a model's name."""
    suites: Mapping[str, SuiteScore]
    """Those with a task that is graded."""
    seconds: float = 0.0
    shown: Mapping[str, tuple[ShownAnswer, ...]] = field(default_factory=dict)
    """By suite: the answers to tasks without a grader. They count in no mean and no verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteComparison:
    """The paired difference B minus A on one suite, or on one category of it."""

    verdict: str
    """One of VERDICTS, about B."""
    difference: float
    low: float
    high: float
    """95 % interval of the difference, on the 0 to 1 scale."""
    p: float
    """Two-sided p-value of the paired test."""
    n: int
    mean_a: float
    mean_b: float
    detectable: float
    """The smallest difference that this many items could have shown with 80 % power."""
    clusters: int = 0
    """Questions that stand for themselves: fewer than n where some are one question in several wordings; 0: not counted."""
    more: int = 0
    """About how many more items would show, with 80 % power, a difference of `more_for`."""
    more_for: float = 0.0
    """The difference seen, or 0.05 where less was seen."""

    def no_worse_than(self, points: float) -> bool:
        """Return whether B is shown to be no worse than A by `points` (1 = 0.01 of the scale): non-inferiority by the interval.

        One-sided at 2.5 %: the whole 95 % interval lies above the margin (ICH E9 1998, sec. 3.3.2). That each of several
        suites is no worse needs no correction: all of them must be shown (Berger 1982).
        """
        return self.low > -points / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Is B better than A?"""

    a: str
    b: str
    verdict: str
    """One of VERDICTS: over all items of all suites."""
    overall: SuiteComparison
    suites: Mapping[str, SuiteComparison]
    categories: Mapping[str, SuiteComparison] = field(default_factory=dict)
    """By `suite/category`; for reading, not part of the verdict."""
    notes: tuple[str, ...] = ()
    """Unexpected behaviour a person should know of: answers that do not stop, empty or repeated answers."""
