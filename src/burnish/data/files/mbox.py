"""A mailbox file parted into its mails: mboxo, mboxrd, mboxcl and mboxcl2, and those of programs that keep to none of them.

A line that begins with `From ` parts mails where a mail's head (lines of `Name: value`) follows it at once. What else stands in the
line is a sign of it, no condition: an address and a date (RFC 4155), a dash (Thunderbird), a number (Gmail), or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

HEAD_BYTES = 1 << 18
"""So far a head is looked for behind a `From ` line."""

_BOM = b"\xef\xbb\xbf"
_FROM = re.compile(rb"From(?=[ \t\r\n])[^\n]*\n")
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:[^\n]*\n?(?:[ \t]+[^\s][^\n]*\n?)*")
_ENVELOPES = re.compile(rb"(?:>+From [^\n]*\n)+")
"""The `From ` lines of mailboxes that a mail was in before stand escaped above its head."""
_BLANK = re.compile(rb"[ \t]*\r?(?:\n|$)")
_GAP = re.compile(rb"\n[ \t\r]*\n$")
_DATE = re.compile(
    rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} +[A-Z][a-z]{2})\b[^\n]*\b\d{1,2}:\d\d|"
    rb"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d"
)
_WHOLE = re.compile(rb"From[ \t]+\S+[ \t]+(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\n]*\b\d{4}\s*$")
"""An address and a date, as RFC 4155 has them; a sentence that begins so has its date elsewhere."""
_PEOPLES = {b"from", b"to", b"cc", b"date", b"subject", b"sent", b"reply-to"}
"""Lines of a head that people copy into their mails too."""
_PROGRAMS = re.compile(
    rb"(message-id|received|mime-version|content-(type|transfer-encoding|length)|return-path|delivered-to|in-reply-to|references|"
    rb"status|sender|list-[a-z-]+|dkim-signature|lines|thread-[a-z]+|x-[!-9;-~]+)$"
)
_WRITERS = {b"from", b"return-path", b"received", b"message-id", b"sender"}
_ESCAPED = re.compile(rb"(?m)^>(>*From )")
_LENGTH = re.compile(rb"(?im)^Content-Length:[ \t]*(\d{1,12})[ \t]*\r?$")


@dataclass(slots=True)
class _Box:
    """What has been read of the file and not been given out yet."""

    pieces: Iterator[bytes]
    data: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def holds(self, size: int) -> bool:
        """Read on until so many bytes are held, and return whether they are."""
        while len(self.data) < size and not self.ended:
            piece = next(self.pieces, None)
            if piece is None:
                self.ended = True
            else:
                self.data += piece
        return len(self.data) >= size


def is_mbox(head: bytes) -> bool:
    """Return whether a file that begins so is a mailbox: a `From ` line, with a date or with a mail's head under it."""
    head = _lined(head).removeprefix(_BOM).lstrip(b"\r\n")
    line = _FROM.match(head)
    return bool(line and (_DATE.search(line[0]) or any(map(_is_known, _head(head, line.end())[0]))))


def mails(pieces: Iterator[bytes], limit: int, too_long: Callable[[int], None]) -> Iterator[tuple[int, bytes]]:
    """Yield (line of its `From `, raw mail) of a mailbox, in memory for one mail.

    Of a mail beyond `limit` bytes the beginning is yielded, and `too_long` is told of its line.
    """
    box = _Box(_lines_of(pieces))
    box.holds(HEAD_BYTES)
    start = len(box.data) - len(box.data.removeprefix(_BOM).lstrip(b"\r\n"))
    line = 1 + box.data.count(b"\n", 0, start)
    del box.data[:start]
    manner = _manner(bytes(box.data[: box.data.find(b"\n") + 1]))
    while box.data or box.holds(1):
        end, lost = _end(box, limit, manner)
        raw = bytes(box.data[:end])
        del box.data[:end]
        mail = raw.partition(b"\n")[2]
        if lost is not None or len(mail) > limit:
            too_long(line)
        yield line, _ESCAPED.sub(rb"\1", mail[:limit])
        line += raw.count(b"\n") + (lost or 0)


