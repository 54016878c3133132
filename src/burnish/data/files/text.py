"""Bytes to text: the encoding found out by looking, and a fault where a file is not what its bytes should be."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.store import READ_ERRORS, Store

LINE_CHARACTERS = 4_000_000
"""A longer line is cut in two: no person wrote it, and the memory must hold it."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are no UTF-8 as Windows-1252, the commonest other encoding of exports."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


WINDOWS = "burnish-windows"
"""The error handler that reads them so."""
codecs.register_error(WINDOWS, _as_windows)


def encoding_of(head: bytes) -> str:
    """Return the encoding that a byte order mark or zero bytes tell, else UTF-8."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if len(head) > 3 and head[1::2].count(0) > 0.4 * len(head[1::2]):
        return "utf-16-le"
    return "utf-8"


def decoded(store: Store, member: Member, desk: Desk) -> Iterator[str]:
    """Yield a member's text in pieces. Bytes that are no UTF-8 are read as Windows-1252, a damaged end is cut off; both are faults."""
    told = False
    decoder: codecs.IncrementalDecoder | None = None
    offset = 0
    try:
        for piece in store.pieces(member):
            if decoder is None:
                name = encoding_of(piece[:4096])
                decoder = codecs.getincrementaldecoder(name)(WINDOWS if name.startswith("utf-8") else "replace")
            if not told and not piece.isascii():
                told = _told_of(piece, offset, member, desk, decoder)
            offset += len(piece)
            yield decoder.decode(piece)
        if decoder is not None:
            yield decoder.decode(b"", final=True)
    except READ_ERRORS as error:
        remedy = "export it again; what stands before was read"
        desk.fault(member.shown, "the file is damaged", place=f"byte {offset}", seen=str(error), remedy=remedy)


def _told_of(piece: bytes, offset: int, member: Member, desk: Desk, decoder: codecs.IncrementalDecoder) -> bool:
    """Note the first byte that is no UTF-8 as a fault, and return whether there was one."""
    waiting = decoder.getstate()[0]
    try:
        codecs.getincrementaldecoder("utf-8")().decode(waiting + piece)
    except UnicodeDecodeError as error:
        if encoding_of(piece[:4096]) not in ("utf-8", "utf-8-sig"):
            return True
        at = error.start - len(waiting)
        remedy = "it was read as Windows-1252 there; save the file as UTF-8 if words look wrong"
        desk.fault(member.shown, "not UTF-8", place=f"byte {offset + at}", seen=f"byte 0x{piece[max(at, 0)]:02x}", remedy=remedy)
        return True
    return False


def lines(store: Store, member: Member, desk: Desk) -> Iterator[str]:
    """Yield a member's lines without their ends, whatever system's they are."""
    ends = io.IncrementalNewlineDecoder(None, translate=True)
    rest = ""
    for piece in decoded(store, member, desk):
        *whole, rest = (rest + ends.decode(piece)).split("\n")
        yield from whole
        while len(rest) > LINE_CHARACTERS:
            yield rest[:LINE_CHARACTERS]
            rest = rest[LINE_CHARACTERS:]
    if rest:
        yield rest
