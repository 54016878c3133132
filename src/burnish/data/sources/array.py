"""A JSON array of rows, split into its elements as it streams by: one broken element does not cost the others.

A reader of whole JSON texts would stop at the first fault and know no line; so brackets and quotes are followed by hand. A line
break always ends a text (JSON allows none inside). Once an element is known to be broken (a text not closed on its line, brackets
that do not match, an object where a key must stand), a { that begins a line as far in as the element's own begins the next one.
Not covered: after a missing bracket in a file written all on one line, or a list that is not closed, what follows is one element
with the broken one: objects may well follow each other in a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from burnish.data.flaw import Flaw, plain
from burnish.data.sources.raw import PIECE, LineCount, RawRow, too_long

NAME = "JSON array"
AFTER_THE_END = "something stands after the end of the array"

_OUTSIDE = re.compile(rb'["\[\]{},]')
_PLAIN = re.compile(rb'[^"\\\r\n]*+')
_WORD = re.compile(rb"[^ \t\r\n]")


def rows(file: BinaryIO, limit: int) -> Iterator[RawRow]:
    """Yield the elements of the array that begins where the file stands; none is held beyond `limit` bytes."""
    splitter = _Splitter(file.tell(), limit)
    while piece := file.read(PIECE):
        yield from splitter.feed(piece)
    yield from splitter.end()


class _Splitter:
    """Follows brackets and quotes through the pieces of a file."""

    def __init__(self, byte: int, limit: int) -> None:
        self.offset = byte  # of the piece that is fed
        self.lines = LineCount()
        self.limit = limit
        self.open = _Brackets()  # 0 deep outside the array, 1 between its elements, more within one
        self.ended = False
        self.quoted = False
        self.escaped = False  # the piece before ended in a backslash
        self.element = _Element()

    def feed(self, piece: bytes) -> Iterator[RawRow]:
        """Yield the elements that end in this piece."""
        begin = 0  # of what is not yet taken in
        for position, mark in self._marks(piece):
            if self.ended:
                break
            if self.open.depth == 0:
                self.open.push(mark)
                self.lines.pass_over(piece[begin : position + 1])
                begin = position + 1
            elif self.open.depth == 1 and mark in b",]":
                self._take(piece, begin, position)
                yield from self._row(self.offset + position, last=mark == b"]")
                self.lines.pass_over(mark)
                begin = position + 1
                self.ended = mark == b"]"
            elif mark in b"[{":
                if mark == b"{" and self.open.depth > 1 and (self.element.broken or self.open.in_object):
                    self._take(piece, begin, position)
                    begin = position
                    yield from self._next_after_broken(self.offset + position)
                self.open.push(mark)
            elif mark in b"]}" and self.open.depth > 1:
                self.element.broken |= not self.open.pop(mark)
        self._take(piece, begin, len(piece))
        self.offset += len(piece)

    def end(self) -> Iterator[RawRow]:
        """Yield what is left at the end of the file: an element, or words after the array."""
        if self.ended:
            if self.element.size:
                yield self._flawed(AFTER_THE_END, "take it out, or put it inside the brackets")
            return
        yield from self._row(self.offset, last=True)
        remedy = "write ] at the end; the file may have been cut off"
        yield self._flawed("the array is not closed", remedy, self.lines.line, self.offset)

    def _marks(self, piece: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the brackets and commas that stand outside texts."""
        position = 1 if self.escaped and piece[:1] not in b"\r\n" else 0
        self.escaped = False
        while position < len(piece):
            if self.quoted:
                position = self._within(piece, position)
                continue
            found = _OUTSIDE.search(piece, position)
            if not found:
                return
            position = found.end()
            self.quoted = found[0] == b'"'
            if not self.quoted:
                yield found.start(), found[0]

    def _within(self, piece: bytes, position: int) -> int:
        """Return where to go on after the next quote, line break or backslash of the text that `position` is in."""
        found = _PLAIN.match(piece, position)
        end = found.end() if found else position
        mark = piece[end : end + 1]
        if mark != b"\\":
            self.quoted = not mark
            self.element.broken |= mark in (b"\r", b"\n")
            return end + 1
        self.escaped = end + 1 == len(piece)
        return end + 1 + (piece[end + 1 : end + 2] not in b"\r\n")

    def _take(self, piece: bytes, begin: int, end: int) -> None:
        """Add a part of the piece to the element that is open."""
        if not self.element.size:
            first = _WORD.search(piece, begin, end)
            start = first.start() if first else end
            self.lines.pass_over(piece[begin:start])
            self.element.wait(piece[begin:start], self.lines.line, self.offset + start)
            begin = start
        if begin < end:
            self.element.add(piece[begin:end], self.limit)
            self.lines.pass_over(piece[begin:end])

    def _next_after_broken(self, byte: int) -> Iterator[RawRow]:
        """Where an element is broken and the next one plainly begins at `byte`, yield the broken one and open the next."""
        element = self.element
        element.broken |= self.open.in_object and element.ends_in_comma()
        if not element.broken or element.size > self.limit or not element.is_met_again():
            return
        indent = element.indent
        yield from self._row(byte, last=False)
        self.element.wait(b"\n" + (indent or b""), self.lines.line, byte)
        self.open = _Brackets()
        self.open.push(b"[")

    def _row(self, byte: int, *, last: bool) -> Iterator[RawRow]:
        """Yield the element that is open, and open the next. Nothing before the end of an array is no element."""
        element, self.element = self.element, _Element(after_comma=not last)
        if element.size > self.limit:
            yield too_long(element.line, element.byte, bytes(element.text), element.size, self.limit)
        elif element.size:
            yield RawRow(line=element.line, byte=element.byte, text=bytes(element.text).rstrip(b" \t\r\n"))
        elif not last or element.after_comma:
            yield self._flawed("a comma too many in the array", "take the comma out", self.lines.line, byte)

    def _flawed(self, reason: str, remedy: str, line: int = 0, byte: int = 0) -> RawRow:
        words = bytes(self.element.text[:64])
        seen = plain(words.decode("utf-8", errors="replace"))
        flaw = Flaw(reason=reason, seen=seen, remedy=remedy)
        return RawRow(line=line or self.element.line, byte=byte or self.element.byte, text=words, flaw=flaw)


