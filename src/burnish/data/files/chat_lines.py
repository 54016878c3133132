"""Chats as text, one message a line or over several: `12/30/21, 10:01 PM - Anna: words`, in the many forms phones write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from burnish.data.files.chat_marks import OF_CHAT, said
from burnish.data.files.day_order import Day, order_of, taken_first
from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.stamp import Stamp, stamp_of
from burnish.data.files.store import Store
from burnish.data.files.text import encoding_of, lines
from burnish.records.post import Post

UNDATED = "a date that cannot be read"
HEAD = 4096
"""Bytes of a text's beginning that tell whether it is a chat."""

_MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BRACKETED = re.compile(r"^[\u200b-\u200f\u202a-\u202e\ufeff]*\[(?P<stamp>[^\]\n]{8,64})\] ?(?P<rest>.*)$")
_DASHED = re.compile(
    r"^[\u200b-\u200f\u202a-\u202e\ufeff]*(?P<stamp>(?:\d|[RHS]\d|令和|平成|民[國国])[^\n]{6,64}?)[ \u00a0\u202f\u200f]+[-–—][ \u00a0\u202f]"
    r"(?P<rest>.*)$"
)
_COLON = re.compile(
    r"^[\u200b-\u200f\u202a-\u202e\ufeff]*(?P<stamp>\d[^\n]{5,30}?\d[:.]\d\d(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?): (?P<rest>[^:\n]{1,80}: .*)$"
)
_SHAPE = re.compile(
    r"^[\u200b-\u200f\u202a-\u202e\ufeff]*(?:\[(?=[^\]\n]*\d)[^\]\n]*\d{1,2} ?[:.時时点點시h] ?\d\d[^\]\n]{0,20}\]|"
    r"(?=[^\n]{0,40}\d)[^\n:]{2,40}\d{1,2} ?[:.時时点點시h] ?\d\d[^\n:]{0,20} [-–—]) ?[^\n:]{1,80}: "
)
_AUTHOR = re.compile(r"^(?P<author>[^:]{1,80}?):(?: |$|(?=[^/ ]))(?P<text>.*)$", re.DOTALL)
_SECONDS = re.compile(r"^\W*\[[^\]]*\d[:.]\d\d[:.]\d\d")
_NAMED_BY_WHATSAPP = re.compile(r"^_chat$|whatsapp", re.IGNORECASE)


@dataclass(slots=True)
class _Draft:
    number: int
    head: str
    stamp: Stamp
    bracketed: bool
    words: list[str]


@dataclass(frozen=True, slots=True)
class _Form:
    """What a whole chat tells of its lines."""

    order: str
    """How its days are written: `ymd`, `dmy` or `mdy`."""
    colon: bool
    """Whether a colon stands between date and name, as old iPhones wrote it."""
    found: bool
    """Whether any line has a date that can be read."""


def looks(store: Store, member: Member) -> str:
    """Return `whatsapp` or `signal` where a text is a chat of such lines, "" for any other text."""
    raw = store.head(member, HEAD)
    head = raw.decode(encoding_of(raw), "replace").splitlines()[:20]
    shown = [line for line in head if line.strip("\ufeff \t")]
    first = next((found for line in shown[:5] if (found := _head(line, colon=False))), None)
    whole = shown if len(raw) < HEAD else shown[:-1] or shown
    if first is None and not (len(whole) > 1 and (all(map(_colon_head, whole)) or all(map(_SHAPE.match, whole)))):
        return ""
    if not shown[0].lstrip("\ufeff").startswith("[20") or _NAMED_BY_WHATSAPP.search(PurePosixPath(member.name).stem):
        return "whatsapp"
    return "whatsapp" if _SECONDS.match(shown[0]) or "\u200e" in raw.decode(encoding_of(raw), "replace") else "signal"


def read_chat(store: Store, member: Member, desk: Desk, source: str) -> Iterator[Post]:
    """Yield the messages of one chat. Whether day or month stands first is found out from the whole file.

    A chat whose every date is in a form that is not known is refused line by line.
    """
    form = _form(store, member, desk)
    if not form.found:
        _refuse(store, member, desk)
        return
    channel = re.sub(
        r"^(WhatsApp[ -]Chat (with|mit|-)|signal[- ]chat)\s*", "", PurePosixPath(member.name).stem, flags=re.IGNORECASE
    )
    channel = PurePosixPath(member.name).parent.name or channel if channel.casefold() in ("_chat", "chat") else channel
    for draft in _drafts(lines(store, member, desk), form, member, desk):
        yield _post(draft, form.order, member, desk, source, channel)


