"""Rows of a data set of the Hub: conversations where they hold such, else what their columns tell, as for any table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from burnish.data.files.cursor import CursorError
from burnish.data.files.desk import Desk
from burnish.data.files.listed import Numbered, broken, cursor_of, objects
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.table import csv_rows, parquet_rows
from burnish.data.flaw import Flaw
from burnish.data.row import of_value
from burnish.data.sources.tables import items_of
from burnish.records.codec import JSON
from burnish.records.conversation import Conversation, Origin
from burnish.records.post import Post

_HELD = ({"messages"}, {"conversations"}, {"instruction", "output"}, {"prompt", "completion"}, {"chosen"})


@dataclass(frozen=True, slots=True)
class HubRows:
    """One split of one data set as a kind of export."""

    facts: Mapping[str, JSON]
    """Goes into each row's metadata: data set, revision, configuration, split, licence."""
    NAME: str = "hub"
    CATEGORY: str = "fact"
    BY_CHANNEL: bool = False

    def suits(self, store: Store) -> str:  # noqa: ARG002 - what is fetched by name is never guessed
        """Return "": a data set is asked for by its name."""
        return ""

    def read(self, store: Store, desk: Desk) -> Iterator[Post | Conversation]:
        """Yield what each row holds. Raises DataError where the columns tell nothing."""
        for member in store.members:
            yield from _items(store, member, desk)


def _items(store: Store, member: Member, desk: Desk) -> Iterator[Post | Conversation]:
    before = store.bytes_read
    first = next(_rows(store, member, Desk()), None)
    store.bytes_read = before
    if first is not None and not desk.columns and any(keys <= first[1].keys() for keys in _HELD):
        yield from _talks(_rows(store, member, desk), member, desk)
    else:
        yield from items_of(_rows, store, member, desk, "hub")


def _rows(store: Store, member: Member, desk: Desk) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if member.name.endswith(".parquet"):
        return parquet_rows(store, member, desk)
    if member.name.endswith((".csv", ".tsv")):
        return csv_rows(store, member, desk)
    return _json_rows(store, member, desk)


def _json_rows(store: Store, member: Member, desk: Desk) -> Numbered:
    """Yield the objects of a list, or of lines; what is broken goes to the desk."""
    cursor, number = cursor_of(store, member, desk), 0
    if cursor.peek() == "[":
        yield from objects(cursor, member, desk)
        return
    while cursor.peek():
        number += 1
        try:
            value = cursor.value()
        except CursorError as error:
            broken(error, member, desk, number)
            if not cursor.skip_broken():
                return
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            desk.fault(member.shown, "this is no object", place=f"row {number}", seen=str(value), remedy="it was left out")


def _talks(rows: Iterator[tuple[int, Mapping[str, Any]]], member: Member, desk: Desk) -> Iterator[Conversation]:
    """Yield the rows that are conversations; in the books a row is one message."""
    formats: Counter[str] = Counter()
    for number, row in rows:
        flaws: list[Flaw] = []
        held = {key: value for key, value in row.items() if value is not None}
        made = of_value(held, flaws, formats, Origin(file=member.shown, line=number, byte=0))
        if made is None or flaws:
            desk.leave("refused")
            desk.fault(
                member.shown,
                "; ".join(dict.fromkeys(flaw.reason for flaw in flaws)),
                place=f"row {number}",
                seen=flaws[0].seen,
                remedy=flaws[0].remedy,
            )
            continue
        desk.take(1)
        yield replace(made, metadata={"place": f"{member.shown}:{number}", **made.metadata})
