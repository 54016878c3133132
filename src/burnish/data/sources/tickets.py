"""Tickets of a help desk, as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from burnish.data.files.desk import Desk
from burnish.data.files.store import Store
from burnish.data.files.table import csv_rows
from burnish.data.sources.tables import items_of
from burnish.records.conversation import Conversation
from burnish.records.post import Post

NAME = "tickets"
CATEGORY = "fact"
BY_CHANNEL = False


def suits(store: Store) -> str:
    """Return why this is such a table, or ""."""
    for one in store.ending(".csv", ".tsv")[:20]:
        head = store.head(one).decode("utf-8", "replace").casefold().partition("\n")[0]
        if "ticket" in head or "requester" in head or "resolution" in head:
            return f"{one.name} has columns of a help desk: {head.strip()[:80]}"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Post | Conversation]:
    """Yield what each row holds."""
    for member in store.ending(".csv", ".tsv"):
        yield from items_of(csv_rows, store, member, desk, NAME)
