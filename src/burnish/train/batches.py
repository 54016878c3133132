"""Which rows make a step, and which sequences go through the model together. Nothing is ever dropped."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence as Rows

from burnish.records.example import Sequence

OVERHEAD_TOKENS = 48
"""What one more pass through the model costs beyond its tokens, in tokens: a choice, so that padding is traded for passes."""


def epoch_order(rows: int, seed: int, epoch: int) -> list[int]:
    """Return the row numbers 0..rows-1 in the order of this 0-based epoch, the same for the same seed and epoch anywhere."""
    order = list(range(rows))
    random.Random(f"{seed}:{epoch}").shuffle(order)  # noqa: S311 - an order, not a secret
    return order


def turn(rows: int, number: int, seed: int, epoch: int) -> list[int]:
    """Return which `number` of `rows` rows have their turn in this 0-based epoch: each comes again only after all others.

    More than there are come several times an epoch; all of them in their own order.
    """
    if number == rows:
        return list(range(rows))
    order = epoch_order(rows, seed, -1)
    return [order[i % rows] for i in range(epoch * number, (epoch + 1) * number)]


def step_rows(order: Rows[int], batch_rows: int) -> list[Rows[int]]:
    """Return the rows of each optimizer step: consecutive, `batch_rows` each, the last one smaller where they do not divide."""
    return [step_at(order, batch_rows, step) for step in range(-(-len(order) // batch_rows))]


def step_at(order: Rows[int], batch_rows: int, step: int) -> Rows[int]:
    """Return the rows of one optimizer step of an epoch, 0 for the first."""
    return order[step * batch_rows : (step + 1) * batch_rows]


def micro_batches(sequences: Rows[Sequence], limit: int, *, packed: bool = False) -> list[tuple[Sequence, ...]]:
    """Group sequences for the model: at most `limit` tokens a group with padding, and a longer one alone; longest first.

    With `packed` there is no padding, and the groups are as few and as even as the limit allows.
    Sorted by length and then cut where the padded tokens and the cost of the passes are least in sum (by dynamic programming
    over the cuts, exact for sorted sequences). Every sequence is in exactly one group.
    """
    ordered = sorted(sequences, key=lambda sequence: -len(sequence.ids))  # stable: equal lengths keep their order
    if packed:
        return _packed_groups(ordered, limit)
    cost, cut = [0], [0]  # of the first n sequences: the least cost, and where the last group begins
    for end in range(1, len(ordered) + 1):
        begins = [end - 1]
        while begins[-1] > 0 and len(ordered[begins[-1] - 1].ids) * (end - begins[-1] + 1) <= limit:
            begins.append(begins[-1] - 1)
        costs = [cost[begin] + len(ordered[begin].ids) * (end - begin) + OVERHEAD_TOKENS for begin in begins]
        best = min(range(len(begins)), key=costs.__getitem__)
        cost.append(costs[best])
        cut.append(begins[best])
    groups: list[tuple[Sequence, ...]] = []
    end = len(ordered)
    while end:
        groups.append(tuple(ordered[cut[end] : end]))
        end = cut[end]
    return groups[::-1]


def _packed_groups(ordered: list[Sequence], limit: int) -> list[tuple[Sequence, ...]]:
    """Put each sequence, longest first, into the emptiest group that has room; as many groups as that needs."""
    total = sum(len(one.ids) for one in ordered)
    number = max(1, -(-total // max(limit, 1)))
    while True:
        groups = _spread(ordered, number, limit)
        if groups is not None:
            return [tuple(group) for group in groups if group]
        number += 1


def _spread(ordered: list[Sequence], number: int, limit: int) -> list[list[Sequence]] | None:
    """Return so many groups, or None as soon as one of them has no room; a group for each sequence always does."""
    groups: list[list[Sequence]] = [[] for _ in range(number)]
    emptiest = [(0, place) for place in range(number)]
    for one in ordered:
        size, place = emptiest[0]
        groups[place].append(one)
        heapq.heapreplace(emptiest, (size + len(one.ids), place))
        if size and size + len(one.ids) > limit and number < len(ordered):
            return None
    return groups


def padded_tokens(group: Rows[Sequence]) -> int:
    """Return the tokens that go through the model for one group, padding included."""
    return len(group) * max(len(sequence.ids) for sequence in group)
