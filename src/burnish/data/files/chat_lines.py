"""Chats as text, one message a line or over several: `12/30/21, 10:01 PM - Anna: words`, in the many forms phones write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import PurePosixPath

from burnish.data.files.chat_marks import OF_CHAT, attached_as, said
from burnish.data.files.day_order import Day, order_of, taken_first
from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.stamp import Stamp, stamp_of
from burnish.data.files.store import Store
from burnish.data.files.text import encoding_of, lines
from burnish.data.files.whatsapp_words import ATTACHED
from burnish.records.post import Post

UNDATED = "a date that cannot be read"
HEAD = 4096
"""Bytes of a text's beginning that tell whether it is a chat."""

_MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_COMMON = re.compile(
    r"[\u200e\u200f\ufeff]*(?P<open>\[)?(?P<a>20\d\d|[0-4]?\d|5[01])[./-](?P<b>\d\d?)[./-](?P<c>20\d\d|[0-4]?\d|5[01]),?[ \u00a0\u202f]"
    r"(?P<hour>1\d|2[0-3]|0?\d)[:.](?P<minute>[0-5]\d)(?:[:.](?P<second>[0-5]\d))?[ \u00a0\u202f]?"
    r"(?P<half>[AaPp]\.?[ \u00a0\u202f]?[Mm]\.?)?(?(open)\]|[ \u00a0\u202f]-)[ \u00a0\u202f](?P<rest>.*)$",
    re.ASCII,
)
"""The forms of most phones, which `stamp_of` reads alike: read here by one pattern, because a chat has a million lines."""
_BRACKETED = re.compile(r"^[\u200b-\u200f\u202a-\u202e\ufeff]*\[(?P<stamp>[^\]\n]{8,64})\] ?(?P<rest>.*)$")
_DASHED = re.compile(
    r"^[\u200b-\u200f\u202a-\u202e\ufeff]*(?P<stamp>(?:\d|[RHS]\d|令和|平成|民[國国])[^\n]{6,64}?)[ \u00a0\u202f\u200f]+[-–—][ \u00a0\u202f]"
    r"(?P<rest>.*)$"
)
_COLON = re.compile(
    r"^[\u200b-\u200f\u202a-\u202e\ufeff]*(?P<stamp>\d\d?[./-]\d\d?[./-][^\n]{5,30}?\d[:.]\d\d(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?): (?P<rest>[^:\n]{1,80}: .*)$"
)
_LOOSE = re.compile(
    r"^[\u200b-\u200f\u202a-\u202e\ufeff]*\(?(?P<stamp>\d[^\n]{6,40}?\d ?[:.h時时点點시] ?\d\d(?:[:.]\d\d)?분?(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?)"
    r"(?:\)|, ?|[ \t]*[-–—|] ?|[ \t])[ \t]*(?P<rest>(?![^:\n]* [-–—] )[^\W\d_][^:\n]{0,60}: .*)$"
)
"""A date and an hour, then a name, with whatever between them: other programs' chats, and lines that were written by hand."""
_CLOCK = r"\d{1,2} ?[:.٫時时点點시h] ?\d\d"
_DATED = rf"(?:(?:\d{{1,4}}[^\d\n:\]]{{1,16}}){{2,3}}{_CLOCK}|{_CLOCK}(?:[^\d\n\]]{{1,16}}\d{{1,4}}){{2,3}}|\d{{1,4}}(?:[^\d\n\]]{{1,16}}\d{{1,4}}){{4,5}})"
_SHAPE = re.compile(
    rf"^[\u200b-\u200f\u202a-\u202e\ufeff]*(?:\[[^\]\n\d]{{0,16}}{_DATED}[^\]\n]{{0,20}}\]|[^\n\d:]{{0,16}}{_DATED}[^\n]{{0,20}}? [-–—]) ?(?P<name>[^\n:]{{1,80}}): "
)
"""A line with a date, an hour, a name and words, in whatever form: such a file is a chat, whether its dates can be read or not."""
_AUTHOR = re.compile(r"^(?P<author>[^:]{1,80}?):(?: |$|(?=[^/ ]))(?P<text>.*)$", re.DOTALL)
_IN_QUOTES = re.compile(r"^[^\"]*\"[^\"]*$|[“„«][^”“»]*$")
"""A colon within quotes follows no name: `Mara changed the subject to "Choir: Friday"`."""
_SECONDS = re.compile(r"^\W*\[[^\]]*\d[:.]\d\d[:.]\d\d")
_NAMED_BY_WHATSAPP = re.compile(r"^_chat$|whatsapp", re.IGNORECASE)


