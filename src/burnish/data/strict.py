"""JSON as RFC 8259 has it, and nothing more: what Python's reader lets pass (NaN, lone surrogates, endless depth) is refused."""

from __future__ import annotations

import json
import math
import re
import threading
from collections import Counter
from typing import Any, NoReturn

from burnish.data.flaw import Flaw, plain
from burnish.errors import DataError
from burnish.records.codec import JSON

BOM = b"\xef\xbb\xbf"
DEPTH = 200
"""The deepest nesting read. RFC 8259 section 9 leaves the limit to the reader; no conversation comes near it."""
DIGITS = 4300
"""The most digits of a whole number, Python's own limit (CVE-2020-10735)."""

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+|[\[{]|[\]}]', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_PLAIN = {
    "Expecting value": "a value is missing or is not JSON",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Expecting ':' delimiter": "a colon is missing after a key",
    "Expecting property name enclosed in double quotes": "a key in double quotes is missing",
    "Illegal trailing comma before end of object": "there is a comma too many",
    "Illegal trailing comma before end of array": "there is a comma too many",
    "Unterminated string starting at": "a text has no closing quote",
    "Invalid control character at": "a line break, tab or control character stands inside a text",
    "Invalid \\escape": "a backslash is followed by a letter that JSON does not know",
    "Invalid \\uXXXX escape": "a \\u is not followed by four hex digits",
    "Extra data": "something stands after the end of the value",
}
_REMEDIES = {
    "Expecting property name enclosed in double quotes": "write keys and texts in double quotes, and no comma before a closing }",
    "Invalid control character at": "write a line break inside a text as \\n and a tab as \\t",
    "Invalid \\escape": "write a backslash as \\\\",
    "Extra data": "write one object a line",
}


class JsonError(DataError):
    """A text that is not JSON. `flaw` tells where and why."""

    def __init__(self, what: str, *, seen: str = "", remedy: str = "", byte: int = 0) -> None:
        """Keep the three parts, and the offset in bytes from the start of the text."""
        super().__init__(what, seen=seen, remedy=remedy)
        self.flaw = Flaw(reason=what, seen=seen, remedy=remedy, byte=byte)


def parse_json(text: bytes) -> JSON:
    """Return the value of one JSON text in UTF-8, with or without BOM; of a key that stands twice, the last value counts.

    Raises JsonError (a DataError) with the byte where it is no JSON by RFC 8259, is nested deeper than 200, or holds a number
    that no 64-bit float and no 4,300 digits can hold.
    """
    return parse_row(text)[0]


def parse_row(text: bytes) -> tuple[JSON, list[str]]:
    """Return the value of one JSON text, and the keys that stand more than once in one object. Raises JsonError."""
    skipped = len(BOM) if text.startswith(BOM) else 0
    words = _decoded(text, skipped)
    _refuse_deep(words, skipped)
    reader = _reader()
    repeated = reader.repeated = []
    try:
        value = reader.decoder.decode(words)
    except json.JSONDecodeError as error:
        raise _explained(error, skipped) from None
    _refuse_lone_surrogates(words, skipped)
    return value, repeated


def spans_lines(text: bytes) -> bool:
    """Return whether a text begins with one JSON object that is written over several lines."""
    words = text.removeprefix(BOM).decode("utf-8", errors="replace").lstrip()
    try:
        _refuse_deep(words, 0)
        value, end = json.JSONDecoder().raw_decode(words)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and bool(re.search(r"[\r\n]", words[:end]))


def _decoded(text: bytes, skipped: int) -> str:
    try:
        return text[skipped:].decode("utf-8")
    except UnicodeDecodeError as error:
        at = skipped + error.start
        around = text[max(0, at - 15) : at + 30].decode("cp1252", errors="replace")
        raise JsonError(
            "not UTF-8",
            seen=f"byte 0x{text[at]:02x} in {plain(around)}",
            remedy="save the file as UTF-8 (it may be Windows-1252 or Latin-1 now)",
            byte=at,
        ) from None


def _refuse_deep(words: str, skipped: int) -> None:
    """Refuse what would take Python's reader to the end of its stack, before it starts."""
    if words.count("[") + words.count("{") <= DEPTH:
        return
    depth = 0
    for found in _TOKEN.finditer(words):
        depth += (found[0] in "[{") - (found[0] in "]}")
        if depth > DEPTH:
            at = found.start()
            raise JsonError(
                f"nested deeper than {DEPTH} brackets",
                seen=plain(words[at : at + 61]),
                remedy="check that every [ and { is closed",
                byte=_bytes_before(words, at, skipped),
            )


def _refuse_lone_surrogates(words: str, skipped: int) -> None:
    """Refuse an escape that is half of a character: it is no text, and no file could hold it (RFC 8259 section 8.2)."""
    if not _SURROGATE.search(words):
        return
    high: re.Match[str] | None = None
    for found in _ESCAPE.finditer(words):
        code = int(found[1], 16) if found[1] else 0
        if high is not None and found.start() == high.end() and 0xDC00 <= code < 0xE000:
            high = None
            continue
        if high is not None:
            raise _half_character(high, words, skipped)
        if 0xDC00 <= code < 0xE000:
            raise _half_character(found, words, skipped)
        high = found if 0xD800 <= code < 0xDC00 else None
    if high is not None:
        raise _half_character(high, words, skipped)


def _half_character(found: re.Match[str], words: str, skipped: int) -> JsonError:
    return JsonError(
        "half of a character is written (a lone surrogate)",
        seen=found[0],
        remedy="write the character itself, or both halves (\\ud83d\\ude00)",
        byte=_bytes_before(words, found.start(), skipped),
    )


def _explained(error: json.JSONDecodeError, skipped: int) -> JsonError:
    reason = _PLAIN.get(error.msg, error.msg)
    if not error.doc.strip():
        reason = "nothing is there"
    seen = plain(error.doc[error.pos : error.pos + 61]) or "the end of the text"
    return JsonError(
        f"not JSON: {reason}",
        seen=seen,
        remedy=_REMEDIES.get(error.msg, "mend the text there; python -m json.tool shows JSON as it is read"),
        byte=_bytes_before(error.doc, error.pos, skipped),
    )


def _bytes_before(words: str, position: int, skipped: int) -> int:
    return skipped + len(words[:position].encode("utf-8"))


class _Reader:
    """A reader of JSON that makes each object and notes the keys that stand twice in it."""

    def __init__(self) -> None:
        self.repeated: list[str] = []
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._made, parse_constant=_no_constant, parse_float=_float, parse_int=_int
        )

    def _made(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self.repeated.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return value


_OF_THREAD = threading.local()


def _reader() -> _Reader:
    """Return the thread's reader: to make one for each row takes longer than to read a short one."""
    try:
        found: _Reader = _OF_THREAD.reader
    except AttributeError:
        found = _OF_THREAD.reader = _Reader()
    return found


def _no_constant(name: str) -> NoReturn:
    raise JsonError(f"not JSON: {name} is no JSON number", seen=name, remedy="write null or a number instead")


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise JsonError("a number is too large", seen=plain(digits), remedy="write numbers under 1e308")
    return value


def _int(digits: str) -> int:
    if len(digits) > DIGITS:
        raise JsonError(f"a number of more than {DIGITS:,} digits", seen=plain(digits), remedy="write it as a text, in quotes")
    return int(digits)
