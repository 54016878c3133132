"""The words of a mail's head: encoded words (RFC 2047), and letters that stand there raw, in any encoding that the mail names."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from email import message, utils
from functools import cached_property

from burnish.data.files.charset import western, words_in

_WORD = re.compile(r"=\?([^?*\s]+)(?:\*[^?]*)?\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_NAMING = ("subject", "from", "to", "cc")


class Head:
    """A mail's head, read with the encodings that the mail names anywhere for what names none itself."""

    def __init__(self, mail: message.Message) -> None:
        self._raw: dict[str, str] = {}
        for name, value in mail.raw_items():
            self._raw.setdefault(name.strip().casefold(), str(value))
        self.unread: list[str] = []
        """The names of the fields with letters in no encoding that the mail names."""
        self._mail = mail

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The encodings that the head names, and the first of the body."""
        named = [found[0] for name in _NAMING for found in _WORD.findall(self._raw.get(name, ""))]
        body = next((part.get_content_charset() or "" for part in self._mail.walk() if part.get_content_maintype() == "text"), "")
        return tuple(dict.fromkeys(label for label in (*named, body) if label))

    def words(self, name: str) -> str:
        """Return the words of a field; "" where there is none, and without those that cannot be read."""
        return self._read(name, _FOLD.sub("", self._raw.get(name.casefold(), "")))

    def people(self, name: str) -> list[tuple[str, str]]:
        """Return (name, address) of everybody whom a field names."""
        raw = self._raw_names(name)
        return (
            [(" ".join(self._read(name, shown).split()), address) for shown, address in utils.getaddresses([raw])] if raw else []
        )

    def sender(self) -> tuple[str, str]:
        """Return (name, address) of who wrote the mail."""
        for name in ("from", "sender", "reply-to"):
            raw = self._raw_names(name)
            shown, address = utils.parseaddr(raw)
            shown = " ".join(self._read(name, shown).split())
            if shown or address:
                return shown, address
        return "", ""

    def _raw_names(self, name: str) -> str:
        """Return a field of addresses, raw letters read: of some encodings the bytes of brackets and quotes are halves of letters."""
        raw = _FOLD.sub("", self._raw.get(name.casefold(), ""))
        if "=?" in raw or (raw.isascii() and "\x1b" not in raw):
            return raw
        return words_in(_bytes(raw), *self.labels) or raw

    def _read(self, name: str, value: str) -> str:
        if "=?" not in value and value.isascii() and "\x1b" not in value:
            return value
        found = ""
        for label, raw in _pieces(value):
            words = words_in(raw, label, *(() if raw.isascii() else self.labels))
            if words is None:
                self.unread.append(name)
                words = western(raw) or ""
            found += words
        return found


def _pieces(value: str) -> Sequence[tuple[str, bytes]]:
    """Return (encoding, bytes) of the encoded words, joined where they follow each other, and ("", bytes) of what stands between."""
    pieces: list[tuple[str, bytes]] = []
    at = 0
    for found in _WORD.finditer(value):
        between = value[at : found.start()]
        follows = bool(pieces) and at > 0 and not between.strip()
        if between and not follows:
            pieces.append(("", _bytes(between)))
        label, raw = found[1].casefold(), _decoded(found[2], found[3])
        if follows and pieces[-1][0] == label:
            pieces[-1] = (label, pieces[-1][1] + raw)  # a letter may be cut in two by the words' ends
        else:
            pieces.append((label, raw))
        at = found.end()
    return [*pieces, ("", _bytes(value[at:]))] if value[at:] else pieces


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def _decoded(manner: str, words: str) -> bytes:
    raw = _bytes(words)
    if manner in "qQ":
        return binascii.a2b_qp(raw, header=True)
    raw = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    raw = raw[: len(raw) - (len(raw) % 4 == 1)]
    return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))
