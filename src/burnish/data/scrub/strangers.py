"""Names that no list holds: words with capitals in a row, none of them English, amid English; and words of a mail address beside them.

Not covered: one such word alone, texts in other languages (German writes every noun with a capital), and what is foreign but nobody:
dishes, places, titles of works are taken for people where no list tells that they are none.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from burnish.data.scrub.lists import COMMON, called, places
from burnish.data.spelling import english

_NAME_FORM = re.compile(r"[^\W\d_][^\W\d_A-Z]+(?:['’-][^\W\d_]+)?|(?:O|D)['’][^\W\d_]+|(?:Mc|Mac|De|Di|Van|Le|La)[^\W\d_]+")
"""A capital and small letters; "SpongeBob" and "NVIDIA" are written otherwise."""
_PLACED = re.compile(
    r"\b(?:the|a|an|this|that|these|those|of|in|at|near|every|each|some|no|any|which|our|your|its|visit\w*|leave|leaving"
    r"|(?:return\w*|went|go|goes|going|moved?|moving|travel\w*|fly|flew|flying|dr[io]ve|trip|back|way|c[oa]me|comes|coming) (?:to|from))\s*[\"“*_]*$",
    re.IGNORECASE,
)
"""Words after which a place, a thing or a kind stands rather than somebody."""
_LOWER = re.compile(r"(?<![\w@./-])[a-z]+(?![\w@/-])")
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-]{3,64})@[\w-]")
_APART = re.compile(r"[._+\d-]+")
_SHORTEST = 3
"""Letters of a name in a mail address."""
AROUND = 120
"""Signs on each side in which words tell the language."""
_WORDS = (2, 3)
_ENGLISH = 0.7
"""Share of the words around that English has."""


def stranger(text: str, start: int, end: int, words: Sequence[str]) -> int | None:
    """Return where a name that no list knows begins in a run of words with capitals; None where the run need not hold one.

    >>> text = "Yesterday Qwixta Zorblatik brought the keys."
    >>> stranger(text, 0, 25, ("Yesterday", "Qwixta", "Zorblatik"))
    10
    """
    begins = text[max(0, start - 3) : start].rstrip(' "“*_')[-1:] in {"", ".", "!", "?", ":", "\n"}
    if begins and len(words) > _WORDS[0] and has_meaning(words[0].casefold()):  # "Yesterday Ann": not of the name
        start, words = text.index(words[1], start + len(words[0])), words[1:]
    if len(words) not in _WORDS or not all(_NAME_FORM.fullmatch(word) for word in words):
        return None
    if _PLACED.search(text, max(0, start - 24), start) or any(has_meaning(word.casefold()) for word in words):
        return None
    return start if _amid_english(text, start, end) else None


@functools.lru_cache(maxsize=8)
def mailed(text: str) -> frozenset[str]:
    """Return the words, in lower case, that mail addresses of a text are made of and that mean nothing in English.

    >>> sorted(mailed("Write to thandeka.majola@site.example or support@site.example"))
    ['majola', 'thandeka']
    """
    parts = (part for match in _MAIL.finditer(text) for part in _APART.split(match[1].casefold()))
    return frozenset(part for part in parts if len(part) >= _SHORTEST and part.isalpha() and not has_meaning(part))


@functools.lru_cache(maxsize=65536)
def has_meaning(word: str) -> bool:
    """Return whether a word in lower case is English or a place, and not a listed name beside that."""
    if word in COMMON or word in places():
        return True
    return word not in called() and all(part in english() for part in word.split("-"))


def _amid_english(text: str, start: int, end: int) -> bool:
    around = [*_LOWER.findall(text, max(0, start - AROUND), start), *_LOWER.findall(text, end, end + AROUND)]
    return bool(around) and sum(word in english() for word in around) >= _ENGLISH * len(around)
