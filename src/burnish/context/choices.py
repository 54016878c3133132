"""The ways to keep a piece, each saying more for more tokens, and what each is worth.

They are: each of its facts (names, numbers, dates, links, amounts) letter for letter, with the nearest words before it; all its words with a
meaning; all of it as it stands, which is worth most where it promises or forbids something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from burnish.context.cover import Choice
from burnish.context.marks import Mark
from burnish.context.pieces import Piece
from burnish.context.wording import WORD, content_words, says, telegram
from burnish.grading.languages import SMALL_WORDS

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
SMALL = frozenset(word for script in SMALL_WORDS.values() for words in script.values() for word in words.split())
"""The small words of all languages that can be told: nothing is known by them of what is asked for."""
NEAR = 2
"""Words with a meaning kept before each fact, so that it is known what it is a fact of."""
BELONGS = 2.0
"""What those words are worth for that, beside what they say."""
ASKED = 3.0
"""How much more a word counts that stands in the question."""
MATTER = 20.0
"""What it is worth to keep a word that the question asks for beside the fact it belongs to."""
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
    matter = _matter(piece, loose, asked)
    belong = {f"?{piece.place} {word}": MATTER for word in matter}
    owner = {word: _nearest(piece.marks, matter, span) for word, span in matter.items()}
    for mark in piece.marks:
        place = (mark.start, mark.end)
        own = [word for word in matter if owner[word] == mark]
        with_ = [matter[word] for word in own]
        before = [one for one in loose if one[1] <= mark.start and one not in with_][-NEAR:]
        worth = _worth([mark], piece.role) | {f"?{piece.place} {word}": MATTER for word in own}
        yield Choice(piece.place, (*with_, place), worth)
        near = _said(piece.text, before, words) | {f"~{mark.key}": BELONGS}
        yield Choice(piece.place, (*with_, *before, place), worth | near)
    short = telegram(piece.text, places)
    if short:
        yield Choice(piece.place, tuple(short), _worth(piece.marks, piece.role) | words | belong)
    readable = PROMISED if piece.promises else READABLE * len(piece.text)
    whole_worth = _worth(piece.marks, piece.role) | words | belong
    yield Choice(piece.place, whole, whole_worth | {f"!{piece.turn} {piece.place}": readable})


def _matter(piece: Piece, loose: Sequence[tuple[int, int]], asked: frozenset[str]) -> dict[str, tuple[int, int]]:
    """Return where the words that the question asks for stand in a piece, each once.

    Each goes with the fact nearest to it: it stands in the question too, so that nothing new is said by it, but without it nobody
    can tell which fact is the one that is asked for ("2,400" of "the budget is 2,400").
    """
    if not piece.words & asked:
        return {}
    spans = sorted([*loose, *((mark.start, mark.end) for mark in piece.marks)])
    found: dict[str, tuple[int, int]] = {}
    for span in spans:
        said = content_words(piece.text[span[0] : span[1]])
        if asked.issuperset(said) and not SMALL.issuperset(said):
            found.setdefault(" ".join(said), span)
    return found


def _nearest(marks: Sequence[Mark], matter: Mapping[str, tuple[int, int]], span: tuple[int, int]) -> Mark | None:
    """Return the fact nearest to a word, of equals the one behind it; None where the piece has none but what is asked for."""
    facts = [mark for mark in marks if (mark.start, mark.end) not in matter.values()]
    return min(facts, key=lambda mark: (max(mark.start - span[1], span[0] - mark.end), mark.start < span[0]), default=None)


def _worth(marks: Sequence[Mark], role: str) -> dict[str, float]:
    own = USERS if role == "user" else 1.0
    return {f"={mark.key}": own * (WORTH[mark.kind] + LONGER * mark.text.count(" ")) for mark in marks}


def _said(text: str, places: Sequence[tuple[int, int]], words: dict[str, float]) -> dict[str, float]:
    found = (word for start, end in places for word in content_words(text[start:end]))
    return {word: words[word] for word in found if word in words}


def _inside(at: int, places: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in places)
