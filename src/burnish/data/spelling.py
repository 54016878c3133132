"""Likely slips of the keyboard in English words, and words that were written twice.

A word counts as mistyped where no list of English knows it, it is nobody's own (it stands once, in small letters), and one slip away is a
common word, by a slip that fingers and ears make: letters swapped, left out or doubled, the key beside, another vowel. Two lists are
asked, one of American and one of British spellings (symspellpy's and pyspellchecker's, both under MIT), and the words of computing.
Not covered: other languages than English, slips that make another word ("form" for "from"), more than one slip in a word, words of
fewer than four letters (but for swapped letters of the commonest words, such as "teh"), and grammar beyond a word written twice: of what was tried nothing told it without false alarms (docs/log.md).
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from typing import Any

from burnish.data.library import library
from burnish.grading.languages import language as small_words
from burnish.records.conversation import Conversation, Message

COMMON = 1_000_000
"""A word is common that stands so often among the 10^12 of symspellpy's list; measured, docs/log.md."""
CLEAR = 10
"""A mend is made where its word is so many times as common as the next that is one slip away; else the slip is only named."""
SURE_LETTERS = 5
"""A shorter word is one slip away from too many: it is named and left."""
UNKNOWN = 0.25
"""Where more of the words are unknown, the text is not English, or not prose."""
EVERYDAY = 500_000_000
"""A word that stands so often is swapped by fast fingers even where it has but three letters."""
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    frozenset(pair)
    for upper, lower in zip(_KEYS, (*_KEYS[1:], ""), strict=True)
    for pair in (*pairwise(upper), *zip(upper, lower, strict=False), *zip(upper[1:], lower, strict=False))
}
"""Keys beside each other."""
_ALIKE = {
    frozenset(pair) for pair in ("ae", "ai", "ao", "au", "ei", "eo", "eu", "io", "iu", "ou", "iy", "ey", "cs", "ck", "sz", "mn")
}
"""Letters that sound alike."""

