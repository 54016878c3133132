"""Times as exports write them, to seconds since 1970 in UTC. A time without a zone is taken as UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from burnish.data.files.day_order import Day, is_day

_DAY = re.compile(
    r"(?P<a>\d{1,4})(?P<sign>[./-])(?P<b>\d{1,2})(?P=sign)(?P<c>\d{1,4})"
    r"(?:,?[ T\u00a0\u202f]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?[ \u00a0\u202f]?(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_NAMED = "%d-%b-%y %I:%M %p"
_BY_SIGN = {".": ("dmy", "mdy", "ymd"), "/": ("mdy", "dmy", "ymd"), "-": ("ymd", "dmy", "mdy")}
"""Orders to try where nothing tells which it is."""


def seconds_of(value: Any, order: str = "") -> float | None:
    """Return the time of an ISO 8601 text, a number of seconds or milliseconds, or a common written form; None for anything else.

    `order` (`dmy`, `mdy` or `ymd`) says how the days of its file are written, where that was found out.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    words = str(value).strip()
    if re.fullmatch(r"-?\d+(\.\d+)?", words):
        number = float(words)
        return number / 1000 if abs(number) > 1e11 else number
    return _written(re.sub(r"(\.\d{6})\d+", r"\1", words), order)


def day_in(value: Any) -> Day | None:
    """Return the three numbers of a date in no one order (03/04/2024); None for any other time."""
    words = str(value).strip()
    found = _DAY.fullmatch(words)
    if found is None or _of_iso(words) is not None:
        return None
    return int(found["a"]), int(found["b"]), int(found["c"])


def _written(words: str, order: str) -> float | None:
    whole = _of_iso(words)
    if whole is not None:
        return whole
    found = _DAY.fullmatch(words)
    if found:
        tried = (_on_day(found, one) for one in ((order,) if order else _BY_SIGN[found["sign"]]))
        return next((one for one in tried if one is not None), None)
    try:
        return datetime.strptime(words, _NAMED).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _of_iso(words: str) -> float | None:
    try:
        found = datetime.fromisoformat(words)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _on_day(found: re.Match[str], order: str) -> float | None:
    """Return the time of a written day in an order, or None where it cannot be in it."""
    day = (int(found["a"]), int(found["b"]), int(found["c"]))
    if not is_day(order, day):
        return None
    parts = dict(zip(order, day, strict=True))
    hour, half = int(found["hour"] or 0), (found["half"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    year = parts["y"] + (2000 if parts["y"] < 100 else 0)
    try:
        found_time = datetime(
            year, parts["m"], parts["d"], hour, int(found["minute"] or 0), int(found["second"] or 0), tzinfo=UTC
        )
        return found_time.timestamp()
    except (ValueError, OverflowError):
        return None


def iso(seconds: float) -> str:
    """Return a time as `2024-01-31T12:00:00Z`; what no calendar holds as the number itself."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def stamped(value: Any, order: str = "") -> dict[str, str]:
    """Return `{"time": ...}` for a row's metadata, or nothing where the value is no time."""
    seconds = seconds_of(value, order)
    return {} if seconds is None else {"time": iso(seconds)}
