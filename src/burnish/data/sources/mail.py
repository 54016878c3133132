"""Mail: mbox, .eml files and Maildir folders, one message held at a time; what each says anew, with its thread.

Formats: RFC 4155 (mbox, with `>From ` as in mboxrd), RFC 5322 and 2045 to 2047 (messages, MIME, encoded words), by Python's own reader.
"""

from __future__ import annotations

import email
import email.errors
import re
from collections.abc import Iterator
from datetime import UTC
from email import header, message, policy, utils

from burnish.data.files.desk import Desk
from burnish.data.files.markup import text_of
from burnish.data.files.member import Member
from burnish.data.files.reply import reply_of
from burnish.data.files.store import READ_ERRORS, Store
from burnish.records.post import Post

NAME = "email"
CATEGORY = "style"
BY_CHANNEL = False
MESSAGE_BYTES = 32 * 1024**2
"""Of a longer message only the beginning is read: what follows are attachments."""

_HEADER_LINE = re.compile(rb"^(\xef\xbb\xbf)?[A-Za-z][A-Za-z0-9-]*[ \t]*:[ \t\r\n]")
_FROM_LINE = re.compile(rb"^From \S+.*\d\d:\d\d")
_LONE_FROM = re.compile(rb"^From \S[^\n:]*\r?\n[A-Za-z][A-Za-z0-9-]*:")
"""A single mail that was saved with the line of a mailbox before it, without its time."""
_REPLY = re.compile(r"^\s*((re|aw|sv|antw|vs|odp|rv|ref|fwd?|wg|tr)(\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]+>")


def suits(store: Store) -> str:
    """Return why this is mail, or ""."""
    for one in store.members[:50]:
        head = store.head(one)
        if _FROM_LINE.match(head):
            return f'{one.name} begins with "From " as a mailbox does'
        if _HEADER_LINE.match(head) and re.search(rb"(?im)^(from|received|message-id|return-path|delivered-to|subject): ", head):
            return f"{one.name} begins with the head of a mail"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Post]:
    """Yield every mail. Threads are found by Message-ID, In-Reply-To and References, else by the subject after Re:."""
    reader = _Reader(desk)
    for member in store.members:
        head = store.head(member)
        if _FROM_LINE.match(head):
            raws = _mbox(store, member, desk)
        elif _HEADER_LINE.match(head) or _LONE_FROM.match(head):
            raws = _single(store, member, desk)
        else:
            desk.fault(member.shown, "this is no mail", seen=head[:40].decode("utf-8", "replace"), remedy="it was left out")
            continue
        for number, raw in raws:
            yield reader.post(raw, member, number)


def _single(store: Store, member: Member, desk: Desk) -> Iterator[tuple[int, bytes]]:
    raw = b""
    try:
        for piece in store.pieces(member):
            if len(raw) < MESSAGE_BYTES:
                raw += piece
    except READ_ERRORS as error:
        desk.fault(
            member.shown, "the file is damaged", place=f"byte {len(raw)}", seen=str(error), remedy="its beginning was read"
        )
    yield 1, raw.partition(b"\n")[2] if _LONE_FROM.match(raw) else raw[:MESSAGE_BYTES]


def _mbox(store: Store, member: Member, desk: Desk) -> Iterator[tuple[int, bytes]]:
    """Yield (line of the `From `, raw message) of a mailbox, in memory for one message."""
    held: list[bytes] = []
    size, began, blank = 0, 0, True
    for number, line in enumerate(_lines(store, member, desk), start=1):
        if blank and line.startswith(b"From ") and _FROM_LINE.match(line):
            if began:
                yield began, b"".join(held)
            held, size, began = [], 0, number
        elif size < MESSAGE_BYTES:
            held.append(line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(b"From ") else line)
            size += len(line)
            if size >= MESSAGE_BYTES:
                place = f"line {began}"
                desk.fault(
                    member.shown, "a mail is very long", place=place, seen=f"over {size} bytes", remedy="its beginning was read"
                )
        blank = not line.strip()
    if began:
        yield began, b"".join(held)


def _lines(store: Store, member: Member, desk: Desk) -> Iterator[bytes]:
    rest = b""
    try:
        for piece in store.pieces(member):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line + b"\n"
            if len(rest) > MESSAGE_BYTES:
                yield rest
                rest = b""
    except READ_ERRORS as error:
        desk.fault(member.shown, "the file is damaged", seen=str(error), remedy="what stands before was read")
    if rest:
        yield rest