@dataclass(slots=True)
class _Head:
    """The head of a line that begins a message."""

    stamp: Stamp
    written: str
    rest: str
    iphone: bool
    """Whether it has the form of an iPhone, which marks its own words."""


@dataclass(slots=True)
class _Draft:
    number: int
    head: _Head | re.Match[str]
    words: list[str]


@dataclass(frozen=True, slots=True)
class _Form:
    """What a whole chat tells of its lines."""

    order: str
    """How its days are written: `ymd`, `dmy` or `mdy`."""
    colon: bool
    """Whether something else than a dash stands between date and name: a colon, as old iPhones wrote it, a comma, a space."""
    found: bool
    """Whether any line has a date that can be read."""
    attached: frozenset[str] = ATTACHED
    """What stands in brackets after the name of a file, this chat's own words among them."""


def looks(store: Store, member: Member) -> str:
    """Return `whatsapp` or `signal` where a text is a chat of such lines, "" for any other text."""
    raw = store.head(member, HEAD)
    head = raw.decode(encoding_of(raw), "replace").splitlines()[:20]
    shown = [line for line in head if line.strip("\ufeff \t")]
    heads = [found for line in shown if (found := _head(line, colon=False))]
    known = any(map(_COMMON.match, shown[:5])) or any(isinstance(one, _Head) and _AUTHOR.match(one.rest) for one in heads)
    whole = shown if len(raw) < HEAD else shown[:-1] or shown
    if not known and not (len(whole) > 1 and (all(map(_colon_head, whole)) or _is_loose(whole) or _is_shaped(whole))):
        return ""
    of_signal = shown[0].lstrip("\ufeff").startswith("[20") and _COMMON.match(shown[0]) and not _SECONDS.match(shown[0])
    named = _NAMED_BY_WHATSAPP.search(PurePosixPath(member.name).stem)
    return "whatsapp" if not of_signal or named or any("\u200e" in line for line in shown) else "signal"


def _is_shaped(shown: list[str]) -> bool:
    """Return whether lines have the form of a chat with dates that are not known: all, or half of them with names that recur."""
    found = [match["name"] for line in shown if (match := _SHAPE.match(line))]
    return len(found) == len(shown) or (len(found) * 2 >= len(shown) and len(set(found)) < len(found))


def _is_loose(shown: list[str]) -> bool:
    """Return whether lines are a chat whose names follow the hour otherwise: all of them, of at least two people who each speak twice."""
    heads = [_loose_head(line) for line in shown]
    named = Counter(found["author"].strip() for one in heads if one and (found := _AUTHOR.match(one.rest)))
    return named.total() == len(shown) and len(named) > 1 and min(named.values()) > 1 and not any(map(str.isupper, named))


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
        yield _post(draft, form, member, desk, source, channel)


def _head(line: str, *, colon: bool) -> _Head | re.Match[str] | None:
    """Return the head of a line that begins a message: a match of `_COMMON`, or what the slower look found."""
    found = _COMMON.match(line)
    if found or not line or not (line[0].isdigit() or line[0] in _BEGINS):
        return found
    return _other_head(line) or (_colon_head(line) or _loose_head(line) if colon else None)


_BEGINS = "([\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeffRHS令平民"
"""What such a line may begin with, other than a digit."""


def _other_head(line: str) -> _Head | None:
    bracketed = "[" in line[:6]
    found = (_BRACKETED if bracketed else _DASHED).match(line)
    if not found:
        return None
    stamp = stamp_of(found["stamp"])
    if stamp or bracketed:
        return _Head(stamp, found["stamp"], found["rest"], bracketed) if stamp else None
    for dash in re.finditer(r" [-–—] ", line[found.end("stamp") + 3 : 80]):  # a dash between date and hour as well
        end = found.end("stamp") + 3 + dash.start()
        stamp = stamp_of(line[found.start("stamp") : end].replace(" - ", " "))
        if stamp:
            return _Head(stamp, line[:end], line[end + 3 :], iphone=False)
    return None


