"""The method `facts`: names, numbers, dates, links, amounts and promises stay letter for letter, each with the words it belongs to.

A piece can be kept in several ways, each saying more for more tokens: each of its facts with the nearest words before it; all its
words with a meaning; all of it as it stands, which is worth most where it promises or forbids something.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from burnish.context.cover import Choice, Costs, lines_of
from burnish.context.marks import Mark, norm, stands
from burnish.context.pieces import Piece, pieces
from burnish.context.shape import Lines, Parts, Size
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


def facts(parts: Parts, size: Size) -> partial[Lines]:
    """Return a function from room in tokens to the lines (turn, role, text) to keep."""
    found = pieces(parts.middle, len(parts.head))
    asked = frozenset(content_words(parts.question))
    elsewhere = norm("\n".join(one.content for one in (*parts.head, *parts.tail)))
    choices = [choice for piece in found for choice in choices_of(piece, asked)]
    return partial(lines_of, found, choices, Costs(found, size), said_in(found, elsewhere))


def said_in(found: Sequence[Piece], elsewhere: str) -> frozenset[str]:
    """Return which facts and words of the pieces stand in a normed text already. Facts are known by "=" before them."""
    keys = {mark.key for piece in found for mark in piece.marks}
    return frozenset({f"={key}" for key in keys if stands(key, elsewhere)}) | frozenset(content_words(elsewhere))


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
