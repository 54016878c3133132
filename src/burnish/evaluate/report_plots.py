"""Where the marks of the plots go, in per cent of a plot's width and height; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from burnish.records.questions import Feature
from burnish.records.report import SuiteComparison, SuiteScore

Points = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value with its interval on a strip."""

    low: float
    at: float
    high: float
    """Per cent of the strip's width."""


def score_mark(suite: SuiteScore) -> Mark:
    """Return a suite's mean on a strip from 0 to 1."""
    return _mark(suite.low, suite.mean, suite.high, 0.0, 1.0)


def strip_mark(low: float, at: float, high: float) -> Mark:
    """Return any mean with its interval on a strip from 0 to 1."""
    return _mark(low, at, high, 0.0, 1.0)


def difference_mark(one: SuiteComparison) -> Mark:
    """Return a difference on a strip from -1 to 1."""
    return _mark(one.low, one.difference, one.high, -1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureMark:
    """A style feature's three means on a strip from 0 to the largest of them."""

    rows: float
    before: float
    after: float
    """Per cent of the strip's width."""


def feature_mark(one: Feature) -> FeatureMark:
    """Return where the rows, the answers before and those after lie; all on the left where all are 0."""
    top = max(one.rows, one.before, one.after) or 1.0
    return FeatureMark(**{side: round(3 + 94 * max(getattr(one, side), 0.0) / top, 2) for side in ("rows", "before", "after")})


def _mark(low: float, at: float, high: float, left: float, right: float) -> Mark:
    # Two per cent stay free on each side, so that a dot on the edge is drawn whole.
    def place(value: float) -> float:
        return round(2 + 96 * (min(max(value, left), right) - left) / (right - left), 2)

    return Mark(low=place(low), at=place(at), high=place(high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    """Per cent of the axis, from the left or from the top."""
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line of the loss plot."""

    name: str
    """"train" or "held_out"."""
    path: str
    """The `points` of an SVG polyline on a square of 1000 by 1000."""
    dots: tuple[tuple[float, float], ...]
    """Where single points are marked, on the same square; empty for a long line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPlot:
    """The loss curves with their axes."""

    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


DOTTED = 40
"""Up to so many points are marked one by one."""


def loss_plot(losses: Points, held_out: Points) -> LossPlot | None:
    """Return the curves on common axes, or None where there is no point at all. The loss axis begins at 0."""
    everything = [*losses, *held_out]
    if not everything:
        return None
    steps = [step for step, _ in everything]
    first, last = min(steps), max(steps)
    heights = ticks(max(loss for _, loss in everything))
    curves = [
        _curve(name, points, first, last, heights[-1]) for name, points in (("train", losses), ("held_out", held_out)) if points
    ]
    return LossPlot(
        curves=tuple(curves),
        x_ticks=tuple(Tick(at=_across(step, first, last) / 10, label=str(step)) for step in _step_ticks(first, last)),
        y_ticks=tuple(Tick(at=100 - 100 * height / heights[-1], label=f"{height:g}") for height in heights),
    )


def _curve(name: str, points: Points, first: int, last: int, top: float) -> Curve:
    places = [(_across(step, first, last), round(1000 - 1000 * loss / top, 1)) for step, loss in points]
    path = " ".join(f"{x:g},{y:g}" for x, y in places)
    return Curve(name=name, path=path, dots=tuple(places) if len(places) <= DOTTED else ())


def _across(step: int, first: int, last: int) -> float:
    return round(1000 * (step - first) / (last - first), 1) if last > first else 500.0


def ticks(top: float, wanted: int = 4) -> list[float]:
    """Return round numbers from 0 to the first one that is not below `top`: steps of 1, 2 or 5 times a power of ten."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [round(i * step, 12) for i in range(math.ceil(top / step - 1e-9) + 1)]


def _step_ticks(first: int, last: int) -> list[int]:
    if last - first < 6:
        return list(range(first, last + 1))
    gap = int(ticks(last - first, 5)[1]) or 1
    inner = [step for step in range(0, last + 1, gap) if first < step and last - step >= gap / 2]
    return [first, *(step for step in inner if step - first >= gap / 2), last]
