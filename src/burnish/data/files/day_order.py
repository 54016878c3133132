"""Which of day, month and year stands first in the dates of a file: what most of them can be, else the order in which fewer go back.

One date alone seldom tells: 03/04/2024 is in March for some and in April for others, and a file with one broken date is still a file.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

Day = tuple[int, int, int]
"""The three numbers of a date as they are written."""
ORDERS = ("dmy", "mdy", "ymd")
UNTOLD = "it cannot be told whether day or month stands first"
MIXED = "dates stand in two orders"


def order_of(days: Sequence[Day], *, of_chat: bool = False) -> tuple[str, str]:
    """Return `dmy`, `mdy` or `ymd`, and what is doubtful of it: UNTOLD, MIXED or nothing.

    `days` are the days of a file in the order in which they stand, each once where it stands many times in a row. Those of a chat
    (`of_chat`) go forward and lie before tomorrow: that tells 24/1/31 of Korea from 31/1/24.
    """
    if of_chat and _years_first(days):
        return "ymd", ""
    fitting = {name: [is_day(name, day) for day in days] for name in ORDERS}
    count = {name: sum(fits) for name, fits in fitting.items()}
    if count["ymd"] > max(count["dmy"], count["mdy"]):
        return "ymd", ""
    if count["dmy"] != count["mdy"]:
        order, other = ("dmy", "mdy") if count["dmy"] > count["mdy"] else ("mdy", "dmy")
        mixed = any(there and not here for here, there in zip(fitting[order], fitting[other], strict=True))
        return order, MIXED if mixed else ""
    back = {name: _backwards([_sortable(name, day) for day in days]) for name in ("dmy", "mdy")}
    if any(fitting["dmy"][i] != fitting["mdy"][i] for i in range(len(days))):
        doubt = MIXED
    else:
        doubt = UNTOLD if back["dmy"] == back["mdy"] and any(a != b for a, b, _ in days) else ""
    return "mdy" if back["mdy"] < back["dmy"] else "dmy", doubt


def _years_first(days: Sequence[Day]) -> bool:
    """Return whether the days of a chat, with years of two digits at either end, can only have their year first."""
    if not days or not all(is_day("ymd", day) and day[0] < 100 for day in days):
        return False
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    latest = (tomorrow.year, tomorrow.month, tomorrow.day)
    can = {name: _can_be(name, days, latest) for name in ORDERS}
    return can["ymd"] and not can["dmy"] and not can["mdy"]


def _can_be(order: str, days: Sequence[Day], latest: Day) -> bool:
    """Return whether the days of a chat can be in an order: all are days, none goes back, none lies after the latest."""
    if not all(is_day(order, day) for day in days):
        return False
    sortable = [_sortable(order, day) for day in days]
    return not _backwards(sortable) and all((day[0] + (2000 if day[0] < 100 else 0), *day[1:]) <= latest for day in sortable)


def taken_first(order: str) -> str:
    """Return what a fault says was done about a doubt.

    >>> taken_first("dmy")
    'the day was taken to stand first'
    """
    return f"the {dict(zip('dmy', ('day', 'month', 'year'), strict=True))[order[0]]} was taken to stand first"


def is_day(order: str, day: Day) -> bool:
    """Return whether three numbers can be a date in an order; a year has two digits or four.

    >>> is_day("dmy", (13, 2, 24)), is_day("mdy", (13, 2, 24)), is_day("dmy", (13, 2, 124))
    (True, False, False)
    """
    parts = dict(zip(order, day, strict=True))
    return 1 <= parts["m"] <= 12 and 1 <= parts["d"] <= 31 and (parts["y"] < 100 or parts["y"] > 999)


def _sortable(order: str, day: Day) -> Day:
    parts = dict(zip(order, day, strict=True))
    return parts["y"], parts["m"], parts["d"]


def _backwards(days: Sequence[Day]) -> int:
    return sum(after < before for before, after in itertools.pairwise(days))
