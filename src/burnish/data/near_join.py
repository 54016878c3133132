"""The search for near-same texts among many: exact, and nearly in proportion to the texts.

Two sets that overlap by `t` of their union share a gram among the rarest part of each (prefix filtering; Bayardo, Ma, Srikant
2007, "Scaling Up All Pairs Similarity Search"), and where that gram stands bounds what they can share at all (positional filtering;
Xiao, Wang, Lin, Yu 2008, "Efficient Similarity Joins for Near Duplicate Detection"). Only the sets that belong together are asked
for and not every pair, so texts that are joined already are passed over together: 10,000 copies of a form cost 10,000 steps.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from burnish.data.grams import Grams
from burnish.data.joined import Joined

PARTS, WHOLE = 4, 5
"""The least overlap of two near-same texts, as a fraction: 0.8 in whole numbers, so that no bound is off by a rounding."""
CROWD = 32
"""A gram that more texts share keeps them by the set they belong to."""
_PLACE_BITS = 10
_PLACE_MASK = (1 << _PLACE_BITS) - 1
"""A place among 512 grams at most."""
_NOBODY: Mapping[int, Sequence[int]] = {}


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two texts must share to be near-same at all, whatever their grams."""

    numbers: tuple[str, ...]
    """The same of both."""
    names: frozenset[str]
    """Each must be among the words of the other."""
    words: frozenset[str]


def join_near(
    texts: Sequence[str], likes: Sequence[Likeness], joined: Joined, members: Sequence[int], same: Callable[[int, int], bool]
) -> None:
    """Join the texts that are near-same: whose grams overlap enough, and of which `same` says that they are.

    `members[k]` is what `joined` calls text `k`.
    """
    grams = Grams.of(texts)
    kin = _Kin(likes)
    shared = _shared(grams, kin.alike)
    search = _Search(grams, joined, members, same)
    for k in np.argsort(grams.sizes, kind="stable").tolist():
        places, numbers = shared(k)
        search.add(k, places, numbers, kin.own[k], kin.met(k))


class _Kin:
    """Which texts can be near-same by their numbers and names: those of one room, and each text's own room has a number.

    A text lives in the room of its numbers and its rarest name, or of no name. A near-same one has that name among its words.
    """

    def __init__(self, likes: Sequence[Likeness]) -> None:
        self._likes = likes
        often = Counter(name for like in likes for name in like.names & like.words)
        self._rarest = [min(like.names & like.words, key=lambda name: (often[name], name), default="") for like in likes]
        self._labels = frozenset(self._rarest)
        rooms: dict[tuple[tuple[str, ...], str], int] = {}
        self.own = [rooms.setdefault((like.numbers, rare), len(rooms)) for like, rare in zip(likes, self._rarest, strict=True)]
        self._rooms = rooms
        alike: dict[tuple[str, ...], int] = {}
        self.alike = np.array([alike.setdefault(like.numbers, len(alike)) for like in likes], np.uint64)
        """A number for each text; texts with the same numbers in them have the same."""

    def met(self, k: int) -> list[int]:
        """Return the rooms in which a near-same text may live."""
        like = self._likes[k]
        asked = ["", *sorted(self._labels & like.words)]
        return [room for name in asked if (room := self._rooms.get((like.numbers, name))) is not None]


