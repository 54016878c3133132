"""What differs between two answers, word by word, so that the page can mark it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\s+|[^\W\u2e80-\uffff]+(?:['’][^\W\u2e80-\uffff]+)*|.", re.DOTALL)
"""White space, words, and single other characters; scripts without spaces (CJK) are compared letter by letter."""
MOST = 3_000
"""Words of both texts together that are compared: the time grows with the square."""
ALIKE = 0.25
"""With less in common than this share, marks would cover nearly everything and show nothing: then none are set."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one answer."""

    text: str
    changed: bool
    """Whether the other answer does not have it here."""


def marked(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return both texts in pieces; joined they are the texts again, whatever was marked.

    >>> [[(piece.text, piece.changed) for piece in side] for side in marked("It is red.", "It is blue.")]
    [[('It is ', False), ('red', True), ('.', False)], [('It is ', False), ('blue', True), ('.', False)]]
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    plain = (_piece(before), _piece(after))
    if before == after or len(old) + len(new) > MOST or not old or not new:
        return plain
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    shared = sum(
        len(word) for block in matcher.get_matching_blocks() for word in old[block.a : block.a + block.size] if word.strip()
    )
    if shared < ALIKE * max(len("".join(before.split())), len("".join(after.split()))):
        return plain
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    for kind, a, b, c, d in matcher.get_opcodes():
        for side, words in zip(sides, (old[a:b], new[c:d]), strict=True):
            if words:
                side.append(Piece("".join(words), changed=kind != "equal"))
    return tuple(sides[0]), tuple(sides[1])


def _piece(text: str) -> tuple[Piece, ...]:
    return (Piece(text, changed=False),)
