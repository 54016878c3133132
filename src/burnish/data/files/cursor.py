"""JSON read as it streams by: a cursor that goes into the arrays and objects wanted and takes their values one by one.

An export is one object or array of up to gigabytes; only the value at the cursor is held. Values are made by Python's own reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

VALUE_CHARACTERS = 64 * 1024**2
"""The longest single value (a message, a conversation) that is held."""

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_NEXT_OBJECT = re.compile(r"[\[,]?[ \t]*\r?\n[ \t]*\{|\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")


class CursorError(ValueError):
    """The text is not JSON at a place."""

    def __init__(self, what: str, seen: str, character: int) -> None:
        super().__init__(what)
        self.what = what
        self.seen = seen
        self.character = character
        """1-based, in the text."""


class Cursor:
    """A place in a JSON text that comes in pieces."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text = ""
        self._at = 0
        self._before = 0  # characters that are no longer held
        self._ended = False

    def peek(self) -> str:
        """Return the next character that is no space, or "" at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """Take the value at the cursor. Raises CursorError."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if len(self._text) - self._at < VALUE_CHARACTERS and self._more():
                    continue
                long = len(self._text) - self._at >= VALUE_CHARACTERS
                raise self._error(
                    f"a value is longer than {VALUE_CHARACTERS} characters" if long else error.msg, error.pos
                ) from None
            except RecursionError:
                raise self._error("brackets are nested too deeply", self._at) from None
            except ValueError:  # more digits than Python makes a number of
                raise self._error("a number has too many digits", self._at) from None
            if end < len(self._text) or not self._more():
                self._at = end
                return value

    def fields(self) -> Iterator[str]:
        """Go into the object at the cursor and yield each key, the cursor then standing at its value, which must be taken."""
        self._take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            key = self.value()
            self._take(":")
            yield key
            if self._next_or_end("}"):
                return

    def items(self) -> Iterator[Any]:
        """Go into the array at the cursor and yield each value. A broken one raises CursorError; `skip_broken` goes on after it."""
        for _ in self.elements():
            yield self.value()

    def elements(self) -> Iterator[None]:
        """Go into the array at the cursor and stop at each element, which must be taken."""
        self._take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield None
            if self._next_or_end("]"):
                return

    def skip_broken(self) -> bool:
        """Go to where the next object of a list seems to begin, and return whether there is one."""
        self._at += 1
        while True:
            found = _NEXT_OBJECT.search(self._text, self._at)
            if found:
                self._at = found.end() - (self._text[found.end() - 1] == "{")
                return True
            self._at = max(self._at, len(self._text) - 100)
            if not self._more():
                return False

    def rest(self) -> Iterator[None]:
        """Stop at each element from here to the end of the array that the cursor is in."""
        while True:
            yield None
            if self._next_or_end("]"):
                return

    def _next_or_end(self, end: str) -> bool:
        mark = self.peek()
        if mark not in (",", end) or not mark:
            raise self._error(f"a comma or {end} is missing" if mark else "the file ends too early", self._at)
        self._at += 1
        return mark == end

    def _take(self, mark: str) -> None:
        if self.peek() != mark:
            raise self._error(f"no {mark} where one must stand", self._at)
        self._at += 1

    def _more(self) -> bool:
        """Hold one more piece, forgetting what is behind the cursor; at least doubled, so that long values cost no more than twice."""
        if self._ended:
            return False
        held = [self._text[self._at :]]
        wanted, gained = len(held[0]), 0
        for piece in self._pieces:
            held.append(piece)
            gained += len(piece)
            if gained and gained >= wanted:
                break
        else:
            self._ended = True
        self._before += self._at
        self._text, self._at = "".join(held), 0
        return gained > 0

    def _error(self, what: str, at: int) -> CursorError:
        return CursorError(what, self._text[at : at + 60], self._before + at + 1)
