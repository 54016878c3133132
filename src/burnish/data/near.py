"""Near-same prompts: the same question written twice, give or take a comma, a typo or a polite word.

Two prompts are near-same when their character 5-grams overlap by 0.8 or more (Jaccard; Broder 1997) and they name the same
numbers and names in the same order: "Which colour has door 1?" and "... door 2?" are two questions. They are found exactly
(`near_join.py`), at a cost that is nearly in proportion to the prompts.
Not covered: rewordings ("How tall is it?", "What is its height?"), which share few characters.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from burnish.data.grams import GRAM, ends, gram_set, parity
from burnish.data.joined import Joined
from burnish.data.near_join import Likeness, join_near

THRESHOLD = 0.8
"""The least overlap of two near-same prompts; `near_join.py` has it in whole numbers."""

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_START = re.compile(r"(?:^|[.!?\n\"“”])[\s\"“‘(\[*•-]*$")
_COUNTED = frozenset(
    (
        *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
        *("not", "no", "never"),
    )
)
"""Small words that make another question of the same letters."""
_NO_NAMES = frozenset({"i"})


def near_clusters(prompts: Sequence[str]) -> list[int]:
    """Return a cluster number for each prompt, from 0 in order of first appearance; near-same prompts share one."""
    return list(_clusters(tuple(prompts)))


@functools.lru_cache(maxsize=4)  # the profile and the split ask about the same rows
def _clusters(prompts: tuple[str, ...]) -> tuple[int, ...]:
    left = _without_boilerplate(prompts)
    joined = Joined(len(prompts))
    first: dict[str, int] = {}
    for i, text in enumerate(left):
        joined.union(first.setdefault(same_key(text), i), i)
    words, members = list(first), list(first.values())
    likes = [Likeness(_numbers(left[i], said), _names(left[i]), frozenset(said.split())) for said, i in first.items()]
    join_near(words, likes, joined, members, lambda a, b: _same_names(words[a], words[b], likes[a].names | likes[b].names))
    return tuple(joined.numbers())


def normalised(text: str) -> str:
    """Return a text's words alone: compatible characters made one (NFKC), case folded, punctuation and spacing dropped."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def capitalised(text: str) -> Iterator[str]:
    """Yield the words that begin with a capital where no sentence begins: names, as far as a capital tells."""
    for found in _WORD.finditer(text):
        if found[0][0].isupper() and not _SENTENCE_START.search(text[max(0, found.start() - 8) : found.start()]):
            yield found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """What is compared of a prompt."""

    words: str
    """Normalised."""
    numbers: tuple[str, ...]
    names: frozenset[str]
    grams: frozenset[int]
    parity: int
    """As `grams.parity` gives it: texts differ in at least as many grams as in bits."""

    @classmethod
    def of(cls, prompt: str) -> _Text:
        words = same_key(prompt)
        grams = gram_set(words)
        return cls(words=words, numbers=_numbers(prompt, words), names=_names(prompt), grams=grams, parity=parity(grams))


def _numbers(prompt: str, words: str) -> tuple[str, ...]:
    """Return what is counted in a prompt, of which `words` is what `same_key` gives."""
    return tuple(_NUMBER.findall(prompt)) + tuple(word for word in words.split() if word in _COUNTED)


def _names(prompt: str) -> frozenset[str]:
    return frozenset(normalised(word) for word in capitalised(prompt)) - _NO_NAMES


def same_key(text: str) -> str:
    """Return what two texts that differ only in case, spacing and punctuation share."""
    return normalised(text) or " ".join(text.split())


def grams(text: str) -> list[str]:
    """Return the grams by which near-same texts are found, with repeats; of a long text those of its two ends."""
    words = ends(same_key(text))
    return [words[i : i + GRAM] for i in range(max(1, len(words) - GRAM + 1))]


def near_same(one: str, other: str) -> bool:
    """Return whether two texts are near-same, by the rule at the top of this file.

    >>> near_same("Which colour has the door?", "Which color has the door?"), near_same("Door 1 is open.", "Door 2 is open.")
    (True, False)
    """
    a, b = _compared(one), _compared(other)
    return a.words == b.words or (a.numbers == b.numbers and _near(a, b))


@functools.lru_cache(maxsize=20_000)
def _compared(text: str) -> _Text:
    return _Text.of(text)


def _without_boilerplate(prompts: Sequence[str]) -> list[str]:
    """Drop lines that many prompts share (an instruction before each input), unless nothing would be left of the prompt."""
    distinct = set(prompts)
    shared = Counter(line for prompt in distinct for line in {line.strip() for line in prompt.splitlines()})
    often = max(3, 0.1 * len(distinct))
    left = ["\n".join(line for line in prompt.splitlines() if shared[line.strip()] < often) for prompt in prompts]
    return [rest if rest.strip() else prompt for rest, prompt in zip(left, prompts, strict=True)]


def _near(a: _Text, b: _Text) -> bool:
    both = len(a.grams) + len(b.grams)
    most = (both - (a.parity ^ b.parity).bit_count()) // 2  # a bound that costs a tenth of the sets' own overlap
    if most < THRESHOLD * (both - most):
        return False
    shared = len(a.grams & b.grams)
    if shared < THRESHOLD * (len(a.grams) + len(b.grams) - shared):
        return False
    return _same_names(a.words, b.words, a.names | b.names)


def _same_names(one: str, other: str, names: frozenset[str]) -> bool:
    """Return whether two texts say the same of these names in the same order."""
    return [word for word in one.split() if word in names] == [word for word in other.split() if word in names]