def _shared(grams: Grams, alike: npt.NDArray[np.uint64]) -> Callable[[int], tuple[list[int], list[int]]]:
    """Return a function that gives (places, numbers) of the rarest grams of a text that another text has among its rarest too."""
    sizes = grams.sizes
    lengths = sizes - -(-PARTS * sizes // WHOLE) + 1
    ends = np.cumsum(lengths)
    place = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    number = grams.numbers[np.repeat(grams.starts[:-1], lengths) + place]
    several = _repeated((np.repeat(alike, lengths) << np.uint64(32)) | number)
    kept = np.concatenate([[0], np.cumsum(several)])
    begins, stops = kept[ends - lengths].tolist(), kept[ends].tolist()
    place, number = place[several], number[several]
    return lambda k: (place[begins[k] : stops[k]].tolist(), number[begins[k] : stops[k]].tolist())


def _repeated(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Return which values stand in the array more than once."""
    order = np.argsort(values, kind="stable")
    again = np.diff(values[order]) == 0
    found = np.zeros(len(values), np.bool_)
    found[order[1:][again]] = found[order[:-1][again]] = True
    return found


class _Search:
    """The texts met so far, by the grams they are found by; smaller texts come first."""

    def __init__(self, grams: Grams, joined: Joined, members: Sequence[int], same: Callable[[int, int], bool]) -> None:
        self._sizes: list[int] = grams.sizes.tolist()
        self._parities = grams.parities
        self._set = functools.lru_cache(maxsize=4096)(grams.set_of)  # texts of about one size meet
        self._joined = joined
        self._members = members
        self._same = same
        self._holders: dict[int, int | list[int]] = {}
        """By room and gram: the first CROWD texts, each with the place of the gram among its own. One alone, as most are, has no
        list: a million small lists cost more than all the rest."""
        self._crowds: dict[int, dict[int, list[int]]] = {}
        """The others of a gram that many share, by a set that they belong to."""

    def add(self, k: int, places: Sequence[int], numbers: Sequence[int], own: int, met: Sequence[int]) -> None:
        """Join a text to those near it that came before, and keep it for those to come.

        `met` are the rooms in which it looks, `own` the one in which it is found.
        """
        seen: set[int] = set()
        for place, number in zip(places, numbers, strict=True):
            for room in met:
                holders = self._holders.get(room << 32 | number)
                if isinstance(holders, int):
                    self._try(k, place, holders, seen)
                elif holders is not None:
                    self._look(k, place, holders, self._crowds.get(room << 32 | number, _NOBODY), seen)
        size = self._sizes[k]
        found_by = size - -(-2 * PARTS * size // (PARTS + WHOLE)) + 1  # those to come are no smaller: fewer grams are enough
        for place, number in zip(places, numbers, strict=True):
            if place >= found_by:
                break
            self._keep(own << 32 | number, k, k << _PLACE_BITS | place)

    def _keep(self, key: int, k: int, entry: int) -> None:
        holders = self._holders.get(key)
        if holders is None:
            self._holders[key] = entry
        elif isinstance(holders, int):
            self._holders[key] = [holders, entry]
        elif len(holders) < CROWD:
            holders.append(entry)
        else:
            self._crowds.setdefault(key, {}).setdefault(self._joined.find(self._members[k]), []).append(entry)

    def _look(self, k: int, place: int, holders: Sequence[int], crowd: Mapping[int, Sequence[int]], seen: set[int]) -> None:
        """Join a text to those it shares a gram with that are near it. Sets of a crowd it is in already are passed over whole."""
        for entry in holders:
            self._try(k, place, entry, seen)
        find, mine = self._joined.find, self._members[k]
        for one, entries in crowd.items():
            if find(one) != find(mine):
                any(self._try(k, place, entry, seen) for entry in entries)

    def _try(self, k: int, place: int, entry: int, seen: set[int]) -> bool:
        """Return whether a text is joined to another now, which is tried once: the first gram that they share bounds the rest."""
        other = entry >> _PLACE_BITS
        if other in seen:
            return False
        seen.add(other)
        both = self._sizes[k] + self._sizes[other]
        most = min(self._sizes[k] - place, self._sizes[other] - (entry & _PLACE_MASK))  # this gram and all behind it
        if (PARTS + WHOLE) * most < PARTS * both:
            return False
        one, two = self._members[k], self._members[other]
        if self._joined.find(one) == self._joined.find(two) or not self._overlap(k, other, both) or not self._same(k, other):
            return False
        self._joined.union(one, two)
        return True

    def _overlap(self, k: int, other: int, both: int) -> bool:
        most = (both - (self._parities[k] ^ self._parities[other]).bit_count()) // 2  # a bound that costs a tenth of the sets
        if (PARTS + WHOLE) * most < PARTS * both:
            return False
        return (PARTS + WHOLE) * len(self._set(k) & self._set(other)) >= PARTS * both
