"""Questions with typos, as people type them: one in eight words at most, never in a name, a number, a link or a text to be worked on.

A typo never makes another word of English ("form" for "from"), and words that carry the meaning alone (not, three) are left.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from burnish.data.spelling import english

WORDS_A_TYPO = 8
"""At most one typo in so many words; one in any case."""
TRIES = 8
"""Draws for one question, where a draw gave nothing."""
TOUCHABLE = re.compile(r"(?<![\w@/.:'’-])[a-z]{4,}(?![\w@/:'’-]|\.\w)")
"""Words in small letters of four or more: no name, number or link."""
_ALONE = re.compile(
    r"(?:never|without|neither|none|except|only|four|five|seven|eight|nine|eleven|twelve|first|second|third|fourth|fifth|sixth|seventh|"
    r"eighth|ninth|tenth|three|half|twice|before|after|more|most|less|least|fewer)"
)
"""Words by which the answer turns."""
_MATERIAL = re.compile(r":\s|[\n\"“]")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def mistyped(question: str, rng: random.Random) -> Iterator[str]:
    """Yield the question with typos: letters in the wrong order, left out, doubled, or of the key beside."""
    own = len(_MATERIAL.split(question)[0])  # what follows is material, and a ship is no shop
    places = [one.span() for one in TOUCHABLE.finditer(question) if one.end() <= own and not _ALONE.fullmatch(one[0])]
    for _try in range(TRIES if places else 0):
        count = max(1, len(question.split()) // WORDS_A_TYPO)
        text = question
        for start, end in sorted(rng.sample(places, min(count, len(places))), reverse=True):
            made = typo(text[start:end], rng)
            if made not in english():
                text = text[:start] + made + text[end:]
        if text != question:
            yield text


def typo(word: str, rng: random.Random) -> str:
    """Return a word of four small letters or more with one typo; its first letter stays, as people's mostly do."""
    at = rng.randrange(1, len(word) - 1)
    way = rng.choice((_swapped, _dropped, _doubled, _beside))
    return way(word, at, rng)


def _swapped(word: str, at: int, _: random.Random) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _dropped(word: str, at: int, _: random.Random) -> str:
    return word[:at] + word[at + 1 :]


def _doubled(word: str, at: int, _: random.Random) -> str:
    return word[: at + 1] + word[at:]


def _beside(word: str, at: int, rng: random.Random) -> str:
    row = next(row for row in _KEYS if word[at] in row)
    place = row.index(word[at])
    return word[:at] + rng.choice(row[max(0, place - 1) : place] + row[place + 1 : place + 2]) + word[at + 1 :]
