"""Which version is live, what it is called, and how that came about.

`live` is one small file, replaced whole: the truth of the moment. `journal.jsonl` is the history, only ever appended to. The
pointer moves first and carries its own journal line; if a kill falls between the two, the line is read from the pointer
and written by the next move. So neither a lost line nor a torn one changes what is live or what was live before.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from burnish import durable
from burnish.errors import RegistryError
from burnish.records.codec import from_json, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the journal."""

    event: str
    """"add", "promote", "rollback" or "tag"."""
    version: str
    when: str
    """UTC, ISO 8601."""
    reason: str = ""
    tag: str = ""
    """The name given, for "tag"."""
    number: int = 0
    """Counts the moves of `live` from 1; 0 for other events."""


MOVES = ("promote", "rollback")


class Journal:
    """The pointer, the tags and the history of one project. Whoever writes must hold the project's lock."""

    def __init__(self, home: Path) -> None:
        """Keep where the files are; none need exist yet."""
        self.pointer = home / "live"
        self.tag_folder = home / "tags"
        self.path = home / "journal.jsonl"

    def live(self) -> Event | None:
        """Return the move that made the live version live, or None. Raises RegistryError when the pointer is damaged."""
        if not self.pointer.exists():
            return None
        event = _event(_text(self.pointer))
        if event is None:
            raise RegistryError(
                "the pointer to the live version cannot be read",
                seen=str(self.pointer),
                remedy="name the version that shall be live: burnish promote VERSION (burnish log shows them)",
            )
        return event

    def events(self) -> list[Event]:
        """Return the history, oldest first. A line torn by a kill is left out; the pointer's own line is always in."""
        written = self._written()
        return [*written, *self._unwritten(written)]

    def _written(self) -> list[Event]:
        lines = _text(self.path).split("\n") if self.path.exists() else []
        return [event for event in map(_event, lines) if event is not None]

    def _unwritten(self, written: list[Event]) -> list[Event]:
        """Return the move that the pointer tells of and a kill kept from the journal: one, or none."""
        last = _event(_text(self.pointer)) if self.pointer.exists() else None
        return [last] if last is not None and all(event.number != last.number for event in written) else []

    def was_live(self) -> list[str]:
        """Return the versions to roll back through, the live one last: promotions put on, rollbacks take off."""
        stack: list[str] = []
        for event in self.events():
            if event.event in MOVES:
                stack = _moved(stack, event)
        return stack

    def move(self, event: str, version: str, reason: str) -> None:
        """Point `live` at a version, then tell the journal. A kill leaves the old pointer or the new one, whole."""
        written = self._written()
        for missed in self._unwritten(written):
            self.append(missed)
        number = 1 + max((one.number for one in self.events()), default=0)
        moved = Event(event=event, version=version, when=now(), reason=reason, number=number)
        durable.write_json(self.pointer, to_json(moved))
        self.append(moved)

    def append(self, event: Event) -> None:
        """Add one line."""
        durable.append_line(self.path, json.dumps(to_json(event), ensure_ascii=False))

    def tags(self) -> dict[str, str]:
        """Return the version of each tag, by name. A damaged tag is left out (`fsck` names it)."""
        tags = {}
        for path in sorted(self.tag_folder.glob("*.json")):
            event = _event(_text(path))
            if event is not None:
                tags[path.stem] = event.version
        return tags

    def set_tag(self, name: str, version: str) -> None:
        """Give a version a name; a name that was another version's moves here, and the journal keeps both."""
        tagged = Event(event="tag", version=version, when=now(), tag=name)
        durable.write_json(self.tag_folder / f"{name}.json", to_json(tagged))
        self.append(tagged)


def _moved(stack: list[str], event: Event) -> list[str]:
    version = event.version
    if event.event == "rollback" and version in stack:
        return stack[: len(stack) - stack[::-1].index(version)]
    return stack if stack[-1:] == [version] else [*stack, version]


def now() -> str:
    """Return the time as UTC, ISO 8601, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError as error:
        raise RegistryError(f"cannot read {path}", seen=error.strerror or str(error), remedy="look at its permissions") from None


def _event(text: str) -> Event | None:
    """Return the event of one line, or None where there is none (an empty, torn or foreign line)."""
    try:
        value = json.loads(text)
        event = from_json(Event, value)
    except (ValueError, TypeError, AttributeError):
        return None
    return event if _sound(event) else None


def _sound(event: Event) -> bool:
    return all(isinstance(text, str) for text in (event.event, event.version, event.when)) and isinstance(event.number, int)
