"""Rows end to end, without padding: no row sees another, each one's positions start at 0, and what rows begin with in common is there once.

A chat template puts the same words before every conversation. Causal attention never looks ahead, so the hidden states of a common
beginning are the same in every row: it is computed once, and the rows that go on from it attend to its keys and values. Its gradient
is the sum of what comes back from all of them, as if it had been computed in each.

Legend: N tokens of all rows, M targets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence as Many
from dataclasses import dataclass
from itertools import pairwise, takewhile

import torch
from torch import Tensor

from burnish.model.fast.plain import Rows
from burnish.records.example import Sequence

KINDRED = 8
"""Rows that begin with so many equal tokens are looked at for more. A choice: the start of any template is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Some sequences as one."""

    ids_N: Tensor
    positions_N: Tensor
    rows: Rows
    before_M: Tensor
    """Places whose next token is a target: the head is applied to these only."""
    targets_M: Tensor


def pack(sequences: Many[Sequence], device: torch.device) -> Packed:
    """Return the sequences end to end. A row's first token is never a target: nothing predicts it."""
    ids: list[int] = []
    positions: list[int] = []
    before: list[int] = []
    starts, after = [0], list[int]()

    def put(tokens: Many[int], first: int, goes_on_from: int) -> None:
        ids.extend(tokens)
        positions.extend(range(first, first + len(tokens)))
        starts.append(len(ids))
        after.append(goes_on_from)

    for family, shared in families(sequences):
        head = len(after)
        if shared:
            put(family[0].ids[:shared], 0, -1)
        for sequence in family:
            start = starts[-1] - shared
            put(sequence.ids[shared:], shared, head if shared else -1)
            before += [start + place - 1 for place, flag in enumerate(sequence.supervised) if flag and place]
    ids_N, before_M = torch.tensor(ids, device=device), torch.tensor(before, dtype=torch.long, device=device)
    return Packed(
        ids_N=ids_N,
        positions_N=torch.tensor(positions, device=device),
        rows=Rows(tuple(starts), tuple(after)),
        before_M=before_M,
        targets_M=ids_N[before_M + 1],
    )


def families(sequences: Many[Sequence]) -> list[tuple[list[Sequence], int]]:
    """Return the sequences in groups with the tokens that each group has in common at its start: 0 where nothing is shared.

    Every sequence keeps tokens of its own, and with them each place before one of its targets.
    """
    kindred: defaultdict[tuple[int, ...], list[Sequence]] = defaultdict(list)
    for sequence in sequences:
        kindred[sequence.ids[:KINDRED]].append(sequence)
    found: list[tuple[list[Sequence], int]] = []
    for group in kindred.values():
        shared = min(map(_sharable, group)) if len(group) > 1 else 0
        for one, other in pairwise(group):
            shared = min(shared, sum(1 for _ in takewhile(_equal, zip(one.ids, other.ids, strict=False))))
        found += [(group, shared)] if shared >= KINDRED else [([one], 0) for one in group]
    return found


def _equal(pair: tuple[int, int]) -> bool:
    return pair[0] == pair[1]


def _sharable(sequence: Sequence) -> int:
    """Return how many of a sequence's first tokens come before the place whose next token is its first target, and are not all."""
    places = (place for place, flag in enumerate(sequence.supervised) if flag and place)
    return max(0, min(next(places, len(sequence.ids)), len(sequence.ids)) - 1)
