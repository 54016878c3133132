"""Messenger and Instagram: `message_1.json` in a folder a chat, as Meta's "Download your information" writes them (JSON, not HTML)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from burnish.data.files.clock import seconds_of
from burnish.data.files.desk import Desk
from burnish.data.files.listed import members_of
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.records.post import Post

_NOTICE = re.compile(
    r"^(Reacted .{1,12} to your message|Liked a message|.{1,60} (sent an? (attachment|photo|video|sticker|GIF|link)|started a call|"
    r"missed your call|named the group .*|left the group|joined the video chat|unsent a message)\.?|You (sent an attachment|unsent a message)\.?|"
    r"You missed an? (video |audio )?(call|chat) (from|with) .{1,60}|Replied to your story|.{1,60} sent (a|the|their|his|her)( live)? location\.?)\s*$"
)

_SENT = ("photos", "videos", "audio_files", "files", "gifs", "sticker", "share", "call_duration")
"""Keys of what was sent or done beside words. The words are then Meta's own where they begin with the sender's name, in any language."""


def chats(store: Store) -> list[Member]:
    """Return the members that are chats of this kind."""
    return [one for one in store.ending(".json") if b'"sender_name"' in store.head(one, 20_000)]


def read_chats(store: Store, desk: Desk, source: str) -> Iterator[Post]:
    """Yield every message; the order, newest first as Meta writes it, is put right later."""
    for member in chats(store) or store.ending(".json"):
        parts = PurePosixPath(member.name)
        channel = re.sub(r"_\d{6,}$", "", parts.parent.name) or parts.stem
        for _, entries in members_of(store, member, desk, "messages"):
            for number, entry in entries:
                yield _post(entry, channel, source, member, number)


def _post(entry: Mapping[str, Any], channel: str, source: str, member: Member, number: int) -> Post:
    content, sender = entry.get("content"), _mended(str(entry.get("sender_name") or ""))
    text = _mended(content) if isinstance(content, str) else ""
    shared = _shared(entry)
    if shared and (_NOTICE.match(text) or _told_of(text, sender)):
        text = ""
    notice = "" if text.strip() or shared else "no words (a picture, a file, a call)"
    if entry.get("is_unsent"):
        notice = "deleted"
    elif any(key in entry for key in _SENT) and ("call_duration" in entry or _told_of(text, sender)):
        notice = "no words (a picture, a file, a call)"
    elif _NOTICE.match(text) or entry.get("type") in ("Subscribe", "Unsubscribe", "Call"):
        notice = "a notice of the chat itself"
    return Post(
        source=source,
        channel=channel,
        author=sender,
        time=seconds_of(entry.get("timestamp_ms")),
        text=text,
        shared=shared,
        file=member.shown,
        number=number,
        notice=notice,
    )


def _shared(entry: Mapping[str, Any]) -> str:
    """Return the words of a post or page that a message passes on."""
    share = entry.get("share")
    words = share.get("share_text") if isinstance(share, dict) else None
    return _mended(words).strip() if isinstance(words, str) else ""


def _told_of(text: str, author: str) -> bool:
    """Return whether Meta's own line stands there, in whatever language: it names the sender, as nobody does who writes."""
    first = author.split(" ", maxsplit=1)[0]
    led = text.startswith(f"{author} ") or (text.startswith(f"{first} ") and text.rstrip().endswith((".", "।", "。")))
    return bool(first) and "\n" not in text and led


def _mended(text: str) -> str:
    """Undo Meta's escapes, which write each byte of UTF-8 as a character of its own."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
