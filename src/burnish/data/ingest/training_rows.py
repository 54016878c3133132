"""Rows that are written for training already (alpaca, ShareGPT, messages, prompt and completion): read as `check` reads them."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from burnish.data.files.desk import Desk
from burnish.data.files.store import Store
from burnish.data.read import read_rows
from burnish.data.sources.pair import parts_of
from burnish.data.strict import JsonError, parse_json
from burnish.errors import DataError
from burnish.records.conversation import Conversation

_OBJECT = re.compile(rb"\{[^{}\[\]]{1,20000}\}")


def _first_pair(head: bytes) -> Mapping[str, str]:
    """Return where the first flat object of a file's beginning holds its question and its answer; {} where it holds none."""
    found = _OBJECT.search(head)
    try:
        value = parse_json(found[0]) if found else None
    except JsonError:
        return {}
    return parts_of(value) if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """One such format as a kind of export. In the books a row is one message."""

    NAME: str
    mark: bytes
    """What stands in the beginning of a file of this format."""
    any_pair: bool = False
    """Whether a file whose first row is a pair of any names is of this format too."""
    CATEGORY: str = "style"
    BY_CHANNEL: bool = False

    def suits(self, store: Store) -> str:
        """Return why these are rows of the format, or ""."""
        one = store.members[0]
        if len(store.members) != 1 or not one.name.endswith((".json", ".jsonl", ".ndjson")):
            return ""
        if self.mark in store.head(one):
            return f"{one.name} holds rows with {self.mark.decode()}"
        parts = _first_pair(store.head(one)) if self.any_pair else {}
        return f"{one.name} holds rows with {parts['question']} and {parts['answer']}" if parts else ""

    def read(self, store: Store, desk: Desk) -> Iterator[Conversation]:
        """Yield every row that can be used; the others are faults. Raises DataError for archives and folders."""
        if not stat.S_ISREG(store.path.stat().st_mode) or len(store.members) != 1 or store.members[0].shown != str(store.path):
            raise DataError(f"{self.NAME} rows are read from one file", seen=str(store.path), remedy="name the file itself")
        found = read_rows(store.path, columns=desk.columns)
        store.bytes_read += store.members[0].size
        for refused in found.refused:
            desk.leave("refused")
            place = f"line {refused.line}, byte {refused.byte}" + (f", {refused.key}" if refused.key else "")
            desk.fault(refused.file, refused.reason, place=place, seen=refused.seen, remedy=refused.remedy)
        for row in found.conversations:
            desk.take(1)
            yield replace(row, metadata={"place": str(row.origin), **row.metadata})