_APART = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|\S*(?:://|www\.|@)\S*|^(?: {4}|\t).*$", re.DOTALL | re.MULTILINE)
"""Code, links and addresses."""
_WORD = re.compile(r"(?<![\w/.:'’\\#<(\[_-])[a-z]{3,}(?![\w/:'’\\_(=-]|\.\w)")
_ANY_WORD = re.compile(r"[^\W\d_]+")
_NOT = re.compile(r"(is|are|was|were|do|does|did|have|has|had|would|should|could)nt")
_BEGINNING = re.compile(r"non|re|un|pre|over|under|sub|super|micro|multi|inter|anti|co")
_ENDING = re.compile(r"(?:s|ing|ings|ers?|ness|able|less|like|wise|ish)$")
_TWICE = re.compile(r"\b(the|a|an|of|to|and|is|are|was|were|for|with|from|at|by|as|be|it|this|they|we|you) \1\b(?!['’-])")


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip in a text."""

    start: int
    end: int
    right: str
    """What was likely meant; "" where that cannot be told."""


def slips(text: str, own: frozenset[str]) -> list[Slip]:
    """Return the likely slips in an English text, in order; `own` words are none. Raises DataError where a list is not installed."""
    blank = _APART.sub(lambda found: "\n" * len(found[0]), text)
    found = [Slip(one.start(), one.end(), one[1]) for one in _TWICE.finditer(blank)]
    words = list(_WORD.finditer(blank))
    strange = [one for one in words if not _known(one[0])]
    if len(strange) <= max(2, UNKNOWN * len(words)):
        found += [Slip(one.start(), one.end(), meant[1]) for one in strange if one[0] not in own and (meant := _meant(one[0]))[0]]
    return sorted(found, key=lambda slip: slip.start)


def own_words(rows: Sequence[Conversation]) -> frozenset[str]:
    """Return the words that stand more than once, or with a capital anywhere: names and words of a trade.

    "teh" stays a slip however often it stands: the commonest words are mistyped more than once.
    """
    times: Counter[str] = Counter()
    named: set[str] = set()
    for row in rows:
        for message in row.messages:
            words = _ANY_WORD.findall(message.content)
            times.update(words)
            named.update(word.lower() for word in words if not word.islower())
    return frozenset(named.union(word for word, count in times.items() if count > 1 and not _swapped(word)))


def of_role(row: Conversation, role: str) -> Iterator[Message]:
    """Yield the turns of a role that are English prose, but for questions that were mistyped on purpose."""
    made = row.metadata.get("made") == "typo" and role == "user"
    everything = " ".join(message.content for message in row.messages)
    for message in row.messages:
        if message.role == role and not made and (small_words(message.content) or small_words(everything)) == "en":
            yield message


def _meant(word: str) -> tuple[bool, str]:
    """Return whether a word that no list knows is a slip, and what was meant where that is clear."""
    if _NOT.fullmatch(word):
        return True, f"{word[:-1]}'t"
    if len(word) == 3:
        swapped = _swapped(word)
        return bool(swapped), swapped[0] if len(swapped) == 1 else ""
    if _built(word):
        return False, ""
    counts = _counts()
    near = sorted(
        (
            (counts[one], one)
            for one in _lists().edit_distance_1(word)
            if one[:1] == word[0] and one in counts and _is_usual(word, one)
        ),
        reverse=True,
    )
    if not near or near[0][0] < COMMON:
        return False, ""
    clear = len(word) >= SURE_LETTERS and (len(near) == 1 or near[0][0] >= CLEAR * near[1][0])
    return True, near[0][1] if clear else ""


def _swapped(word: str) -> list[str]:
    """Return the everyday words that a word is with two letters beside each other swapped."""
    turned = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)} - {word}
    return sorted(one for one in turned if _counts().get(one, 0) >= EVERYDAY)


def _is_usual(word: str, meant: str) -> bool:
    """Return whether a word one slip away from another differs from it as slips of fingers and ears do."""
    if len(word) < len(meant) or sorted(word) == sorted(meant):
        return True  # a letter left out, or two swapped
    at = next((i for i, (one, other) in enumerate(zip(word, meant, strict=False)) if one != other), len(meant))
    if len(word) == len(meant):
        return frozenset((word[at], meant[at])) in _BESIDE | _ALIKE
    around = {word[at - 1], *word[at + 1 : at + 2]} if at else {*word[1:2]}
    return word[at] in around or any(frozenset((word[at], one)) in _BESIDE for one in around)


def _built(word: str) -> bool:
    """Return whether a word is one that is known with a beginning or an ending that English puts to many."""
    after, before = _BEGINNING.match(word), _ENDING.search(word)
    stems = [word[after.end() :]] if after else []
    if before:
        stem = word[: before.start()]
        stems += [stem, f"{stem}e"]
    return any(len(stem) > 3 and stem in _counts() for stem in stems)


def english() -> Mapping[str, int]:
    """Return how often each English word of symspellpy's list (82,765 words, MIT) stands in its books, in lower case."""
    return _counts()


def _known(word: str) -> bool:
    return word in _lists() or word in _counts() or word in _computing()


@functools.cache
def _computing() -> frozenset[str]:
    words = (resources.files("burnish.data") / "words" / "computing.txt").read_text("utf-8").split()
    return frozenset(words).union(f"{word}s" for word in words)


@functools.cache
def _lists() -> Any:
    return library("spellchecker").SpellChecker(distance=1)


@functools.cache
def _counts() -> dict[str, int]:
    """Return how often each word of symspellpy's list stands in its books."""
    # read as it is written: symspellpy's own loading builds an index for slips too, which takes twenty times as long
    lines = (resources.files(library("symspellpy")) / "frequency_dictionary_en_82_765.txt").read_text("utf-8-sig").splitlines()
    return {word: int(count) for word, count in (line.split()[:2] for line in lines)}
