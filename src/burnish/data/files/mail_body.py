"""What a mail says: its first text, or else its first page in HTML, with the letters read as the mail says and lines put together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message

from burnish.data.files.charset import codec_of, western, words_in
from burnish.data.files.flowed import unflowed
from burnish.data.files.mail_head import Head
from burnish.data.files.markup import text_of

_OWN_LABEL = re.compile(
    rb"""<meta\b[^>]{0,400}?\bcharset\s*=\s*["']?\s*([\w.:+-]+)|<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:+-]+)""",
    re.IGNORECASE,
)
_OWN_BYTES = 1 << 16
"""So far a page says in which encoding it is."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a mail says."""

    text: str
    label: str
    """As which encoding the mail named the letters."""
    doubt: str = ""
    """`guessed` where they are in another one, `unread` where they fit none."""


def body_of(mail: message.Message, head: Head) -> Body:
    """Return the words of a mail; what names no encoding itself is read by those that its head names."""
    doubtful: list[Body] = []
    for kind, part in _parts(mail):
        body = _read(kind, part, head)
        if not body.doubt and body.text.strip():
            return body
        if body.doubt:
            doubtful.append(body)
    return next((body for body in sorted(doubtful, key=lambda body: body.doubt) if body.doubt), Body("", ""))


def _parts(mail: message.Message) -> list[tuple[str, message.Message]]:
    """Return the first text and the first page in HTML that are no attachments, and belong to no mail that is passed on."""
    found: dict[str, message.Message] = {}
    forwarded: set[int] = set()
    for part in mail.walk():
        kind = part.get_content_type()
        if id(part) in forwarded or kind == "message/rfc822":
            payload = part.get_payload()
            forwarded.update(id(one) for one in (payload if isinstance(payload, list) else []))
        elif kind not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment" or part.is_multipart():
            continue
        elif kind not in found or not found[kind].get_payload():
            found[kind] = part
    return [(kind, found[kind]) for kind in ("text/plain", "text/html") if kind in found]


def _read(kind: str, part: message.Message, head: Head) -> Body:
    """Return the words of one part."""
    raw = part.get_payload(decode=True)
    payload = raw if isinstance(raw, bytes) else b""
    label = part.get_content_charset() or ""
    words, doubt = words_in(payload, *_labels(kind, payload, label, head)), ""
    if words is None:
        words = western(payload)
        words, doubt = ("", "unread") if words is None else (words, "guessed")
    words = words.replace("\0", "")
    if kind == "text/html":
        return Body(text_of(words), label, doubt)
    manner = str(part.get("content-type", "")).casefold()
    if "flowed" in manner and str(part.get_param("format", "")).casefold() == "flowed":
        words = unflowed(words, delsp="delsp" in manner and str(part.get_param("delsp", "")).casefold() == "yes")
    return Body(words, label, doubt)


def _labels(kind: str, payload: bytes, label: str, head: Head) -> list[str]:
    """Return the encodings that a part may be in, the likeliest first."""
    own = _own_label(payload) if kind == "text/html" else ""
    if payload.isascii():
        return [label or own]
    if label in ("us-ascii", "ascii") or not codec_of(label):
        return [own, *head.labels, label]  # what says least is asked last
    return [label, own, *head.labels]


def _own_label(payload: bytes) -> str:
    """Return the encoding that a page names in its own head; none whose head could not be read without it."""
    found = _OWN_LABEL.search(payload[:_OWN_BYTES])
    label = (found[1] or found[2]).decode("ascii", "replace") if found else ""
    return "" if codec_of(label) in ("utf-7", "utf-16", "utf-32") else label
