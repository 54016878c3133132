"""Which version is live, what it is called, and how that came about.

`live` is one small file, replaced whole: the truth of the moment. `journal.jsonl` is the history. The pointer moves first and
carries its own journal line; if a kill falls between the two, the line is read from the pointer and written by the next
move. So a lost line changes neither what is live nor what was live before. Each of the files knows whether it was changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from burnish import durable
from burnish.errors import RegistryError, StorageError
from burnish.records.codec import to_json
from burnish.registry import history
from burnish.registry.history import EVENT_KEYS, Event, event_of, text_of
from burnish.registry.seals import sealed, unsealed

MOVES = ("promote", "rollback")


class Journal:
    """The pointer, the tags and the history of one project. Whoever writes must hold the project's lock."""

    def __init__(self, home: Path) -> None:
        """Keep where the files are; none need exist yet."""
        self.home = home
        self.pointer = home / "live"
        self.tag_folder = home / "tags"
        self.path = home / "journal.jsonl"

    def live(self) -> Event | None:
        """Return the move that made the live version live, or None. Raises RegistryError when the pointer is damaged or gone."""
        event, fault = self._pointed()
        if fault:
            raise RegistryError(
                "the pointer to the live version cannot be read",
                seen=f"{self.pointer}: {fault}",
                remedy="name the version that shall be live: burnish promote VERSION (burnish log shows them)",
            )
        return event

    def _pointed(self) -> tuple[Event | None, str]:
        """Return the pointer's move, and what is wrong with the pointer."""
        if not self.pointer.exists():
            # The pointer moves before the journal tells of it, so a journal that tells of moves has had a pointer.
            return None, "missing" if any(one.event in MOVES for one in history.read(self.path)[0]) else ""
        event, fault = _sealed_event(self.pointer)
        if event is not None and event.event not in MOVES:
            return None, "it is no pointer to a version"
        return event, fault

    def events(self) -> list[Event]:
        """Return the history, oldest first, as far as it can be read; the pointer's own line is always in."""
        written = history.read(self.path)[0]
        return [*written, *self._unwritten(written)]

    def _unwritten(self, written: Sequence[Event]) -> list[Event]:
        """Return the move that the pointer tells of and a kill kept from the journal: one, or none."""
        last = self._pointed()[0]
        return [last] if last is not None and all(event.number != last.number for event in written) else []

    def fault(self) -> str:
        """Return what is wrong with the history; "" when nothing is."""
        if not self.path.exists():
            return "missing" if any((self.home / "runs").glob("*/run.json")) else ""
        return history.read(self.path)[1]

    def check(self) -> None:
        """Raise RegistryError when the history is damaged: then nothing is written to it."""
        fault = self.fault()
        if fault:
            raise RegistryError(
                "the history of this project is damaged",
                seen=f"{self.path}: {fault}",
                remedy="name the version that shall be live: burnish promote VERSION; "
                "it keeps the damaged file and goes on from what can be read",
            )

    def begin(self) -> None:
        """Write an empty history where there is nothing to tell of yet, so that from the first version on there is one."""
        if not self.path.exists() and not self.fault():
            history.write(self.path, [])

    def mend(self) -> None:
        """Put a damaged history aside and go on from the lines that can be read. Does nothing to a whole one."""
        fault = self.fault()
        if not fault:
            return
        content = self.path.read_bytes() if self.path.exists() else b""
        aside = self.path.with_name(f"journal.damaged-{hashlib.sha256(content).hexdigest()[:12]}.jsonl")
        durable.write_bytes(aside, content)
        mended = Event(event="mend", version="", when=now(), reason=f"{fault}; kept as {aside.name}")
        history.write(self.path, [*history.read(self.path)[0], mended])

    def was_live(self) -> list[str]:
        """Return the versions to roll back through, the live one last: promotions put on, rollbacks take off."""
        stack: list[str] = []
        for event in self.events():
            if event.event in MOVES:
                stack = _moved(stack, event)
        return stack

    def move(self, event: str, version: str, reason: str) -> None:
        """Point `live` at a version, then tell the journal. A kill leaves the old pointer or the new one, whole.

        An error means that the old pointer stands: typed again, a rollback must not go one further. Where only the journal
        cannot be written, the move is done: the pointer carries its line until the next move writes it.
        """
        known = self.events()
        number = 1 + max((one.number for one in known), default=0)
        moved = Event(event=event, version=version, when=now(), reason=reason, number=number)
        durable.write_or_keep(self.pointer, sealed(to_json(moved)))
        with contextlib.suppress(StorageError):
            history.write(self.path, [*known, moved])

    def append(self, *events: Event) -> None:
        """Add lines, and the one that a kill kept from the journal."""
        history.write(self.path, [*self.events(), *events])

    def tags(self) -> dict[str, str]:
        """Return the version of each tag, by name. A damaged tag is left out (`tag_faults` names it)."""
        return {name: event.version for name, event in self._tag_events().items() if isinstance(event, Event)}

    def tag_faults(self) -> dict[str, str]:
        """Return what is wrong with each tag that is not what it was, by name."""
        found = {name: event for name, event in self._tag_events().items() if isinstance(event, str)}
        given = {event.tag: event for event in history.read(self.path)[0] if event.event == "tag"}
        return found | {name: "missing" for name in given if not (self.tag_folder / f"{name}.json").exists()}

    def _tag_events(self) -> dict[str, Event | str]:
        """Return each tag's event, or what is wrong with its file."""
        tags: dict[str, Event | str] = {}
        for path in sorted(self.tag_folder.glob("*.json")):
            event, fault = _sealed_event(path)
            mine = event is not None and event.event == "tag" and event.tag == path.stem
            tags[path.stem] = event if event is not None and mine else fault or "it is another tag's"
        return tags

    def set_tag(self, name: str, version: str) -> None:
        """Give a version a name; a name that was another version's moves here, and the journal keeps both."""
        tagged = Event(event="tag", version=version, when=now(), tag=name)
        durable.write_text(self.tag_folder / f"{name}.json", sealed(to_json(tagged)))
        self.append(tagged)


def _sealed_event(path: Path) -> tuple[Event | None, str]:
    """Return the event that a file of its own holds, and what is wrong with the file."""
    try:
        event = event_of(unsealed(text_of(path), EVENT_KEYS))
    except ValueError as error:
        return None, f"cannot be read: {error}"
    return event, "" if event is not None else "it says nothing that can be used"


def _moved(stack: list[str], event: Event) -> list[str]:
    version = event.version
    if event.event == "rollback" and version in stack:
        return stack[: len(stack) - stack[::-1].index(version)]
    return stack if stack[-1:] == [version] else [*stack, version]


def now() -> str:
    """Return the time as UTC, ISO 8601, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
