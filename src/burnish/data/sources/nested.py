"""Rows in a list of one JSON object: `{"version": "1", "data": [{...}, {...}]}`. The list is read as an array is, where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from burnish.data.beside import SYSTEM, THOUGHTS
from burnish.data.names import plain
from burnish.data.sources import array
from burnish.data.sources.pair import parts_of
from burnish.data.sources.raw import LineCount, RawRow

NAME = "list of a JSON object"
FIRST = (
    "train",
    "training",
    "data",
    "rows",
    "examples",
    "items",
    "records",
    "samples",
    "dataset",
    "entries",
    "instances",
    "conversations",
)
"""Where an object holds several lists, the first of these is read."""
_ROW_KEYS = frozenset(
    {"messages", "conversations", "instances", "replies", "history", "tools", "chosen", "rejected", "prompt", "completion"}
)
"""Lists that a row itself may hold: an object that has one is a row, and no file of rows, unless it stands alone in it."""
_KEY = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:\s*')
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_MARK = re.compile(rb'["{}\[\]]')


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of objects that an object holds at its top."""

    names: tuple[str, ...]
    offsets: tuple[int, ...]
    """Of each [ in the file."""

    @property
    def read(self) -> str:
        """The name of the list that is read."""
        known = {name.casefold(): name for name in reversed(self.names)}
        return next((known[name] for name in FIRST if name in known), self.names[0])

    @property
    def others(self) -> tuple[str, ...]:
        """The names of those that are not."""
        return tuple(name for name in self.names if name != self.read)


def lists_of(text: bytes, start: int) -> Lists | None:
    """Return the lists of objects of the one object that a file's text begins with; None where it holds none, or is a row itself."""
    at = text.find(b"{") + 1
    names: list[str] = []
    offsets: list[int] = []
    keys: list[str] = []
    while (key := _KEY.match(text, _skip(text, at))) is not None:
        name = key[1].decode("utf-8", "replace")
        keys.append(name)
        at = key.end()
        if re.match(rb"\[\s*\{", text[at : at + 10_000]):
            names.append(name)
            offsets.append(start + at)
        at = _end_of_value(text, at)
    if (
        not names
        or any(plain(key) in SYSTEM or plain(key) in THOUGHTS for key in keys)  # beside a list they belong to its turns
        or parts_of(dict.fromkeys(keys))
        or (set(keys) & _ROW_KEYS and len(keys) > 1)
        or (len(keys) == 1 and keys[0] in {"messages", "conversations"} and _are_turns(text, offsets[0] - start))
    ):
        return None
    return Lists(tuple(names), tuple(offsets))


def _are_turns(text: bytes, at: int) -> bool:
    """Return whether a list holds the turns of one conversation, and not conversations."""
    return bool(re.match(rb'\[\s*\{[^{}\[\]]*"(?:role|from)"\s*:', text[at : at + 100_000]))


def _skip(text: bytes, at: int) -> int:
    while text[at : at + 1] and text[at : at + 1] in b" \t\r\n,":
        at += 1
    return at


def _end_of_value(text: bytes, at: int) -> int:
    """Return where a value ends: after its closing bracket or quote, or at the comma or bracket that follows a number or a word."""
    if text[at : at + 1] not in (b'"', b"{", b"["):
        found = re.compile(rb"[,}\]]").search(text, at)
        return found.start() if found else len(text)
    depth = 0
    while (found := _MARK.search(text, at)) is not None:
        if found[0] == b'"':
            string = _STRING.match(text, found.start())
            if string is None:
                return len(text)
            at = string.end()
        else:
            depth += 1 if found[0] in b"{[" else -1
            at = found.end()
        if depth == 0:
            return at
    return len(text)


def rows(file: BinaryIO, limit: int, lists: Lists) -> Iterator[RawRow]:
    """Yield the rows of the list that is read, with their lines and bytes in the whole file; what stands after the list is no row."""
    offset = lists.offsets[lists.names.index(lists.read)]
    file.seek(0)
    lines = LineCount()
    lines.pass_over(file.read(offset))
    before = lines.line - 1
    for row in array.rows(file, limit):
        if row.flaw is None or row.flaw.reason != array.AFTER_THE_END:
            yield replace(row, line=row.line + before)
