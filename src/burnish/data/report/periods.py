"""Rows over time: by the hour, the day, the month or the year, whichever shows a course in few bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

BARS = 36
"""The most bars a chart shows; twelve years and more come by the year, and the oldest years together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """Rows of each source in each period, none left out between the first and the last."""

    unit: str
    """"hour", "day", "month" or "year"."""
    names: tuple[str, ...]
    """Such as "2026-11", in order."""
    counts: dict[str, tuple[int, ...]]
    """For each source, rows of each period; sources with most rows first."""


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    form: str
    next: Callable[[datetime], datetime]
    """A moment of the next period."""


_UNITS = (
    _Unit("hour", "%Y-%m-%d %H:00", lambda at: at + timedelta(hours=1)),
    _Unit("day", "%Y-%m-%d", lambda at: at + timedelta(days=1)),
    _Unit("month", "%Y-%m", lambda at: at.replace(day=1) + timedelta(days=32)),
    _Unit("year", "%Y", lambda at: at.replace(month=1, day=1) + timedelta(days=366)),
)


def periods_of(told: Sequence[tuple[str, datetime]]) -> Periods:
    """Return the course of rows, each a source and a time (UTC); `told` holds one at least."""
    first, last = min(when for _, when in told), max(when for _, when in told)
    for unit in _UNITS:
        names = list(_names(unit, first, last))
        if len(names) <= BARS:
            break
    early = names[: len(names) - BARS + 1] if len(names) > BARS else []
    if early:  # only years can be so many
        names = [f"until {early[-1]}", *names[len(early) :]]
    place = {name: i for i, name in enumerate(names)} | dict.fromkeys(early, 0)
    counted: dict[str, Counter[int]] = {}
    for source, when in told:
        counted.setdefault(source, Counter())[place[_name(unit, when)]] += 1
    most = sorted(counted, key=lambda source: -counted[source].total())
    return Periods(
        unit=unit.name,
        names=tuple(names),
        counts={source: tuple(counted[source][i] for i in range(len(names))) for source in most},
    )


def _name(unit: _Unit, when: datetime) -> str:
    return when.strftime(unit.form).rjust(4, "0")


def _names(unit: _Unit, first: datetime, last: datetime) -> Iterator[str]:
    """Yield the names of all periods from the first to the last; one more than the chart holds is enough to know it, but for years."""
    at, end = first, _name(unit, last)
    yield _name(unit, at)
    count = 1
    while _name(unit, at) != end and (count <= BARS or unit.name == "year"):
        try:
            at = unit.next(at)
        except OverflowError:  # the calendar's last year
            yield end
            return
        count += 1
        yield _name(unit, at)
