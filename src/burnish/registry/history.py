"""`journal.jsonl`: a line for each add, promotion, rollback and tag. Replaced whole, so that it is never torn, and sealed.

The first line names the form, the last one is the number of lines and the sha256 of all before it. A line that was changed, cut
off or taken out is noticed. Journals from before there were seals are read as they are, and sealed by the next line written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import RegistryError
from burnish.records.codec import from_json, to_json

FORM = 2
"""The form that seals; the first had nothing but events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the journal."""

    event: str
    """"add", "promote", "rollback", "tag", "forget" (its reason is the source removed) or "mend"."""
    version: str
    when: str
    """UTC, ISO 8601."""
    reason: str = ""
    tag: str = ""
    """The name given, for "tag"."""
    number: int = 0
    """Counts the moves of `live` from 1; 0 for other events."""


EVENT_KEYS = frozenset(("event", "version", "when", "reason", "tag", "number"))


def read(path: Path) -> tuple[list[Event], str]:
    """Return the events that can be read, oldest first, and what is wrong with the file; "" when nothing is."""
    if not path.exists():
        return [], ""
    text = text_of(path)
    lines = text.split("\n")
    values = [_object(line) for line in lines]
    events = [event for event in map(event_of, values) if event is not None]
    if "journal" in (values[0] or {}) or any("lines" in (value or {}) for value in values):
        return events, _fault(text)
    # A journal of the first form may end in a torn line, and no more can be known of it.
    return events, "" if events else "nothing in it can be read"


def _fault(text: str) -> str:
    """Return what is wrong with a sealed journal's text."""
    *lines, last, rest = text.split("\n") if text.count("\n") > 1 else ("", "", text)
    if rest or last != _seal(lines):
        return "changed or cut off: it has not the checksum it was written with"
    return ""


def write(path: Path, events: Sequence[Event]) -> None:
    """Replace the journal by these events, sealed. Raises StorageError."""
    lines = [json.dumps({"journal": FORM}), *(json.dumps(to_json(event), ensure_ascii=False) for event in events)]
    durable.write_text(path, "\n".join([*lines, _seal(lines)]) + "\n")


def _seal(lines: Sequence[str]) -> str:
    digest = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
    return json.dumps({"lines": len(lines), "sha256": digest})


def text_of(path: Path) -> str:
    """Return a file's text, with what is no UTF-8 replaced. Raises RegistryError when it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise RegistryError(f"cannot read {path}", seen=error.strerror or str(error), remedy="look at its permissions") from None


def event_of(value: Any) -> Event | None:
    """Return the event of a JSON value, or None where there is none (an empty, torn or foreign line)."""
    try:
        event = from_json(Event, value)
        sound = all(isinstance(text, str) for text in (event.event, event.version, event.when)) and isinstance(event.number, int)
    except (ValueError, TypeError, AttributeError):
        return None
    return event if sound else None


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
