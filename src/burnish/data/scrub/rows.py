"""Rows without what is private, and back again with the key."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from burnish.data.scrub.canaries import Canary
from burnish.data.scrub.swap import PLACEHOLDER, Swapper
from burnish.records.codec import JSON
from burnish.records.conversation import Conversation, Message

LEFT = frozenset({"category", "parent", "made", "date", "time"})
"""Keys of the metadata that name nobody and that other verbs read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """One private thing that was replaced."""

    kind: str
    line: int
    """1-based line of its row."""
    text: str
    stand_in: str


@dataclass(slots=True, kw_only=True)
class Key:
    """What leads back. It holds every private thing in plain words: it belongs to the person, and nowhere else."""

    stands_for: dict[str, str] = field(default_factory=dict)
    kind_of: dict[str, str] = field(default_factory=dict)
    """The kind of each stand-in, but for the half names that surrogates have."""
    rows: dict[str, list[list[str]]] = field(default_factory=dict)
    """For each scrubbed row, by its id, the words as they were written, in the order of their stand-ins."""
    canaries: tuple[Canary, ...] = ()
    """What was planted."""


def learnt(rows: Sequence[Conversation], swapper: Swapper) -> Iterator[Conversation]:
    """Yield each row once the swapper has seen its names; to be run to its end before `scrubbed`."""

    def seen(text: str) -> str:
        swapper.learn(text)
        return text

    for row in rows:
        swapper.row = _whole(row)
        _walk(row, seen)
        yield row


def scrubbed(rows: Sequence[Conversation], swapper: Swapper, key: Key) -> Iterator[tuple[Conversation, list[Swap]]]:
    """Yield each row without what is private and what was replaced in it; `key` is filled on the way."""
    for row in rows:
        yield _scrubbed(row, swapper, key)
    key.stands_for.update(swapper.stands_for)
    key.kind_of.update(swapper.kind_of)


def _scrubbed(row: Conversation, swapper: Swapper, key: Key) -> tuple[Conversation, list[Swap]]:
    line = row.origin.line if row.origin else 0
    swaps: list[Swap] = []
    swapper.row = _whole(row)

    def swap(text: str) -> str:
        made, found = swapper.swap(text)
        swaps.extend(Swap(kind=one.kind, line=line, text=one.text, stand_in=stand_in) for one, stand_in in found)
        return made

    clean = _walk(row, swap)
    if swaps:
        key.rows.setdefault(clean.id, []).append([one.text for one in swaps])
    return clean, swaps


def restored(rows: Sequence[Conversation], key: Key) -> Iterator[Conversation]:
    """Yield each row with its stand-ins turned back: as it was written where the row is as it was, else in the fullest form."""
    pattern = stand_ins(key)
    if pattern is None:
        yield from rows
        return
    turn: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        written = key.rows.get(row.id, [])
        mine = written[min(turn[row.id], len(written) - 1)] if written else []
        turn[row.id] += 1
        count = 0

        def seen(text: str) -> str:
            nonlocal count
            count += len(pattern.findall(text))
            return text

        _walk(row, seen)
        yield _walk(row, _back(pattern, key.stands_for, iter(mine) if len(mine) == count else None))


def texts(rows: Sequence[Conversation]) -> Iterator[str]:
    """Yield every text of the rows that a scrub reads."""
    for row in rows:
        held: list[str] = []

        def seen(text: str, held: list[str] = held) -> str:
            held.append(text)
            return text

        _walk(row, seen)
        yield from held


def strangers(rows: Sequence[Conversation], key: Key) -> tuple[list[int], list[str]]:
    """Return the lines of rows with stand-ins of a key that are not as its scrub left them, and the stand-ins it does not know."""
    known = stand_ins(key)
    changed: list[int] = []
    unknown: dict[str, None] = {}
    for row in rows:
        met: list[str] = []

        def seen(text: str, met: list[str] = met) -> str:
            met += PLACEHOLDER.findall(text) + (known.findall(text) if known else [])
            return text

        _walk(row, seen)
        unknown.update(dict.fromkeys(one for one in met if one not in key.stands_for))
        if row.id not in key.rows and any(one in key.stands_for for one in met):
            changed.append(row.origin.line if row.origin else 0)
    return changed, list(unknown)


def stand_ins(key: Key) -> re.Pattern[str] | None:
    """Return what finds the stand-ins of a key in a text; None where it has none."""
    longest_first = sorted(key.stands_for, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in longest_first)) if longest_first else None


def _back(pattern: re.Pattern[str], stands_for: Mapping[str, str], written: Iterator[str] | None) -> Callable[[str], str]:
    return lambda text: pattern.sub(lambda match: next(written) if written else stands_for[match[0]], text)


def _whole(row: Conversation) -> str:
    """Return all texts of a row: what one of them names, a country say, tells of what stands in another."""
    texts: list[str] = []

    def seen(text: str) -> str:
        texts.append(text)
        return text

    _walk(row, seen)
    return "\n".join(texts)


def _walk(row: Conversation, change: Callable[[str], str]) -> Conversation:
    """Return the row with every text changed, always in the same order: the turns, their thoughts, the metadata."""
    messages = tuple(_message(message, change) for message in row.messages)
    metadata = {name: value if name in LEFT else _values(value, change) for name, value in row.metadata.items()}
    return replace(row, messages=messages, metadata=metadata)


def _message(message: Message, change: Callable[[str], str]) -> Message:
    content = change(message.content)
    thought = message.reasoning_content
    return replace(message, content=content, reasoning_content=thought if thought is None else change(thought))


def _values(value: JSON, change: Callable[[str], str]) -> JSON:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_values(one, change) for one in value]
    if isinstance(value, dict):
        return {name: _values(one, change) for name, one in value.items()}
    return value
