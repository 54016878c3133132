"""WhatsApp: a chat exported as text, alone or in the ZIP archive that the phone makes."""

from __future__ import annotations

from collections.abc import Iterator

from burnish.data.files.chat_lines import looks, read_chat
from burnish.data.files.desk import Desk
from burnish.data.files.store import Store
from burnish.records.post import Post

NAME = "whatsapp"
CATEGORY = "style"
BY_CHANNEL = True


def suits(store: Store) -> str:
    """Return why this is such a chat, or ""."""
    for one in store.ending(".txt")[:20]:
        if looks(store, one) == NAME:
            return f"{one.name} begins with a date, a time and a name, as WhatsApp writes them"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Post]:
    """Yield every message of every chat."""
    for member in store.ending(".txt"):
        yield from read_chat(store, member, desk, NAME)
