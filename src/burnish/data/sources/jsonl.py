"""JSON Lines: one row a line; a line is never held beyond the limit, so a 200 MB line costs no memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from burnish.data.sources.raw import PIECE, RawRow, too_long

NAME = "JSON Lines"
_SPACE = b" \t"


def rows(file: BinaryIO, limit: int) -> Iterator[RawRow]:
    """Yield the lines that are not blank, from where the file stands; CR LF, LF and CR each end a line."""
    line, offset = _Line(1, file.tell(), limit), file.tell()
    after_cr = False
    while piece := file.read(PIECE):
        if after_cr and piece.startswith(b"\n"):  # the second half of a CR LF that fell between two pieces
            offset, piece = offset + 1, piece[1:]
            line.byte = offset
            after_cr = False
            if not piece:
                continue
        for part in piece.splitlines(keepends=True):
            words = part.rstrip(b"\r\n")
            line.add(words)
            offset += len(part)
            if len(words) < len(part):
                yield from line.row()
                line = _Line(line.number + 1, offset, limit)
        after_cr = piece.endswith(b"\r")
    yield from line.row()


class _Line:
    """A line as it comes in."""

    def __init__(self, number: int, byte: int, limit: int) -> None:
        self.number = number
        self.byte = byte
        self.limit = limit
        self.size = 0
        self.text = bytearray()

    def add(self, words: bytes) -> None:
        """Take more of the line in; beyond the limit only its head is kept."""
        self.size += len(words)
        if self.size <= self.limit:
            self.text += words
        else:
            self.text = bytearray((bytes(self.text[:64]) + words[:64])[:64])

    def row(self) -> Iterator[RawRow]:
        """Yield the line as a row, unless it is blank."""
        if self.size > self.limit:
            yield too_long(self.number, self.byte, bytes(self.text), self.size, self.limit)
            return
        words = bytes(self.text).lstrip(_SPACE)
        if words:
            yield RawRow(line=self.number, byte=self.byte + self.size - len(words), text=words.rstrip(_SPACE))
