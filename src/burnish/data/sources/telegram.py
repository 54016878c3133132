"""Telegram: `result.json` of the desktop program, of one chat or of all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from burnish.data.files.clock import seconds_of
from burnish.data.files.cursor import Cursor, CursorError
from burnish.data.files.desk import Desk
from burnish.data.files.listed import broken, cursor_of, objects
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.records.post import Post

NAME = "telegram"
CATEGORY = "style"
BY_CHANNEL = True
_FORWARDED = ("forwarded_from", "forwarded_from_id", "saved_from")
"""Keys of a message that is passed on; their value is null where the first writer's account is deleted."""


def suits(store: Store) -> str:
    """Return why this is a Telegram export, or ""."""
    for one in store.ending(".json")[:20]:
        head = store.head(one, 20_000)
        if b'"date_unixtime"' in head or (b'"messages"' in head and b'"text_entities"' in head):
            return f"{one.name} holds messages with date_unixtime"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Post]:
    """Yield every message, chat by chat."""
    for member in store.ending(".json"):
        cursor = cursor_of(store, member, desk)
        try:
            yield from _chats(cursor, member, desk)
        except CursorError as error:
            broken(error, member, desk)


def _chats(cursor: Cursor, member: Member, desk: Desk) -> Iterator[Post]:
    name = own_id = ""
    for key in cursor.fields():
        mark = cursor.peek()
        if key == "messages" and mark == "[":
            for number, entry in objects(cursor, member, desk):
                yield _post(entry, name, own_id, member, number, desk)
        elif key in ("chats", "left_chats") and mark == "{":
            yield from _chats(cursor, member, desk)
        elif key == "list" and mark == "[":
            for _ in cursor.elements():
                yield from _chats(cursor, member, desk)
        else:
            value = cursor.value()
            name = str(value or "a deleted account") if key == "name" else name
            own_id = str(value or "") if key == "id" else own_id


def _post(entry: Mapping[str, Any], channel: str, own_id: str, member: Member, number: int, desk: Desk) -> Post:
    writer = str(entry.get("from_id") or entry.get("actor_id") or "")
    author = str(entry.get("from") or entry.get("actor") or writer)  # a deleted account has an id and no name
    if author and writer:
        desk.known_as(author, writer, writer.removeprefix("user"))
    text = _plain(entry.get("text"))
    forwarded = any(key in entry for key in _FORWARDED)
    return Post(
        source=NAME,
        channel=channel or member.name,
        author=author,
        time=seconds_of(entry.get("date_unixtime")) or seconds_of(entry.get("date")),
        text="" if forwarded else text,
        shared=text if forwarded else "",
        file=member.shown,
        number=number,
        id=str(entry.get("id") or ""),
        reply_to=_reply_to(entry, own_id),
        edited="edited" in entry,
        bot=bool(entry.get("via_bot")),
        notice=_notice(entry, text),
    )


def _reply_to(entry: Mapping[str, Any], own_id: str) -> str:
    """Return the id of the message of this chat that an entry replies to; "" where the number counts in another chat."""
    elsewhere = "reply_to_peer_id" in entry and re.sub(r"^\D+", "", str(entry["reply_to_peer_id"])) != own_id
    return "" if elsewhere else str(entry.get("reply_to_message_id") or "")


def _notice(entry: Mapping[str, Any], text: str) -> str:
    if entry.get("type", "message") != "message":
        return "a notice of the chat itself"
    return "" if text.strip() else "no words (a picture, a file, a call)"


def _plain(text: Any) -> str:
    """Return a text that is written whole or in marked pieces; a link under words keeps its address."""
    if isinstance(text, str):
        return text
    pieces = text if isinstance(text, list) else []
    return "".join(one if isinstance(one, str) else _piece(one) for one in pieces)


def _piece(one: Any) -> str:
    if not isinstance(one, dict):
        return ""
    words = str(one.get("text") or "")
    return f"{words} ({one['href']})" if one.get("type") == "text_link" and one.get("href") else words
