"""Mail: mbox, .eml files and Maildir folders, one message held at a time; what each says anew, with its thread.

Formats: RFC 4155 (mbox, with `>From ` as in mboxrd), RFC 5322 and 2045 to 2047 (messages, MIME, encoded words), by Python's own reader,
RFC 3676 (flowed lines), and WHATWG's Encoding standard for letters.
"""

from __future__ import annotations

import email
import email.errors
import re
from collections.abc import Iterator
from datetime import UTC
from email import message, policy, utils

from burnish.data.files.desk import Desk
from burnish.data.files.mail_body import body_of
from burnish.data.files.mail_head import Head
from burnish.data.files.mbox import is_mbox, mails
from burnish.data.files.member import Member
from burnish.data.files.quote_head import Around
from burnish.data.files.reply import reply_of
from burnish.data.files.store import READ_ERRORS, Store
from burnish.records.post import Post

NAME = "email"
CATEGORY = "style"
BY_CHANNEL = False
UNREADABLE = "its letters fit no encoding"
MESSAGE_BYTES = 32 * 1024**2
"""Of a longer message only the beginning is read: what follows are attachments."""

_HEADER_LINE = re.compile(rb"^(\xef\xbb\xbf)?[A-Za-z][A-Za-z0-9-]*[ \t]*:[ \t\r\n]")
_LONE_FROM = re.compile(rb"^From \S[^\n:]*\r?\n[A-Za-z][A-Za-z0-9-]*:")
"""A single mail that was saved with the line of a mailbox before it, without its time."""
_REPLY = re.compile(r"^\s*((re|aw|sv|antw|vs|odp|rv|ref|fwd?|wg|tr)(\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]+>")


def suits(store: Store) -> str:
    """Return why this is mail, or ""."""
    for one in store.members[:50]:
        head = store.head(one)
        if is_mbox(head):
            return f'{one.name} begins with "From " as a mailbox does'
        if _HEADER_LINE.match(head) and re.search(rb"(?im)^(from|received|message-id|return-path|delivered-to|subject): ", head):
            return f"{one.name} begins with the head of a mail"
    return ""


def read(store: Store, desk: Desk) -> Iterator[Post]:
    """Yield every mail. Threads are found by Message-ID, In-Reply-To and References, else by the subject after Re:."""
    reader = _Reader(desk)
    for member in store.members:
        head = store.head(member)
        if is_mbox(head):
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

    def too_long(line: int) -> None:
        seen = f"over {MESSAGE_BYTES} bytes"
        desk.fault(member.shown, "a mail is very long", place=f"line {line}", seen=seen, remedy="its beginning was read")

    def pieces() -> Iterator[bytes]:
        try:
            yield from store.pieces(member)
        except READ_ERRORS as error:
            desk.fault(member.shown, "the file is damaged", seen=str(error), remedy="what stands before was read")

    return mails(pieces(), MESSAGE_BYTES, too_long)


class _Reader:
    """Makes posts of mails and remembers the threads."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.threads: dict[str, str] = {}  # thread of each Message-ID seen
        self.subjects: dict[str, str] = {}  # the last thread of each subject
        self.channels: dict[str, str] = {}  # the subject each thread began with
        self.writers: dict[str, tuple[str, ...]] = {}  # the names of those who wrote in each thread

    def post(self, raw: bytes, member: Member, number: int) -> Post:
        """Return one mail as a post."""
        mail = email.message_from_bytes(raw, policy=policy.compat32)
        head = Head(mail)
        name, address = head.sender()
        author = name or address
        self.desk.known_as(author, address)
        subject = " ".join(head.words("Subject").split())
        own = next(iter(_ID.findall(head.words("Message-ID"))), "")
        again = bool(own) and own in self.threads
        thread = self._thread(head, own, subject, f"{member.shown}:{number}")
        writers = self.writers.get(thread, ())
        mine = bool(self.desk.me) and self.desk.is_named(author, self.desk.me)
        around = Around(
            subject, lambda: (*writers, name, *(shown for field in ("to", "cc") for shown, _ in head.people(field))), mine
        )
        self.writers[thread] = writers if name in writers else (*writers, name)
        text, notice = self._text(mail, head, around, member, number)
        self._tell_unread(head, member, number)
        return Post(
            source=NAME,
            channel=self.channels.setdefault(thread, _REPLY.sub("", subject) or "(no subject)"),
            author=author,
            time=self._time(head, member, number),
            text=text,
            file=member.shown,
            number=number,
            thread=thread,
            bot=head.words("Auto-Submitted").strip().lower() not in ("", "no") or mail.get_content_type() == "multipart/report",
            notice="the same mail again" if again else notice,
        )

    def _thread(self, head: Head, own: str, subject: str, place: str) -> str:
        """Return the thread: that of an earlier mail it answers, else the first reference, else by its subject, else its own."""
        before = [*_ID.findall(head.words("References")), *_ID.findall(head.words("In-Reply-To"))]
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

    def _time(self, head: Head, member: Member, number: int) -> float | None:
        words = head.words("Date")
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

    def _text(self, mail: message.Message, head: Head, around: Around, member: Member, number: int) -> tuple[str, str]:
        """Return what a mail says anew, and why it says nothing that can be read, or ""."""
        try:
            body = body_of(mail, head)
        except (email.errors.MessageError, AssertionError, LookupError, ValueError) as error:
            self.desk.fault(
                member.shown, "a mail cannot be read", place=f"line {number}", seen=str(error), remedy="its words were left out"
            )
            return "", ""
        if body.doubt:
            what = (
                "a mail's letters are not in the encoding it names"
                if body.label
                else "a mail does not name the encoding of its letters"
            )
            remedy = "they fit no other that it names either, and the mail was set aside; save it anew as UTF-8"
            if body.doubt == "guessed":
                remedy = "they were read as Windows-1252; see whether the words are right"
            self.desk.fault(member.shown, what, place=f"line {number}", seen=f"charset {body.label or 'missing'}", remedy=remedy)
        return reply_of(body.text, around), UNREADABLE if body.doubt == "unread" else ""

    def _tell_unread(self, head: Head, member: Member, number: int) -> None:
        """Note the fields of a head whose letters are in no encoding that the mail names."""
        for name in dict.fromkeys(head.unread):
            what = f"the letters in {name.capitalize()} are in no encoding that the mail names"
            remedy = "what is western was read as Windows-1252, the rest left out"
            self.desk.fault(member.shown, what, place=f"line {number}", remedy=remedy)
