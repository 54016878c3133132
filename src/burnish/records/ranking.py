"""Several models on the same tasks: how good each is, and which of them cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.records.report import SuiteComparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One model's place."""

    model: str
    rank: int
    """One more than the number of models shown to be better; models of one rank need not be equal."""
    groups: str
    """Letters: two models that share one cannot be told apart (compact letter display; Piepho 2004)."""
    mean: float
    """Over all prompts of all suites, each weighing the same."""
    low: float
    high: float
    """The 95 % interval of the mean."""
    n: int
    suites: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """By suite: (mean, low, high)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairOf:
    """Two of the models: is B better than A? p-values are corrected for the number of pairs (Holm)."""

    a: str
    b: str
    comparison: SuiteComparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All models, the highest mean first, and every pair of them."""

    models: tuple[Standing, ...]
    pairs: tuple[PairOf, ...]

    @property
    def best(self) -> tuple[str, ...]:
        """The model with the highest mean, and those that cannot be told apart from it."""
        top = self.models[0]
        return tuple(one.model for one in self.models if set(one.groups) & set(top.groups))

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        if len(self.best) == 1:
            return f"{self.best[0]} is better than each of the others"
        if len(self.best) == len(self.models) and all(pair.comparison.verdict == "cannot tell" for pair in self.pairs):
            return "none of them can be told apart"
        return f"{', '.join(self.best[:-1])} and {self.best[-1]} cannot be told apart at the top"
