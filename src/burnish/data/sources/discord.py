"""Discord: the JSON and CSV files of DiscordChatExporter, one channel each."""

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
from burnish.data.files.table import csv_rows
from burnish.records.post import Post

NAME = "discord"
CATEGORY = "style"
BY_CHANNEL = True

FORWARDED_AWAY = "forwarded, and its words are not in the export"
_SPOKEN = {"Default", "Reply", "0", "19"}
_CSV = ("authorid", "author", "date", "content")


def suits(store: Store) -> str:
    """Return why this is such an export, or ""."""
    for one in store.ending(".json")[:20]:
        head = store.head(one, 8192)
        if b'"guild"' in head and b'"channel"' in head:
            return f"{one.name} holds a guild and a channel"
    for one in store.ending(".csv")[:20]:
        if store.head(one, 200).decode("utf-8-sig", "replace").casefold().replace('"', "").startswith(",".join(_CSV)):
            return f"{one.name} has the columns AuthorID, Author, Date, Content"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Post]:
    """Yield every message, channel by channel."""
    for member in store.members:
        if member.name.casefold().endswith(".json"):
            for head, entries in members_of(store, member, desk, "messages"):
                channel = _channel(head) or PurePosixPath(member.name).stem
                for number, entry in entries:
                    yield _post(entry, channel, member, number, desk)
        elif member.name.casefold().endswith(".csv"):
            channel = _named(PurePosixPath(member.name).stem)
            for number, row in csv_rows(store, member, desk):
                yield _line(row, channel, member, number, desk)


def _channel(head: Mapping[str, Any]) -> str:
    channel, guild = head.get("channel"), head.get("guild")
    name = str(channel.get("name") or "") if isinstance(channel, dict) else ""
    server = str(guild.get("name") or "") if isinstance(guild, dict) else ""
    return f"{server} #{name}" if server and server != "Direct Messages" else name


def _named(stem: str) -> str:
    """Return `Server #channel` of a file named `Server - Category - channel [id]`."""
    parts = [part.strip() for part in re.sub(r"\s*\[\d+\].*$", "", stem).split(" - ")]
    return f"{parts[0]} #{parts[-1]}" if len(parts) > 1 and parts[0] != "Direct Messages" else parts[-1]


def _post(entry: Mapping[str, Any], channel: str, member: Member, number: int, desk: Desk) -> Post:
    given = entry.get("author")
    writer = given if isinstance(given, dict) else {}
    author = str(writer.get("nickname") or writer.get("name") or "")
    desk.known_as(author, str(writer.get("name") or ""), str(writer.get("id") or ""))
    text, reference = entry.get("content"), entry.get("reference")
    spoken = str(entry.get("type") or "Default") in _SPOKEN
    text = text if isinstance(text, str) else ""
    shared = _forwarded(entry)
    forwards = bool(shared) or (isinstance(reference, dict) and str(reference.get("type")) in ("Forward", "1"))
    return Post(
        source=NAME,
        channel=channel,
        author=author,
        time=seconds_of(entry.get("timestamp")),
        text=text,
        shared=shared,
        file=member.shown,
        number=number,
        id=str(entry.get("id") or ""),
        reply_to=str(reference.get("messageId") or "") if isinstance(reference, dict) and not forwards else "",
        edited=bool(entry.get("timestampEdited")),
        bot=bool(writer.get("isBot")),
        notice="a notice of the chat itself" if not spoken else _wordless(text or shared, entry, forwards=forwards),
    )


def _wordless(text: str, entry: Mapping[str, Any], *, forwards: bool) -> str:
    """Return why a message holds no words, or "". Older versions of the exporter leave out what is forwarded, and its mark."""
    if text.strip():
        return ""
    leads_away = isinstance(entry.get("reference"), dict) and str(entry.get("type") or "Default") in ("Default", "0")
    held = any(entry.get(key) for key in ("attachments", "embeds", "stickers"))
    return FORWARDED_AWAY if forwards or (leads_away and not held) else "no words (a picture, a file, a call)"


def _forwarded(entry: Mapping[str, Any]) -> str:
    """Return the words of the messages that one passes on: as the exporter writes them, or as Discord's own API does."""
    held = [entry.get("forwardedMessage")]
    for key in ("messageSnapshots", "message_snapshots"):
        value = entry.get(key)
        held += [one.get("message", one) for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    return "\n".join(str(one["content"]).strip() for one in held if isinstance(one, dict) and one.get("content"))


def _line(row: Mapping[str, str], channel: str, member: Member, number: int, desk: Desk) -> Post:
    fields = {key.casefold(): value for key, value in row.items()}
    author, text = fields.get("author", "").removesuffix("#0000"), fields.get("content", "")
    desk.known_as(author, fields.get("authorid", ""), author.partition("#")[0])
    return Post(
        source=NAME,
        channel=channel,
        author=author,
        time=seconds_of(fields.get("date")),
        text=text,
        file=member.shown,
        number=number,
        notice="" if text.strip() else "no words (a picture, a file, a call)",
    )