class _Reader:
    """Makes posts of mails and remembers the threads."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.threads: dict[str, str] = {}  # thread of each Message-ID seen
        self.subjects: dict[str, str] = {}  # the last thread of each subject
        self.channels: dict[str, str] = {}  # the subject each thread began with

    def post(self, raw: bytes, member: Member, number: int) -> Post:
        """Return one mail as a post."""
        mail = email.message_from_bytes(raw, policy=policy.compat32)
        name, address = _sender(mail)
        author = name or address
        self.desk.known_as(author, address)
        subject = " ".join(_words(mail, "Subject").split())
        own = next(iter(_ID.findall(_words(mail, "Message-ID"))), "")
        again = bool(own) and own in self.threads
        thread = self._thread(mail, own, subject, f"{member.shown}:{number}")
        return Post(
            source=NAME,
            channel=self.channels.setdefault(thread, _REPLY.sub("", subject) or "(no subject)"),
            author=author,
            time=self._time(mail, member, number),
            text=self._text(mail, member, number),
            file=member.shown,
            number=number,
            thread=thread,
            bot=_words(mail, "Auto-Submitted").strip().lower() not in ("", "no") or mail.get_content_type() == "multipart/report",
            notice="the same mail again" if again else "",
        )

    def _thread(self, mail: message.Message, own: str, subject: str, place: str) -> str:
        """Return the thread: that of an earlier mail it answers, else the first reference, else by its subject, else its own."""
        before = [*_ID.findall(_words(mail, "References")), *_ID.findall(_words(mail, "In-Reply-To"))]
        bare = _REPLY.sub("", subject).casefold()
        known = next((self.threads[one] for one in reversed(before) if one in self.threads), "")
        found = known or next(iter(before), "")
        if not found and bare and _REPLY.match(subject):
            found = self.subjects.get(bare, "")
        thread = found or self.threads.get(own, "") or own or place
        if own:
            self.threads.setdefault(own, thread)
        if bare:
            self.subjects[bare] = thread
        return thread

    def _time(self, mail: message.Message, member: Member, number: int) -> float | None:
        words = _words(mail, "Date")
        try:
            found = utils.parsedate_to_datetime(words)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            if words:
                self.desk.fault(
                    member.shown,
                    "a date cannot be read",
                    place=f"line {number}",
                    seen=words,
                    remedy="the mail stands where it was",
                )
            return None

    def _text(self, mail: message.Message, member: Member, number: int) -> str:
        try:
            plain, page = _bodies(mail)
            return reply_of(plain if plain.strip() else text_of(page))
        except (email.errors.MessageError, AssertionError, LookupError, ValueError) as error:
            self.desk.fault(
                member.shown, "a mail cannot be read", place=f"line {number}", seen=str(error), remedy="its words were left out"
            )
            return ""


def _bodies(mail: message.Message) -> tuple[str, str]:
    """Return the first text and the first page in HTML that are no attachments; "" for what is not there."""
    found = {"text/plain": "", "text/html": ""}
    forwarded: set[int] = set()
    for part in mail.walk():
        kind = part.get_content_type()
        if id(part) in forwarded or kind == "message/rfc822":
            payload = part.get_payload()
            forwarded.update(id(one) for one in (payload if isinstance(payload, list) else []))
            continue
        if kind in found and not found[kind] and part.get_content_disposition() != "attachment" and not part.is_multipart():
            found[kind] = _decoded(part)
    return found["text/plain"], found["text/html"]


def _decoded(part: message.Message) -> str:
    raw = part.get_payload(decode=True)
    payload = raw if isinstance(raw, bytes) else b""
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            return payload.decode(charset)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return payload.decode("cp1252", errors="replace")


def _words(mail: message.Message, name: str) -> str:
    """Return a head's words, decoded as far as they can be."""
    value = mail.get(name)
    if value is None:
        return ""
    try:
        return str(header.make_header(header.decode_header(value)))
    except (email.errors.HeaderParseError, LookupError, UnicodeError, ValueError):
        return str(value).encode("utf-8", "replace").decode("utf-8")


def _sender(mail: message.Message) -> tuple[str, str]:
    """Return (name, address) of who wrote it."""
    for name in ("From", "Sender", "Reply-To"):
        raw = mail.get(name)
        if raw is None:
            continue
        shown, address = utils.parseaddr(str(raw))
        try:
            shown = str(header.make_header(header.decode_header(shown)))
        except (email.errors.HeaderParseError, LookupError, UnicodeError, ValueError):
            shown = shown.encode("utf-8", "replace").decode("utf-8")
        if shown or address:
            return " ".join(shown.split()), address
    return "", ""