def _colon_head(line: str) -> _Head | None:
    found = _COLON.match(line)
    stamp = stamp_of(found["stamp"]) if found else None
    return _Head(stamp, found["stamp"], found["rest"], iphone=True) if found and stamp else None


def _loose_head(line: str) -> _Head | None:
    found = _LOOSE.match(line)
    stamp = stamp_of(found["stamp"]) if found else None
    return _Head(stamp, found["stamp"], found["rest"], iphone=False) if found and stamp else None


def _drafts(text: Iterable[str], form: _Form, member: Member, desk: Desk) -> Iterator[_Draft]:
    draft: _Draft | None = None
    for number, line in enumerate(text, start=1):
        head = _head(line, colon=form.colon)
        if head:
            if draft:
                yield draft
            draft = _Draft(number, head, [head["rest"] if isinstance(head, re.Match) else head.rest])
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
    colon = found = False
    attached: set[str] = set()
    for line in lines(store, member, quiet):
        if line.endswith((")", "）")) and (words := attached_as(line)):
            attached.add(words)
        head = _head(line, colon=colon or not found)
        if head is None:
            continue
        colon = colon or (not found and _head(line, colon=False) is None)
        found = True
        if isinstance(head, re.Match):
            day = (int(head["a"]), int(head["b"]), int(head["c"]))
        elif head.stamp.order:
            continue
        else:
            day = head.stamp.day
        if not days or days[-1] != day:
            days.append(day)
    store.bytes_read = before
    order, doubt = order_of(days, of_chat=True) if days else ("ymd", "")
    if doubt:
        desk.fault(member.shown, doubt, remedy=f"{taken_first(order)}; dates that cannot be have no time")
    return _Form(order, colon, found, ATTACHED | attached)


def _refuse(store: Store, member: Member, desk: Desk) -> None:
    """Note every line of a chat whose dates are in a form that is not known."""
    for number, line in enumerate(lines(store, member, desk), start=1):
        if _SHAPE.match(line):
            desk.leave(UNDATED)
            remedy = "write the dates as 2024-01-31, 15:05, or export the chat with the phone in another language"
            desk.fault(member.shown, "a date cannot be read", place=f"line {number}", seen=line[:60], remedy=remedy)
        elif line.strip():
            desk.fault(member.shown, "no message begins here", place=f"line {number}", seen=line, remedy="the line was left out")


def _post(draft: _Draft, form: _Form, member: Member, desk: Desk, source: str, channel: str) -> Post:
    head = draft.head
    time = _time(head, form.order) if isinstance(head, re.Match) else head.stamp.seconds(form.order)
    if time is None:
        seen = head[0][:40] if isinstance(head, re.Match) else head.written[:40]
        desk.fault(
            member.shown,
            "a date cannot be read",
            place=f"line {draft.number}",
            seen=seen,
            remedy="the message stands where it was",
        )
    words = "\n".join(draft.words).strip()
    found = _AUTHOR.match(words)
    author = _writer(found["author"]) if found else ""
    if found is None or not author:
        text, edited, notice = _MARKS.sub("", words).strip(), False, OF_CHAT
    else:
        iphone = bool(head["open"]) if isinstance(head, re.Match) else head.iphone
        what = said(found["text"].strip(), iphone=iphone, attached=form.attached)
        text, edited, notice = what.text, what.edited, what.notice
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


@lru_cache(maxsize=1024)
def _writer(before: str) -> str:
    """Return the name before a colon, or "" where it is none."""
    return "" if _IN_QUOTES.search(before) else _MARKS.sub("", before).strip()


def _time(found: re.Match[str], order: str) -> float | None:
    parts = dict(zip(order, (int(found["a"]), int(found["b"]), int(found["c"])), strict=True))
    year = parts["y"] + (2000 if parts["y"] < 100 else 0)
    hour, half = int(found["hour"]), (found["half"] or "").lower()[:1]
    if half and hour < 13:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime(
            year, parts["m"], parts["d"], hour, int(found["minute"]), int(found["second"] or 0), tzinfo=UTC
        ).timestamp()
    except ValueError:
        return None
