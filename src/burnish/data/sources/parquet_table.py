"""Any Parquet file with questions and answers, or with writers and messages."""

from __future__ import annotations

from collections.abc import Iterator

from burnish.data.files.desk import Desk
from burnish.data.files.store import Store
from burnish.data.files.table import parquet_rows
from burnish.data.sources.tables import items_of
from burnish.records.conversation import Conversation
from burnish.records.post import Post

NAME = "parquet"
CATEGORY = "fact"
BY_CHANNEL = False


def suits(store: Store) -> str:
    """Return why this is such a table, or ""."""
    found = store.ending(".parquet")
    return f"{found[0].name} is named as a Parquet table" if found else ""


def read(store: Store, desk: Desk) -> Iterator[Post | Conversation]:
    """Yield what each row holds."""
    for member in store.ending(".parquet"):
        yield from items_of(parquet_rows, store, member, desk, NAME)