def _head(line: str, *, colon: bool) -> tuple[Stamp, str, str, bool] | None:
    """Return (stamp, as written, the rest, whether in brackets) of a line that begins a message."""
    bracketed = "[" in line[:6]
    found = (_BRACKETED if bracketed else _DASHED).match(line)
    if found:
        stamp = stamp_of(found["stamp"])
        if stamp:
            return stamp, found["stamp"], found["rest"], bracketed
        if not bracketed:  # a dash between date and hour as well
            for dash in re.finditer(r" [-–—] ", line[found.end("stamp") + 3 : 80]):
                end = found.end("stamp") + 3 + dash.start()
                stamp = stamp_of(line[found.start("stamp") : end].replace(" - ", " "))
                if stamp:
                    return stamp, line[:end], line[end + 3 :], False
    return _colon_head(line) if colon else None


def _colon_head(line: str) -> tuple[Stamp, str, str, bool] | None:
    found = _COLON.match(line)
    stamp = stamp_of(found["stamp"]) if found else None
    return (stamp, found["stamp"], found["rest"], False) if found and stamp else None


def _drafts(text: Iterable[str], form: _Form, member: Member, desk: Desk) -> Iterator[_Draft]:
    draft: _Draft | None = None
    for number, line in enumerate(text, start=1):
        found = _head(line, colon=form.colon)
        if found:
            if draft:
                yield draft
            stamp, written, rest, bracketed = found
            draft = _Draft(number, written, stamp, bracketed, [rest])
        elif draft:
            draft.words.append(line)
        elif line.strip():
            desk.fault(member.shown, "no message begins here", place=f"line {number}", seen=line, remedy="the line was left out")
    if draft:
        yield draft


def _form(store: Store, member: Member, desk: Desk) -> _Form:
    """Return what all lines of a chat tell of its form; a doubt about the order of its dates goes to the desk."""
    days: list[Day] = []
    quiet, before = Desk(), store.bytes_read
    colon, found = False, 0
    for line in lines(store, member, quiet):
        head = _head(line, colon=colon or not found)
        if head is None:
            continue
        found += 1
        colon = colon or (found == 1 and _head(line, colon=False) is None)
        stamp = head[0]
        if not stamp.order and (not days or days[-1] != stamp.day):
            days.append(stamp.day)
    store.bytes_read = before
    order, doubt = order_of(days, of_chat=True) if days else ("ymd", "")
    if doubt:
        desk.fault(member.shown, doubt, remedy=f"{taken_first(order)}; dates that cannot be have no time")
    return _Form(order, colon, bool(found))


def _refuse(store: Store, member: Member, desk: Desk) -> None:
    """Note every line of a chat whose dates are in a form that is not known."""
    for number, line in enumerate(lines(store, member, desk), start=1):
        if _SHAPE.match(line):
            desk.leave(UNDATED)
            remedy = "write the dates as 2024-01-31, 15:05, or export the chat with the phone in another language"
            desk.fault(member.shown, "a date cannot be read", place=f"line {number}", seen=line[:60], remedy=remedy)
        elif line.strip():
            desk.fault(member.shown, "no message begins here", place=f"line {number}", seen=line, remedy="the line was left out")


def _post(draft: _Draft, order: str, member: Member, desk: Desk, source: str, channel: str) -> Post:
    time = draft.stamp.seconds(order)
    if time is None:
        desk.fault(
            member.shown,
            "a date cannot be read",
            place=f"line {draft.number}",
            seen=draft.head[:40],
            remedy="the message stands where it was",
        )
    found = _AUTHOR.match("\n".join(draft.words).strip())
    if found is None:
        author, text, edited, notice = "", _MARKS.sub("", "\n".join(draft.words)).strip(), False, OF_CHAT
    else:
        what = said(found["text"].strip(), iphone=draft.bracketed)
        author, text, edited, notice = _MARKS.sub("", found["author"]).strip(), what.text, what.edited, what.notice
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