def _end(box: _Box, limit: int, manner: str) -> tuple[int, int | None]:
    """Return where the first mail held ends, and how many lines of it were let go because it is too long, or None."""
    told = _told_end(box, limit, manner)
    if told:
        return told, None
    at, lost = 0, None
    while True:
        at = box.data.find(b"\nFrom", at)
        if at < 0:
            at = max(len(box.data) - len(b"\nFrom"), 0)
            if not box.holds(len(box.data) + 1):
                return len(box.data), lost
        else:
            box.holds(at + HEAD_BYTES)
            if _parts(box.data, at + 1, manner):
                return at + 1, lost
            at += 1
        if at > limit + HEAD_BYTES:
            lost = (lost or 0) + box.data.count(b"\n", limit, at)
            del box.data[limit:at]
            at = limit


def _told_end(box: _Box, limit: int, manner: str) -> int:
    """Return where the mail ends by its Content-Length (mboxcl), or 0 where it has none or no mail's end is there."""
    body = box.data.find(b"\n\n", 0, HEAD_BYTES) + 2
    other = box.data.find(b"\n\r\n", 0, body if body > 1 else HEAD_BYTES) + 3
    body = other if other > 2 else body
    length = _LENGTH.search(box.data, 0, body) if body > 1 else None
    if not length or int(length[1]) > limit:
        return 0
    end = body + int(length[1])
    box.holds(end + HEAD_BYTES)
    if end > len(box.data):
        return 0
    while end < len(box.data) and box.data[end] in b"\r\n":
        end += 1
    return end if end == len(box.data) or (box.data[end - 1] == ord("\n") and _parts(box.data, end, manner)) else 0


def _parts(data: bytearray, at: int, manner: str) -> bool:
    """Return whether the line at `at` parts mails, in a mailbox whose first `From ` line was of that manner.

    With an empty line before it and a date in it, one line that names the writer or that programs write is enough, or any line of a
    head where it is as the standard has it; else the whole head must be there, and where something is unlike the first parting, with a
    line that programs write and people do not copy.
    """
    line = _FROM.match(data, at)
    if not line:
        return False
    here = _manner(line[0])
    names, closed = _head(data, line.end())
    after_gap = bool(_GAP.search(data, max(at - 80, 0), at))
    known = [name for name in names if _is_known(name)]
    by_program = any(map(_PROGRAMS.match, known))
    if here == "date" and after_gap:
        return bool(known) and (by_program or bool(_WRITERS.intersection(names) or _WHOLE.match(line[0])))
    if not closed or len(known) < 2 or not _WRITERS.intersection(names):
        return False
    alike = here == manner != "words"
    return here == "date" or (alike and (after_gap or len(known) > 2)) or by_program


def _manner(line: bytes) -> str:
    """Return what a `From ` line holds: a date, several words, one word (an address, a dash) or nothing."""
    if _DATE.search(line):
        return "date"
    words = line.split()[1:]
    if len(words) > 1:
        return "words"
    return "word" if words else ""


def _is_known(name: bytes) -> bool:
    return name in _PEOPLES or bool(_PROGRAMS.match(name))


def _head(data: bytes | bytearray, at: int) -> tuple[list[bytes], bool]:
    """Return the names of the fields that stand in a row there, and whether an empty line or the file's end follows them."""
    names: list[bytes] = []
    above = _ENVELOPES.match(data, at)
    at = above.end() if above else at
    end = at + HEAD_BYTES
    while at < end and (found := _FIELD.match(data, at)):
        names.append(bytes(found[0]).partition(b":")[0].strip().lower())
        at = found.end()
    return names, bool(_BLANK.match(data, at))


def _lines_of(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces, with the line ends of old Macs made those of all others."""
    first = next(pieces, b"")
    if b"\r" in first and b"\n" not in first:
        yield _lined(first)
        yield from (piece.replace(b"\r", b"\n") for piece in pieces)
    else:
        yield first
        yield from pieces


def _lined(head: bytes) -> bytes:
    return head.replace(b"\r", b"\n") if b"\n" not in head else head
