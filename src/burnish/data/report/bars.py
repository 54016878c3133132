"""Where the bars of the charts go, in per cent of a chart's width and height; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from burnish.data.report.periods import Periods

BINS = 24
"""The most bars of a histogram."""
TONES = 5
"""Sources that have a colour of their own; the others share one."""
OTHERS = "all others"
_ROUND = tuple(int(f"{factor}{'0' * power}") for power in range(19) for factor in (1, 2, 5))
"""1, 2, 5, 10, 20 and so on: what people count in."""
LABELS = 4
"""Names under a chart: more would run into each other on a phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of an upright chart."""

    left: float
    width: float
    top: float
    height: float
    """Per cent of the chart."""
    tone: int
    """Which colour, from 0."""
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A name under a chart, or beside it."""

    at: float
    """Per cent from the left, or from the top."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Upright bars over named places."""

    bars: tuple[Bar, ...]
    below: tuple[Tick, ...]
    beside: tuple[Tick, ...]
    legend: tuple[str, ...]
    """Names of the tones, in order; empty where there is one."""


def bin_width(longest: int) -> int:
    """Return 1, 2 or 5 times a power of ten: the least width with which `longest` falls into at most BINS bins.

    >>> [bin_width(longest) for longest in (3, 24, 100, 4096)]
    [1, 2, 5, 200]
    """
    return next(width for width in _ROUND if longest // width < BINS)


def histograms(files: Sequence[Sequence[int]]) -> list[Chart]:
    """Return the histogram of the lengths of each file, all on the same axes."""
    width = bin_width(max((max(lengths, default=0) for lengths in files), default=0))
    bins = 1 + max((max(lengths, default=0) for lengths in files), default=0) // width
    counted = [[0] * bins for _ in files]
    for counts, lengths in zip(counted, files, strict=True):
        for length in lengths:
            counts[length // width] += 1
    names = [f"{i * width:,}" for i in range(bins)]
    titles = [f"{i * width:,} to {(i + 1) * width - 1:,} tokens" for i in range(bins)]
    top = max((max(counts) for counts in counted), default=0)
    return [_chart({"": counts}, names, titles, top) for counts in counted]


def courses(files: Sequence[Periods | None]) -> list[Chart | None]:
    """Return the rows of each file over time, its sources in colours of their own; the same source has the same colour in both."""
    order = list(dict.fromkeys(source for periods in files if periods for source in periods.counts))
    shown = order if len(order) <= TONES + 1 else order[:TONES]
    tops = [max(map(sum, zip(*periods.counts.values(), strict=True))) for periods in files if periods]
    return [None if periods is None else _course(periods, shown, max(tops), others=len(shown) < len(order)) for periods in files]


def _course(periods: Periods, shown: Sequence[str], top: int, *, others: bool) -> Chart:
    none = [0] * len(periods.names)
    parts = {source or "no source named": list(periods.counts.get(source, none)) for source in shown}
    if others:
        rest = [counts for source, counts in periods.counts.items() if source not in shown]
        parts[OTHERS] = [sum(column) for column in zip(*rest, strict=True)] if rest else none
    return _chart(parts, periods.names, periods.names, top)


def _chart(parts: Mapping[str, Sequence[int]], names: Sequence[str], titles: Sequence[str], top: int) -> Chart:
    heights = _ticks(top)
    bars = []
    for i, title in enumerate(titles):
        stood = 0
        for tone, (name, counts) in enumerate(parts.items()):
            if counts[i]:
                stood += counts[i]
                words = f"{title}: {counts[i]:,} rows" + (f", {name}" if name else "")
                bars.append(_bar(i, len(titles), stood, counts[i], heights[-1], tone, words))
    every = max(1, math.ceil(len(names) / LABELS))
    return Chart(
        bars=tuple(bars),
        below=tuple(Tick(at=round(100 * (i + 0.5) / len(names), 2), name=names[i]) for i in range(0, len(names), every)),
        beside=tuple(Tick(at=round(100 - 100 * height / heights[-1], 2), name=f"{height:,}") for height in heights),
        legend=tuple(parts) if len(parts) > 1 else (),
    )


def _bar(i: int, places: int, stood: int, count: int, top: int, tone: int, title: str) -> Bar:
    left, width = 100 * i / places, 100 / places
    return Bar(
        left=round(left + 0.08 * width, 3),
        width=round(0.84 * width, 3),
        top=round(100 - 100 * stood / top, 3),
        height=round(100 * count / top, 3),
        tone=tone,
        title=title,
    )


def _ticks(top: int) -> list[int]:
    """Return whole numbers from 0 to the first that is not below `top`, in at most five steps."""
    step = next(step for step in _ROUND if top <= 5 * step)
    return list(range(0, max(1, math.ceil(top / step)) * step + 1, step))
