"""A message in pieces that are kept or left as a whole: sentences, and blocks of code. No piece ends inside a link or a number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from burnish.context.marks import PROMISE, Mark, marks
from burnish.context.wording import content_words
from burnish.records.conversation import Message

_CODE = re.compile(r"(?:^|(?<=\n))[ \t]*(```|~~~).*?(?:(?<=\n)[ \t]*\1[ \t]*(?=\n|$)|\Z)", re.DOTALL)
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]*]*(?:\s+|$)|(?<=[。！？])|\n+")
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|mr|mrs|ms|dr|prof|st|no|approx|a\.m|p\.m)|\b[A-Z]|^\s*\(?\d{1,3})\.$", re.IGNORECASE
)
"""What ends in a point and is no end of a sentence: abbreviations, initials, the number of a list item."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or a block of code of one message."""

    turn: int
    """0-based number of its message in the conversation."""
    place: int
    """0-based number among the pieces of the part of the conversation."""
    role: str
    text: str
    marks: tuple[Mark, ...]
    words: frozenset[str]
    """The words with a meaning, as they are compared."""
    code: bool = False

    @property
    def promises(self) -> bool:
        """Whether it promises, decides or forbids something."""
        return PROMISE.search(self.text) is not None


def sentences(text: str) -> list[str]:
    r"""Return the sentences and blocks of code of a text, in order, nothing lost but white space between them.

    >>> sentences("See Dr. Olsen at 4.30 p.m. today. Then?\n```\na. b. c\n\nd\n```\nDone")
    ['See Dr. Olsen at 4.30 p.m. today.', 'Then?', '```\na. b. c\n\nd\n```', 'Done']
    """
    found, at = [], 0
    for block in _CODE.finditer(text):
        found += [*_split(text[at : block.start()]), block[0].strip("\n")]
        at = block.end()
    return [one for one in [*found, *_split(text[at:])] if one.strip()]


def _split(text: str) -> list[str]:
    parts, begin = [], 0
    for end in _END.finditer(text):
        line = "\n" in end[0]
        follows = text[end.end() : end.end() + 1]
        if not line and (_SHORT.search(text[begin : end.start()]) or (follows.islower() and end[0].strip() == "")):
            continue
        parts.append(text[begin : end.end()].strip())
        begin = end.end()
    return [*parts, text[begin:].strip()]


def pieces(messages: tuple[Message, ...], first: int) -> list[Piece]:
    """Return the pieces of messages in order; `first` is the number of the first message in its conversation."""
    made: list[Piece] = []
    for turn, message in enumerate(messages, start=first):
        for text in sentences(message.content):
            code = text.lstrip().startswith(("```", "~~~"))
            found = () if code else tuple(marks(text))
            made.append(Piece(turn, len(made), message.role, text, found, frozenset(content_words(text)), code))
    return made
