"""The date and hour at the head of a chat's line, in whatever way a phone writes them.

No list of formats: the numbers are found, then what stands between them says which are the day and which the hour. Order, separators
and spaces are the phone's language's own; so are the digits, the words for morning and afternoon, and the calendar.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from burnish.data.files.calendars import to_gregorian
from burnish.data.files.day_order import Day
from burnish.data.files.day_periods import hour_of_day, is_period

LONGEST = 64
"""Characters of a date with its hour; what is longer is text."""
_MARKS = re.compile(r"[\u200b-\u200f\u061c\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_TOKENS = re.compile(r"\d+|[^\d]+")
_OF_DATE = re.compile(r" ?[./\-‐‑–−] ?|\. |\.\. |년 ?|월 ?|年 ?|月 ?|\s")
_OF_TIME = re.compile(r" ?[:.：٫∶։] ?| ?(?:h|u|時|时|點|点|시|ч|ม|:ม)\.? ?", re.IGNORECASE)
_OF_MINUTE = re.compile(r" ?[:.：٫∶։] ?| ?(?:min|m|分|분)\.? ?", re.IGNORECASE)
_BREAK = re.compile(r"[\s,、;()T]")
_FILLERS = frozenset(
    """klo kl klock klokken kell uhr um à a às alle at om ob o u v в у о г год года ч h hs min s sec sek ora ore orë óra hodź godz ga नि
    की को पर ว น น. เวลา เมื่อ lúc hồi วัน 日 일 秒 초 分 분 時 点 點 ആ та de la las el los den der dem the t z be ce ad n.e ne e м мин с""".split()  # noqa: SIM905 - eighty words in quotes are no list to read
)
"""Words beside a date that say nothing of the part of the day: "at", "o'clock", "hours", "the year"."""
_CJK_UNIT = re.compile(r"^[日号號일]\s*|[秒초分분時时点點]$")
_WORD = re.compile(r"[^\W\d_][^\s\d]*")
MOST_WORDS = 2
"""Words beside the numbers that are neither known nor needed; where there are more, it is a sentence."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date with its hour, as it is written."""

    day: Day
    """Its three numbers in the order in which they stand (`year, month, day` where `order` is `ymd`), the year in our calendar."""
    order: str
    """`ymd` or `dmy` where the date itself says so; "" where only the whole file can tell."""
    hour: int | None
    """0 to 23; None where there is no such hour, or the words beside it are not known and it may be morning or afternoon."""
    minute: int
    second: int

    def seconds(self, order: str) -> float | None:
        """Return the seconds since 1970 of the stamp, its day being written in `order` where it does not say itself; None for no time."""
        parts = dict(zip(self.order or order, self.day, strict=True))
        year = parts["y"] + (2000 if parts["y"] < 100 else 0)
        if self.hour is None or not 1970 <= year < 2094:
            return None
        try:
            return datetime(year, parts["m"], parts["d"], self.hour, self.minute, self.second, tzinfo=UTC).timestamp()
        except ValueError:
            return None


@lru_cache(maxsize=4096)
def stamp_of(written: str) -> Stamp | None:
    """Return what a date with its hour says, or None for any other text.

    >>> stamp_of("2024. 1. 31. 오후 3:05")
    Stamp(day=(2024, 1, 31), order='ymd', hour=15, minute=5, second=0)
    >>> stamp_of("31.1.2024 klo 15.05").hour, stamp_of("see 1, 2 and 3: at 4")
    (15, None)
    """
    if len(written) > LONGEST:
        return None
    tokens = _TOKENS.findall(_digits(_MARKS.sub("", written)))
    if tokens and not tokens[0][0].isdigit():
        lead, tokens = tokens[0], tokens[1:]
    else:
        lead = ""
    numbers, gaps = tokens[::2], tokens[1::2]
    if not 5 <= len(numbers) <= 6 or max(map(len, numbers)) > 4:
        return None
    tail = gaps.pop() if len(gaps) == len(numbers) else ""
    return _date_first(lead, numbers, gaps, tail) or _time_first(lead, numbers, gaps, tail)


def _digits(written: str) -> str:
    """Return a text with the digits of every script as 0 to 9, and every space as a plain one."""
    if written.isascii():
        return written
    return "".join(
        str(unicodedata.decimal(one)) if one.isdecimal() else " " if one.isspace() else "," if one == "،" else one
        for one in written
    )


def _date_first(lead: str, numbers: list[str], gaps: list[str], tail: str) -> Stamp | None:
    if not (_are_of_date(gaps[:2]) and _BREAK.search(gaps[2]) and _are_of_time(numbers[3:], gaps[3:])):
        return None
    return _stamp(numbers[:3], gaps[:2], numbers[3:], lead, [gaps[2], tail])


def _time_first(lead: str, numbers: list[str], gaps: list[str], tail: str) -> Stamp | None:
    if not (_are_of_date(gaps[-2:]) and _BREAK.search(gaps[-3]) and _are_of_time(numbers[:-3], gaps[:-3])):
        return None
    return _stamp(numbers[-3:], gaps[-2:], numbers[:-3], "", [lead, gaps[-3], tail])


def _are_of_date(gaps: list[str]) -> bool:
    return all(_OF_DATE.fullmatch(gap) for gap in gaps) and (
        len({gap.strip() for gap in gaps}) == 1 or gaps[0].strip() in "年년/"
    )


def _are_of_time(numbers: list[str], gaps: list[str]) -> bool:
    if not _OF_TIME.fullmatch(gaps[0]) or (len(gaps) > 1 and not _OF_MINUTE.fullmatch(gaps[1])):
        return False
    one_digit = gaps[0].strip() not in (".", ":")
    return (len(numbers[0]) <= 2 and all(len(one) == 2 or one_digit or gaps[0] == ":" for one in numbers[1:])) and all(
        len(one) <= 2 for one in numbers
    )


def _stamp(date: list[str], between: list[str], time: list[str], lead: str, beside: list[str]) -> Stamp | None:
    """Return the stamp of the numbers of a date and of a time and of what stands around them, where they can be such."""
    hour, minute, second = (*map(int, time), 0)[:3]
    words = _unknown(beside)
    if words is None or not (lead.strip() or max(len(date[0]), len(date[2])) > 1):
        return None
    first, middle, last = map(int, date)
    day, order = to_gregorian((first, middle, last), lead.strip(), " ".join(beside))
    if not order:
        if between[0].strip() in ("年", "년") or len(date[0]) == 4 or any("\uac00" <= one <= "\ud7a3" for one in words):
            order = "ymd"
        elif lead.strip():
            return None
    told = None if hour > 24 or minute > 59 or second > 60 else _hour(hour, words)
    return Stamp(day, order, told, minute, min(second, 59))


def _hour(hour: int, words: str) -> int | None:
    if not words:
        return hour % 24
    found = hour_of_day(hour, words)
    return found % 24 if found is not None else hour % 24 if hour > 12 or hour == 0 else None


def _unknown(beside: list[str]) -> str | None:
    """Return the words beside the numbers that may name a part of the day; None where it is a sentence."""
    found = []
    for part in beside:
        bare = _CJK_UNIT.sub("", part.strip(" ,،()[]")).strip(" ,،()[]")
        whole = bare if is_period(bare) else ""
        found += (
            [whole] if whole else [one for one in bare.replace(",", " ").split() if one.strip(".").casefold() not in _FILLERS]
        )
    words = " ".join(one for one in found if one.strip(".-–"))
    if len(found) > MOST_WORDS or len(words) > 20 or re.search(r"[<>@#\"|=/\\]", words.replace('"', "")):
        return None
    return words
