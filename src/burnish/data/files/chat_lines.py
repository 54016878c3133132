"""Chats as text, one message a line or over several: `12/30/21, 10:01 PM - Anna: words`, in the many forms phones write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from burnish.data.files.day_order import Day, order_of, taken_first
from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.text import lines
from burnish.records.post import Post

_LINE = re.compile(
    r"^[\u200e\u200f\ufeff]*(?P<open>\[)?(?P<a>\d{1,4})[./-](?P<b>\d{1,2})[./-](?P<c>\d{1,4}),?[ \u00a0\u202f]"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?[ \u00a0\u202f]?(?P<half>[AaPp]\.?[ \u00a0\u202f]?[Mm]\.?)?"
    r"(?(open)\]|[ \u00a0\u202f]-)[ \u00a0\u202f](?P<rest>.*)$"
)
_AUTHOR = re.compile(r"^(?P<author>[^:]{1,80}?):(?: |$|(?=[^/ ]))(?P<text>.*)$", re.DOTALL)
_NO_WORDS = re.compile(
    r"^(<?(media|image|video|audio|sticker|document|gif|contact card|medien) (omitted|ausgeschlossen)>?|<attached: .*>|.* \(file attached\)|"
    r"<multimedia omitido>|<médias omis>|null)$",
    re.IGNORECASE,
)
_DELETED = re.compile(r"^(this message was deleted|you deleted this message|diese nachricht wurde gelöscht)\.?$", re.IGNORECASE)
_OWN = re.compile(r"messages and calls are end-to-end encrypted|nachrichten und anrufe sind ende-zu-ende", re.IGNORECASE)
_EDITED = "<This message was edited>"
_MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True)
class _Draft:
    number: int
    found: re.Match[str]
    words: list[str]


def looks(head: str) -> bool:
    """Return whether a text begins as such a chat."""
    return any(_LINE.match(line) for line in head.splitlines()[:5])


def read_chat(store: Store, member: Member, desk: Desk, source: str) -> Iterator[Post]:
    """Yield the messages of one chat. Whether day or month stands first is found out from the whole file."""
    order = _order(store, member, desk)
    channel = re.sub(
        r"^(WhatsApp[ -]Chat (with|mit|-)|signal[- ]chat)\s*", "", PurePosixPath(member.name).stem, flags=re.IGNORECASE
    )
    channel = PurePosixPath(member.name).parent.name or channel if channel.casefold() in ("_chat", "chat") else channel
    for draft in _drafts(store, member, desk):
        yield _post(draft, order, member, desk, source, channel)


def _drafts(store: Store, member: Member, desk: Desk) -> Iterator[_Draft]:
    draft: _Draft | None = None
    for number, line in enumerate(lines(store, member, desk), start=1):
        found = _LINE.match(line)
        if found:
            if draft:
                yield draft
            draft = _Draft(number, found, [found["rest"]])
        elif draft:
            draft.words.append(line)
        elif line.strip():
            desk.fault(member.shown, "no message begins here", place=f"line {number}", seen=line, remedy="the line was left out")
    if draft:
        yield draft


def _order(store: Store, member: Member, desk: Desk) -> str:
    """Return `ymd`, `dmy` or `mdy`, told from all dates of the file; a doubt goes to the desk."""
    days: list[Day] = []
    quiet, before = Desk(), store.bytes_read
    for line in lines(store, member, quiet):
        found = _LINE.match(line)
        if found:
            day = (int(found["a"]), int(found["b"]), int(found["c"]))
            if not days or days[-1] != day:
                days.append(day)
    store.bytes_read = before
    order, doubt = order_of(days)
    if doubt:
        desk.fault(member.shown, doubt, remedy=f"{taken_first(order)}; dates that cannot be have no time")
    return order


def _post(draft: _Draft, order: str, member: Member, desk: Desk, source: str, channel: str) -> Post:
    words = _MARKS.sub("", "\n".join(draft.words)).strip()
    time = _time(draft.found, order)
    if time is None:
        seen = draft.found[0][:40]
        desk.fault(
            member.shown,
            "a date cannot be read",
            place=f"line {draft.number}",
            seen=seen,
            remedy="the message stands where it was",
        )
    found = _AUTHOR.match(words)
    author, text = (found["author"].strip(), found["text"].strip()) if found else ("", words)
    edited = text.endswith(_EDITED)
    text = text.removesuffix(_EDITED).rstrip()
    notice = "" if found and not _OWN.search(text) else "a notice of the chat itself"
    if _NO_WORDS.match(text):
        notice = "no words (a picture, a file, a call)"
    elif _DELETED.match(text):
        notice = "deleted"
    return Post(
        source=source,
        channel=channel,
        author=author,
        time=time,
        text=text,
        file=member.shown,
        number=draft.number,
        edited=edited,
        notice=notice,
    )


def _time(found: re.Match[str], order: str) -> float | None:
    parts = dict(zip(order, (int(found["a"]), int(found["b"]), int(found["c"])), strict=True))
    year = parts["y"] + (2000 if parts["y"] < 100 else 0)
    hour, half = int(found["hour"]), (found["half"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime(
            year, parts["m"], parts["d"], hour, int(found["minute"]), int(found["second"] or 0), tzinfo=UTC
        ).timestamp()
    except ValueError:
        return None
