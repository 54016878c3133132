"""Times as exports write them, to seconds since 1970 in UTC. A time without a zone is taken as UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_SLASHED = ("%m/%d/%Y %I:%M %p", "%d-%b-%y %I:%M %p", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M", "%d/%m/%Y %H:%M")


def seconds_of(value: Any) -> float | None:
    """Return the time of an ISO 8601 text, a number of seconds or milliseconds, or a common written form; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    words = str(value).strip()
    if re.fullmatch(r"-?\d+(\.\d+)?", words):
        number = float(words)
        return number / 1000 if abs(number) > 1e11 else number
    return _written(re.sub(r"(\.\d{6})\d+", r"\1", words))


def _written(words: str) -> float | None:
    for form in ("", *_SLASHED):
        try:
            found = datetime.strptime(words, form).replace(tzinfo=UTC) if form else datetime.fromisoformat(words)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            continue
    return None


def iso(seconds: float) -> str:
    """Return a time as `2024-01-31T12:00:00Z`; what no calendar holds as the number itself."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def stamped(value: Any) -> dict[str, str]:
    """Return `{"time": ...}` for a row's metadata, or nothing where the value is no time."""
    seconds = seconds_of(value)
    return {} if seconds is None else {"time": iso(seconds)}
