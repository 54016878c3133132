"""The shape of JSON: which keys there are and what type each value has, never the values. One line a key, so that a diff reads well.

    ledger.rows.trained: int
    rejected[].line: int
    rejected[].key?: str        a key that some elements of the list have
    p: float|null               values of several types were seen
    gates: []                   an empty list: what it holds was not seen

README.md beside this file tells all marks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VERSION = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
_NAMES = (
    (re.compile(r"^/.*"), "<path>"),
    (re.compile(r"\d{8}-\d{6}-(?=\d{8}-\d{6})"), "<moment>-"),
    (VERSION, "<version>"),
    (re.compile(r"[0-9a-f]{64}"), "<sha256>"),
    (re.compile(r"[0-9a-f]{32}|\b[0-9a-f]{16}\b"), "<hash>"),
)
"""What differs from run to run, in keys and in file names."""
_COUNTED_BY_WORDS = {"reasons", "removed", "added", "refused", "left", "aside"}
"""Objects whose keys are sentences for people, which may be put in other words."""
_BY_NAME = {*"suites shown scores categories by_category files versions kinds private kind_of stands_for".split()}
"""Objects of many things of one kind, by their names: `suites.*.mean: float`, and which names were seen."""
_TOLD = {"event", "kind", "method", "object", "grader", "role", "used", "strategy", "finish_reason"}
"""Keys whose values programs decide by: they are shown too."""


@dataclass(slots=True)
class _Node:
    """What was seen at one place."""

    seen: int = 0
    kinds: set[str] = field(default_factory=set)
    keys: dict[str, _Node] = field(default_factory=dict)
    objects: int = 0
    item: _Node | None = None
    texts: set[str] = field(default_factory=set)

    def add(self, value: Any) -> None:
        self.seen += 1
        if isinstance(value, dict):
            self.kinds.add("{}")
            self.objects += 1
            for key, inner in {steady(key): inner for key, inner in value.items()}.items():
                self._add_key(key, inner)
        elif isinstance(value, list):
            self.kinds.add("[]")
            self.item = self.item or _Node()
            for inner in value:
                self.item.add(inner)
        else:
            self.kinds.add("null" if value is None else type(value).__name__)
            self.texts |= {value} if isinstance(value, str) else set()

    def _add_key(self, key: str, value: Any) -> None:
        node = self.keys.setdefault(key, _Node())
        if key in _BY_NAME and isinstance(value, dict):
            node.add_named(value)
        elif key in _COUNTED_BY_WORDS and isinstance(value, dict) and value:
            node.add({"<words>": next(iter(value.values()))})
        else:
            node.add(value)

    def add_named(self, value: dict[str, Any]) -> None:
        """Add an object of many things of one kind."""
        self.seen += 1
        self.objects += 1
        self.kinds.add("{}")
        self.texts |= {steady(name) for name in value}
        for inner in value.values():
            self.keys.setdefault("*", _Node()).add(inner)

    def lines(self, path: str) -> Iterable[str]:
        inner = [line for key, node in sorted(self.keys.items()) for line in node.lines(self._named(path, key, node))]
        if self.item is not None and self.item.seen:
            inner += self.item.lines(f"{path}[]")
        by_name = "*" in self.keys and path.rpartition(".")[2].removesuffix("?") != "files"
        told = self.kinds - ({"{}", "[]"} if inner and self.kinds <= {"{}", "[]"} and not by_name else set())
        if told:
            texts = sorted(self.texts) if by_name or path.rpartition(".")[2].removesuffix("?") in _TOLD else ()
            yield f"{path}: {'|'.join(sorted(told))}" + (f" = {', '.join(texts)}" if texts else "")
        yield from inner

    def _named(self, path: str, key: str, node: _Node) -> str:
        return f"{path}.{key}" + ("?" if node.seen < self.objects and key != "*" else "")


def steady(name: str) -> str:
    """Return a key or a file's name without what differs from run to run."""
    for pattern, word in _NAMES:
        name = pattern.sub(word, name)
    return name


def shape(name: str, *values: Any) -> list[str]:
    """Return the lines of one JSON value, or of several of one kind, each beginning with `name`."""
    node = _Node()
    for value in values:
        node.add(value)
    return [*node.lines(name)]


def shape_of_lines(name: str, path: Path, by: str = "") -> list[str]:
    """Return the lines of a JSONL file; with `by`, those of each value of that key apart: `events[stepped].loss: float`."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if not by:
        return shape(f"{name}[]", *rows)
    kinds = sorted({str(row[by]) for row in rows})
    return [line for kind in kinds for line in shape(f"{name}[{kind}]", *(row for row in rows if row[by] == kind))]


def tree(folder: Path, *, hidden: bool = True) -> list[str]:
    """Return the files below a folder, each once, without what differs from run to run."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted({steady(name) for name in found if hidden or not name.startswith(".")})
