"""Messenger: the chats of Meta's download."""

from __future__ import annotations

from collections.abc import Iterator

from burnish.data.files.desk import Desk
from burnish.data.files.store import Store
from burnish.data.sources.meta import chats, read_chats
from burnish.records.post import Post

NAME = "messenger"
CATEGORY = "style"
BY_CHANNEL = False


def suits(store: Store) -> str:
    """Return why this is such a download, or ""."""
    found = chats(store)
    return f"{found[0].name} holds participants and messages with sender_name, as Meta writes them" if found else ""


def read(store: Store, desk: Desk) -> Iterator[Post]:
    """Yield every message."""
    return read_chats(store, desk, NAME)
