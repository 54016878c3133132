"""Instagram: the chats of Meta's download."""

from __future__ import annotations

from collections.abc import Iterator

from burnish.data.files.desk import Desk
from burnish.data.files.store import Store
from burnish.data.sources.meta import chats, read_chats
from burnish.records.post import Post

NAME = "instagram"
CATEGORY = "style"
BY_CHANNEL = False


def suits(store: Store) -> str:
    """Return why this is such a download, or ""."""
    for one in chats(store)[:20]:
        if "instagram" in one.shown.casefold() or b'"participants"' not in store.head(one, 20_000):
            return f"{one.name} holds messages with sender_name, as Meta writes them"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Post]:
    """Yield every message."""
    return read_chats(store, desk, NAME)
