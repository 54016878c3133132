"""Years of other calendars in dates: Buddhist, Persian, of Japan's eras and of Taiwan; what cannot be turned into ours is no date.

A chat on a phone is of our days: that tells 2567 (Buddhist), 1402 (Persian), 113 (Taiwan) and 67 (Buddhist, two digits) apart.
"""

from __future__ import annotations

import re

from burnish.data.files.day_order import Day

_ERAS = {"r": 2018, "令和": 2018, "h": 1988, "平成": 1988, "s": 1925, "昭和": 1925, "民國": 1911, "民国": 1911, "roc": 1911}
"""What is added to the year of an era."""
_HIJRI = re.compile(r"هـ|ه‍|\bAH\b", re.IGNORECASE)
PERSIAN = range(1370, 1420)
HIJRI = range(1420, 1520)
BUDDHIST = range(2530, 2640)
NO_DAY: Day = (0, 0, 0)
"""A date of a calendar that is not read."""


def to_gregorian(day: Day, era: str, beside: str) -> tuple[Day, str]:
    """Return a date's three numbers with the year in our calendar, and their order where the calendar tells it, else "".

    `era` is what stands before the date, `beside` the words around it. The Hijri calendar follows the moon: it is not read.

    >>> to_gregorian((31, 1, 2567), "", ""), to_gregorian((1402, 11, 11), "", ""), to_gregorian((6, 1, 31), "R", "")
    (((31, 1, 2024), ''), ((2024, 1, 31), 'ymd'), ((2024, 1, 31), 'ymd'))
    """
    first, month, last = day
    if era.casefold().strip(". ") in _ERAS:
        return (first + _ERAS[era.casefold().strip(". ")], month, last), "ymd"
    year = max(first, last)
    if year in HIJRI or (_HIJRI.search(beside) and year < 1600):
        return NO_DAY, ""
    if year in PERSIAN:
        persian = (first, month, last) if first == year else (last, month, first)
        return _of_persian(persian), "ymd"
    return (_our(first), month, _our(last)), ""


def _our(year: int) -> int:
    """Return a number of a date with the year in our calendar: Buddhist years (two digits or four) and those of Taiwan are turned."""
    if year in BUDDHIST:
        return year - 543
    if 52 <= year <= 93:
        return year + 2500 - 543
    return year + 1911 if 100 <= year < 200 else year


def _of_persian(day: Day) -> Day:
    """Return a day of the Persian calendar in ours; right from 1178 to 1633, by the leap years of its 33 years' cycle."""
    year, month, number = day
    if not (1 <= month <= 12 and 1 <= number <= 31):
        return NO_DAY
    days = -355_668 + 365 * (year + 1595) + (year + 1595) // 33 * 8 + ((year + 1595) % 33 + 3) // 4 + number
    days += (month - 1) * 31 if month < 7 else (month - 7) * 30 + 186
    return _from_days(days)


def _from_days(days: int) -> Day:
    year = 400 * (days // 146_097)
    days %= 146_097
    if days > 36_524:
        days -= 1
        year += 100 * (days // 36_524)
        days %= 36_524
        days += days >= 365
    year += 4 * (days // 1461)
    days %= 1461
    if days > 365:
        year += (days - 1) // 365
        days = (days - 1) % 365
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    number = days + 1
    for month, length in enumerate(lengths, start=1):
        if number <= length:
            return year, month, number
        number -= length
    return year, 12, 31
