"""Which pieces to keep: those that say most that is not said yet, for the tokens they cost, until the room is full.

The greedy rule for covering with costs (Lin and Bilmes 2010, "Multi-document summarization via budgeted maximization of submodular
functions"): always the piece with the greatest gain a token. What a piece would add only shrinks as others are taken, so a heap
of old gains finds the best one without looking at all of them again (Minoux 1978).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from burnish.context.pieces import Piece
from burnish.context.shape import Lines, Size

LINE = 2
"""Tokens of a line's beginning and end."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to keep a piece, wholly or in part."""

    piece: int
    """Which piece."""
    spans: tuple[tuple[int, int], ...]
    """The places (start, end) of its text that are kept."""
    gains: Mapping[str, float]
    """What it says, each with its worth; what is said already is worth nothing more."""


@dataclass(slots=True)
class Chosen:
    """What was taken."""

    spans: dict[int, set[tuple[int, int]]] = field(default_factory=dict)
    """For each piece the places that are kept."""
    said: set[str] = field(default_factory=set)
    looked: int = 0
    """How many times a choice was weighed."""


class Costs:
    """What places of pieces cost in tokens, each piece's tokens spread evenly over its letters: an estimate, mended afterwards."""

    def __init__(self, pieces: Sequence[Piece], size: Size) -> None:
        """Measure each piece once."""
        self._per_letter = {one.place: size(one.text) / max(1, len(one.text)) for one in pieces}
        self._whole = {one.place: (0, len(one.text)) for one in pieces}

    def of(self, piece: int, spans: Iterable[tuple[int, int]], had: set[tuple[int, int]]) -> float:
        """Return the tokens that `spans` add to those the piece has."""
        if self._whole[piece] in had:
            return 0.0
        new = [one for one in spans if one not in had]
        letters = sum(end - start + 1 for start, end in new)
        if self._whole[piece] in new:
            letters -= sum(end - start + 1 for start, end in had)
        return max(0.5, letters * self._per_letter[piece]) + (0 if had else LINE / 2)


def choose(choices: Sequence[Choice], room: float, costs: Costs, said: frozenset[str] = frozenset()) -> Chosen:
    """Return what to take within `room` tokens; `said` is what stands elsewhere already. Ties go to the earlier choice."""
    chosen = Chosen(said=set(said))
    heap = [(-sum(one.gains.values()) / costs.of(one.piece, one.spans, set()), i) for i, one in enumerate(choices)]
    heapq.heapify(heap)
    left = room
    while heap and left > 0:
        _, i = heapq.heappop(heap)
        one = choices[i]
        chosen.looked += 1
        had = chosen.spans.get(one.piece, set())
        cost = costs.of(one.piece, one.spans, had)
        gain = sum(worth for what, worth in one.gains.items() if what not in chosen.said)
        if gain <= 0 or not cost:
            continue
        if heap and -gain / cost > heap[0][0] + 1e-12:
            heapq.heappush(heap, (-gain / cost, i))
            continue
        if cost > left:
            continue
        left -= cost
        chosen.spans[one.piece] = had | set(one.spans)
        chosen.said |= one.gains.keys()
    return chosen


def written(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return what is kept of a piece: all of it, or the places in order with a space between."""
    kept = sorted(spans)
    if (0, len(text)) in kept:
        return text
    return " ".join(" ".join(text[start:end].split()) for start, end in kept)


def lines_of(found: Sequence[Piece], choices: Sequence[Choice], costs: Costs, said: frozenset[str], room: int) -> Lines:
    """Return the lines (turn, role, text) of what is taken, in the order of the conversation."""
    chosen = choose(choices, room, costs, said)
    return [(found[i].turn, found[i].role, written(found[i].text, spans)) for i, spans in sorted(chosen.spans.items())]
