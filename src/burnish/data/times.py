"""When a row was said."""

from __future__ import annotations

from datetime import UTC, datetime

from burnish.records.conversation import Conversation

KEYS = ("time", "date")


def time_of(row: Conversation) -> float | None:
    """Return a row's `metadata.time` (or `date`) in seconds since 1970; None where it has none that can be read.

    A number is taken as seconds, a text as ISO 8601, without a zone as UTC.
    """
    given = next((row.metadata[key] for key in KEYS if row.metadata.get(key)), None)
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    if not isinstance(given, str):
        return None
    try:
        return float(given)
    except ValueError:
        pass
    try:
        read = datetime.fromisoformat(given)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
