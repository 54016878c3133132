"""The ways to keep a piece, each saying more for more tokens, and what each is worth.

They are: each of its facts (names, numbers, dates, links, amounts) letter for letter, with the nearest words before it; all its words with a
meaning; all of it as it stands, which is worth most where it promises or forbids something.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from burnish.context.cover import Choice
from burnish.context.marks import Mark
from burnish.context.pieces import Piece
from burnish.context.wording import WORD, content_words, says, telegram

WORTH = {
    "link": 40.0,
    "code": 14.0,
    "amount": 12.0,
    "date": 10.0,
    "time": 10.0,
    "number": 8.0,
    "quote": 8.0,
    "address": 8.0,
    "name": 9.0,
}
"""What a fact of each kind is worth beside a plain word (1): set by hand, by how much is wrong without it."""
LONGER = 5.0
"""What each word beyond the first adds: a long name is no less of a fact than a short one."""
USERS = 1.3
"""How much more a fact counts that the user told: it is what they want kept to."""
NEAR = 2
"""Words with a meaning kept before each fact, so that it is known what it is a fact of."""
BELONGS = 2.0
"""What those words are worth for that, beside what they say."""
ASKED = 3.0
"""How much more a word counts that stands in the question."""
PROMISED = 12.0
"""What it is worth to keep a promise as it stands."""
READABLE = 0.02
"""What it is worth, a letter, to keep a piece as it stands: it comes last, where room is left."""


def choices_of(piece: Piece, asked: frozenset[str]) -> Iterator[Choice]:
    """Yield the ways to keep a piece."""
    whole = ((0, len(piece.text)),)
    if piece.code:
        yield Choice(piece.place, whole, dict.fromkeys(piece.words, 1.0) | {f"={piece.text}": 8.0})
        return
    words = {word: ASKED if word in asked else 1.0 for word in piece.words}
    places = [(mark.start, mark.end) for mark in piece.marks]
    loose = [one.span() for one in WORD.finditer(piece.text) if says(one[0]) and not _inside(one.start(), places)]
    for mark in piece.marks:
        before = [one for one in loose if one[1] <= mark.start][-NEAR:]
        place = (mark.start, mark.end)
        yield Choice(piece.place, (place,), _worth([mark], piece.role))
        near = _said(piece.text, before, words) | {f"~{mark.key}": BELONGS}
        yield Choice(piece.place, (*before, place), _worth([mark], piece.role) | near)
    short = telegram(piece.text, places)
    if short:
        yield Choice(piece.place, tuple(short), _worth(piece.marks, piece.role) | words)
    readable = PROMISED if piece.promises else READABLE * len(piece.text)
    yield Choice(piece.place, whole, _worth(piece.marks, piece.role) | words | {f"!{piece.turn} {piece.place}": readable})


def _worth(marks: Sequence[Mark], role: str) -> dict[str, float]:
    own = USERS if role == "user" else 1.0
    return {f"={mark.key}": own * (WORTH[mark.kind] + LONGER * mark.text.count(" ")) for mark in marks}


def _said(text: str, places: Sequence[tuple[int, int]], words: dict[str, float]) -> dict[str, float]:
    found = (word for start, end in places for word in content_words(text[start:end]))
    return {word: words[word] for word in found if word in words}


def _inside(at: int, places: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in places)
