"""One private thing in a text: its kind and its place."""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORDS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"[0-9]+")
KINDS = ("url", "key", "mail", "iban", "card", "ip", "phone", "address", "person")
"""All kinds, in the order in which they win where two overlap: what a checksum proves before what a rule guesses."""


_RANK = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A private thing, by its place in a text."""

    kind: str
    """One of KINDS."""
    start: int
    """In characters, from 0."""
    end: int
    text: str


def found(kind: str, text: str, start: int, end: int) -> Found:
    """Return what stands in `text` from `start` to `end`, without white space at its ends."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    return Found(kind=kind, start=start, end=end, text=text[start:end])


@functools.lru_cache(maxsize=8)
def digits_in(text: str) -> int:
    """Return how many digits of ASCII a text holds: with too few the searches for numbers have nothing to find."""
    return sum(map(len, _DIGITS.findall(text)))


@functools.lru_cache(maxsize=8)
def words_in(text: str) -> frozenset[str]:
    """Return the different words of a text in lower case: what a costly search needs one of is looked up among them first."""
    return frozenset(_WORDS.findall(text.lower()))


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans that come in order of their starts, those that overlap as one.

    >>> merged([(0, 4), (2, 6), (8, 9)])
    [(0, 6), (8, 9)]
    """
    whole: list[tuple[int, int]] = []
    for start, end in spans:
        if whole and start < whole[-1][1]:
            whole[-1] = whole[-1][0], max(whole[-1][1], end)
        else:
            whole.append((start, end))
    return whole


def apart(things: Iterable[Found]) -> list[Found]:
    """Return the things in order of their places, none over another.

    Where two overlap the one whose kind wins, then the longer, stays whole; of an address the longest part beside it stays too.
    """
    kept: list[Found] = []
    starts: list[int] = []
    for one in sorted(things, key=lambda one: (_RANK[one.kind], one.start - one.end, one.start)):
        # those kept lie apart, so the ones that a thing meets are neighbours
        first = max(0, bisect.bisect_right(starts, one.start) - 1)
        rest = _beside(one, kept[first : bisect.bisect_left(starts, one.end)])
        if rest is not None:
            at = bisect.bisect_left(starts, rest.start)
            kept.insert(at, rest)
            starts.insert(at, rest.start)
    return kept


SHORTEST = 4
"""Signs of a part that is kept beside what won."""


def _beside(one: Found, kept: Iterable[Found]) -> Found | None:
    """Return the longest part of a thing that overlaps nothing kept; None where too little is left."""
    cuts = sorted((max(one.start, other.start), min(one.end, other.end)) for other in kept if _meet(one, other))
    if not cuts:
        return one if one.end > one.start else None
    ends = [one.start, *(end for _, end in cuts)]
    starts = [*(start for start, _ in cuts), one.end]
    start, end = max(zip(ends, starts, strict=True), key=lambda part: part[1] - part[0])
    piece = one.text[start - one.start : end - one.start].strip(" ,.;:\n")
    if one.kind != "address" or len(piece) < SHORTEST:
        return None  # half a name or half a number is none
    at = one.start + one.text.index(piece, start - one.start)
    return Found(kind=one.kind, start=at, end=at + len(piece), text=piece)


def _meet(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end