class _Brackets:
    """The brackets that are open; beyond 1,000 only how many, so that a file of brackets costs no memory."""

    def __init__(self) -> None:
        self.stack = bytearray()
        self.depth = 0

    @property
    def in_object(self) -> bool:
        return self.depth == len(self.stack) and self.stack.endswith(b"{")

    def push(self, mark: bytes) -> None:
        self.depth += 1
        if self.depth <= 1000:
            self.stack += mark

    def pop(self, mark: bytes) -> bool:
        """Close one bracket and return whether it was of that kind."""
        self.depth -= 1
        return self.depth >= 1000 or self.stack.pop() == {b"]": ord("["), b"}": ord("{")}[mark]


class _Element:
    """An element as it comes in."""

    def __init__(self, *, after_comma: bool = False) -> None:
        self.line = 1
        self.byte = 0
        self.after_comma = after_comma
        self.broken = False
        self.lead = b""  # the end of the white space before it
        self.size = 0
        self.text = bytearray()

    @property
    def indent(self) -> bytes | None:
        """The white space before the element on its line; None where something else stands before it."""
        start = max(self.lead.rfind(b"\n"), self.lead.rfind(b"\r"))
        return self.lead[start + 1 :] if start >= 0 else None

    def wait(self, space: bytes, line: int, byte: int) -> None:
        """Take in white space before the first word, and where that word would stand."""
        self.lead = (self.lead + space)[-200:]
        self.line, self.byte = line, byte

    def add(self, words: bytes, limit: int) -> None:
        """Take more of the element in; beyond the limit only its head is kept."""
        self.size += len(words)
        if self.size <= limit:
            self.text += words
        else:
            self.text = bytearray((bytes(self.text[:64]) + words[:64])[:64])

    def ends_in_comma(self) -> bool:
        """Return whether the last word so far is a comma."""
        return self.text[-200:].rstrip().endswith(b",")

    def is_met_again(self) -> bool:
        """Return whether what comes next begins a line as far in as the element itself did (or hardly, after the opening [)."""
        tail = bytes(self.text[-200:])
        start = max(tail.rfind(b"\n"), tail.rfind(b"\r"))
        head = tail[start + 1 :]
        return start >= 0 and not head.strip() and (head == self.indent or (self.indent is None and len(head) <= 1))
