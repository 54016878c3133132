"""Near-same prompts: the same question written twice, give or take a comma, a typo or a polite word.

Two prompts are near-same when their character 5-grams overlap by 0.8 or more (Jaccard; Broder 1997) and they name the same
numbers and names in the same order: "Which colour has door 1?" and "... door 2?" are two questions. Pairs are found exactly, by
prefix filtering (Bayardo, Ma, Srikant 2007, "Scaling Up All Pairs Similarity Search"), so 5,000 prompts take a few seconds.
Not covered: rewordings ("How tall is it?", "What is its height?"), which share few characters.
"""

from __future__ import annotations

import functools
import heapq
import math
import re
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

THRESHOLD = 0.8
"""The least overlap of two near-same prompts."""
GRAM = 5
"""Characters of a gram."""
PARITY_BITS = 1024
LONG, SAMPLE = 20_000, 512
"""Of longer texts the two ends are compared, and of more grams than that a sample: memory stays bounded."""

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
    texts = [_Text.of(prompt) for prompt in _without_boilerplate(prompts)]
    join = Joined(len(prompts))
    first: dict[str, int] = {}
    for i, text in enumerate(texts):
        join.union(first.setdefault(text.words, i), i)
    for i, j in _near_pairs(texts, sorted(first.values())):
        join.union(i, j)
    return tuple(join.numbers())


def normalised(text: str) -> str:
    """Return a text's words alone: compatible characters made one (NFKC), case folded, punctuation and spacing dropped."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def capitalised(text: str) -> Iterator[str]:
    """Yield the words that begin with a capital where no sentence begins: names, as far as a capital tells."""
    for found in _WORD.finditer(text):
        before = text[max(0, found.start() - 8) : found.start()]
        if found[0][0].isupper() and not _SENTENCE_START.search(before):
            yield found[0]


class Joined:
    """Sets that grow together (union-find)."""

    def __init__(self, count: int) -> None:
        """Begin with `count` sets of one."""
        self._parent = list(range(count))

    def find(self, i: int) -> int:
        """Return the one that stands for the set of `i`."""
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = self._parent[i]
        return i

    def union(self, i: int, j: int) -> None:
        """Make one set of two."""
        i, j = self.find(i), self.find(j)
        self._parent[max(i, j)] = min(i, j)

    def numbers(self) -> list[int]:
        """Return each member's set, numbered from 0 in order of first appearance."""
        seen: dict[int, int] = {}
        return [seen.setdefault(self.find(i), len(seen)) for i in range(len(self._parent))]


def _grams(words: str) -> frozenset[int]:
    """Return the hashes of a text's grams; of a long text the smallest ones, a fair sample of fixed size (bottom-k; Broder 1997)."""
    words = _ends(words)
    raw = words.encode("utf-32-le", errors="surrogatepass")  # four bytes a character, so a gram is 20 bytes
    hashes = {zlib.crc32(raw[i : i + 4 * GRAM]) for i in range(0, max(1, len(raw) - 4 * GRAM + 1), 4)}
    return frozenset(hashes if len(hashes) <= SAMPLE else heapq.nsmallest(SAMPLE, hashes))


def _ends(words: str) -> str:
    return words if len(words) <= LONG else words[: LONG // 2] + words[-LONG // 2 :]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """What is compared of a prompt."""

    words: str
    """Normalised."""
    numbers: tuple[str, ...]
    names: frozenset[str]
    grams: frozenset[int]
    """As `_grams` gives them."""
    parity: int
    """One bit for each residue of the grams: whether their number is odd. Texts differ in at least as many grams as in bits."""

    @classmethod
    def of(cls, prompt: str) -> _Text:
        words = normalised(prompt) or " ".join(prompt.split())
        grams = _grams(words)
        return cls(
            words=words,
            numbers=tuple(_NUMBER.findall(prompt)) + tuple(word for word in words.split() if word in _COUNTED),
            names=frozenset(normalised(word) for word in capitalised(prompt)) - _NO_NAMES,
            grams=grams,
            parity=functools.reduce(lambda bits, gram: bits ^ 1 << gram % PARITY_BITS, grams, 0),
        )


def same_key(text: str) -> str:
    """Return what two texts that differ only in case, spacing and punctuation share."""
    return normalised(text) or " ".join(text.split())


def grams(text: str) -> list[str]:
    """Return the grams by which near-same texts are found, with repeats; of a long text those of its two ends."""
    words = _ends(same_key(text))
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


def _near_pairs(texts: Sequence[_Text], distinct: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield every pair that is near-same. Two sets that overlap by t share a gram among their rarest (1 - t) part."""
    counts = Counter(gram for i in distinct for gram in texts[i].grams)
    holders: defaultdict[tuple[tuple[str, ...], int], list[int]] = defaultdict(list)
    for i in sorted(distinct, key=lambda i: (len(texts[i].grams), i)):
        text = texts[i]
        size = len(text.grams)
        rarest = sorted(text.grams, key=lambda gram: (counts[gram], gram))[: size - math.ceil(THRESHOLD * size) + 1]
        keys = [(text.numbers, gram) for gram in rarest]
        for j in sorted({j for key in keys for j in _long_enough(holders[key], texts, size)}):
            if _near(text, texts[j]):
                yield j, i
        for key in keys:
            holders[key].append(i)


def _long_enough(holders: Iterable[int], texts: Sequence[_Text], size: int) -> Iterator[int]:
    return (j for j in holders if len(texts[j].grams) >= THRESHOLD * size)


def _near(a: _Text, b: _Text) -> bool:
    both = len(a.grams) + len(b.grams)
    most = (both - (a.parity ^ b.parity).bit_count()) // 2  # a bound that costs a tenth of the sets' own overlap
    if most < THRESHOLD * (both - most):
        return False
    shared = len(a.grams & b.grams)
    if shared < THRESHOLD * (len(a.grams) + len(b.grams) - shared):
        return False
    names = a.names | b.names
    return [word for word in a.words.split() if word in names] == [word for word in b.words.split() if word in names]
