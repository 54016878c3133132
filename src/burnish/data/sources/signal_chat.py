"""Signal: a chat exported as text, alone or in a ZIP archive.

signal-export writes a quoted message before the words that answer it, and reactions, stickers and files after them: none of these are the
words of the one who writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from burnish.data.files.chat_lines import looks, read_chat
from burnish.data.files.desk import Desk
from burnish.data.files.store import Store
from burnish.records.post import Post

NAME = "signal"
CATEGORY = "style"
BY_CHANNEL = True
_ADDED = re.compile(r"\n?\(- [^\n]* -\)[ \t]*(?=\n|$)|\n?\(\( [^\n]* \)\)|!?\[[^\[\]\n]*\]\(\./[^()\n]*\)[ \t]*")
_MARKED = re.compile(rf"\A\n*> |^\(This message was deleted\)$|{_ADDED.pattern}")


def suits(store: Store) -> str:
    """Return why this is such a chat, or ""."""
    for one in store.ending(".txt")[:20]:
        if looks(store, one) == NAME:
            return f"{one.name} begins with a date, a time and a name, as exports of Signal write them"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Post]:
    """Yield every message of every chat."""
    for member in store.ending(".txt"):
        for post in read_chat(store, member, desk, NAME):
            yield _own(post) if post.text and _MARKED.search(post.text) else post


def _own(post: Post) -> Post:
    """Return a post whose text holds its writer's words; what it quotes is passed on."""
    if post.text == "(This message was deleted)":
        return replace(post, text="", notice="deleted")
    text, quoted = post.text.lstrip("\n"), ""
    if text.startswith("> "):
        quoted, _, text = text[2:].partition("\n\n")
    text = _ADDED.sub("", text).strip()
    shared = "\n".join(line.removeprefix("> ") for line in quoted.strip().split("\n"))
    notice = post.notice or ("" if text or shared else "no words (a picture, a file, a call)")
    return replace(post, text=text, shared=shared, notice=notice)
