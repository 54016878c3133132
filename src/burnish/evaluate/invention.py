"""Names and numbers: those a fact consists of, and those an answer has from nowhere.

A number is a figure in digits (words such as "seven" are too often idiom). A name is a word with a capital where none is due:
not at the start of a sentence, not "I". Not covered: names that begin a sentence; inventions without names or numbers; names in scripts without capitals, and in languages that write
all nouns with one (then numbers alone are looked at, and the report says so). A name from nowhere may still be true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from burnish.grading.figures import Key, figures, without_marks
from burnish.grading.text import sentences, without_mark

NOUNS = 0.25
"""Where more of the words within sentences have a capital than this, the language is taken to write nouns so.

Measured on English: 0.13 of the words within sentences in databricks-dolly-15k, 0.17 in rows on the Super Bowl, full of names."""
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:[-'’][^\W\d_]+)*")
_NO_NAMES = frozenset(
    ["i", "i'm", "i'll", "i've", "i'd", "ok", "okay", "hi", "hello", "dear", "thanks", "best", "regards", "kind", "yes", "no"]
)
Token = str | Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rows hold, to set answers against."""

    words: frozenset[str]
    """Every word of the rows, in lower case."""
    numbers: frozenset[Key]
    names: bool
    """Whether names are looked for at all."""

    @property
    def scope(self) -> str:
        """What is looked for, in words."""
        if self.names:
            return "names (words with a capital within a sentence) and numbers in digits"
        return "numbers in digits alone: these rows do not tell names by their capitals"


def known_from(texts: Iterable[str]) -> Known:
    """Return what the texts of all rows hold."""
    texts = list(texts)
    inner = [word for text in texts for word, first in _words(text) if not first]
    capitals = sum(word[0].isupper() for word in inner)
    cased = any(word[0].isupper() or word[0].islower() for word in inner)
    return Known(
        words=frozenset(part for text in texts for word, _ in _words(text) for part in _forms(word)),
        numbers=frozenset(figure.key for text in texts for figure in figures(text)),
        names=cased and capitals <= NOUNS * len(inner),
    )


def specifics(text: str, known: Known) -> dict[Token, str]:
    """Return the names and numbers of a text, each as what makes it the same elsewhere and as it is written.

    >>> list(specifics("She moved to Lund in 1994. Then Anna left.", known_from(["Plain words."])).values())
    ['Lund', '1994']
    """
    found: dict[Token, str] = {}
    for word, first in _words(text) if known.names else ():
        lower = word.casefold().replace("’", "'")
        if word[0].isupper() and not first and lower not in _NO_NAMES:
            found.setdefault(_stem(lower), word)
    for figure in figures(without_marks(text)):
        if not figure.spelled:
            found.setdefault(figure.key, figure.text)
    return found


def invented(answer: str, prompt: str, known: Known) -> tuple[str, ...]:
    """Return the names and numbers of an answer that stand in neither the prompt nor any row, as they are written.

    >>> invented("Ask Bob in room 7.", "Who has room 7?", known_from(["Ask Ann, she knows the room."]))
    ('Bob',)
    """
    asked = known_from([prompt])
    here: frozenset[Token] = known.words | asked.words | known.numbers | asked.numbers
    return tuple(written for token, written in specifics(answer, known).items() if token not in here)


def given(target: str, prompt: str, answer: str, known: Known) -> float | None:
    """Return the share of a target's own names and numbers (those not in the prompt) that the answer gives; None without any.

    >>> given("It opened in 1999 in Oslo.", "When and where?", "In 1999.", known_from(["Plain words."]))
    0.5
    """
    asked = known_from([prompt])
    wanted = [token for token in specifics(target, known) if token not in asked.words and token not in asked.numbers]
    if not wanted:
        return None
    said = known_from([answer])
    held = said.words | said.numbers
    return sum(token in held for token in wanted) / len(wanted)


def _words(text: str) -> list[tuple[str, bool]]:
    """Return each word with whether it begins a sentence, a line or a quotation."""
    found = []
    for sentence in sentences(text):
        for i, match in enumerate(_WORD.finditer(without_mark(sentence))):
            before = sentence[: match.start()].rstrip()
            found.append((match[0], i == 0 or before.endswith((":", "“", '"', "(", "*"))))
    return found


def _forms(word: str) -> tuple[str, ...]:
    lower = word.casefold().replace("’", "'")
    return (lower, _stem(lower))


def _stem(lower: str) -> str:
    """Return a word without a possessive s."""
    return lower.removesuffix("'s").removesuffix("'")
