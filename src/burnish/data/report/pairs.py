"""Which row of a file became which row of the file made from it: the same words, or most of them.

A cleaned row has another id, so its words must tell: of two rows the one that shares most of its words is taken, each row once.
Words that a scrub put in or took out do not count against it much; an answer rewritten from its root is a new row.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from burnish.data.report.facts import row_text
from burnish.records.conversation import Conversation

LIKE = 0.5
"""The least share of the words of both rows that they must have in common."""
COMMON_ROWS = 50
"""A word that more rows hold tells no row from another, and is not searched by."""
NEXT = 3
"""Rows that are always compared: those that file order has next. Most verbs keep it."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """What became of rows. `same + changed + gone` are all rows before, `same + changed + new + made` all after."""

    same: int
    """Rows with the same words in both."""
    changed: tuple[tuple[int, int], ...]
    """(index before, index after) of rows that were changed."""
    gone: tuple[int, ...]
    """Indices before."""
    new: tuple[int, ...]
    """Indices after, of rows that nothing before is like."""
    made: tuple[int, ...]
    """Indices after, of rows that were made from others (`metadata.made`)."""


def paired(before: Sequence[Conversation], after: Sequence[Conversation]) -> Pairs:
    """Return what became of the rows of one file in another. Time is linear in the rows."""
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for i in reversed(range(len(before))):
        waiting[before[i].id].append(i)
    kept = {j: waiting[row.id].pop() for j, row in enumerate(after) if waiting.get(row.id)}
    left = sorted(i for ids in waiting.values() for i in ids)
    others = [j for j in range(len(after)) if j not in kept]
    made = [j for j in others if after[j].metadata.get("made")]
    open_rows = [j for j in others if not after[j].metadata.get("made")]
    changed = _likest(before, left, after, open_rows)
    taken, came = {i for i, _ in changed}, {j for _, j in changed}
    return Pairs(
        same=len(kept),
        changed=tuple(changed),
        gone=tuple(i for i in left if i not in taken),
        new=tuple(j for j in open_rows if j not in came),
        made=tuple(made),
    )


def _likest(
    before: Sequence[Conversation], left: Sequence[int], after: Sequence[Conversation], open_rows: Sequence[int]
) -> list[tuple[int, int]]:
    bags = {i: _bag(before[i]) for i in left}
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for i, bag in bags.items():
        for word in bag:
            holders[word].append(i)
    pairs: list[tuple[int, int]] = []
    taken: set[int] = set()
    for j in open_rows:
        bag = _bag(after[j])
        due = pairs[-1][0] + 1 if pairs else 0
        tried = {i for word in bag if len(holders[word]) <= COMMON_ROWS for i in holders[word]}
        tried.update(left[(at := bisect.bisect_left(left, due)) : at + NEXT])
        best = _best(bag, bags, tried - taken, due)
        if best is not None:
            taken.add(best)
            pairs.append((best, j))
    return pairs


def _best(bag: Counter[str], bags: Mapping[int, Counter[str]], tried: Iterable[int], due: int) -> int | None:
    """Return the likest row; of those that are as like, the one nearest to where file order has it. None where none is like."""
    alike = {i: _alike(bags[i], bag) for i in tried}
    best = max(alike, key=lambda i: (alike[i], -abs(i - due)), default=None)
    return best if best is not None and alike[best] >= LIKE else None


def _bag(row: Conversation) -> Counter[str]:
    return Counter(_WORD.findall(row_text(row).casefold()))


def _alike(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of the words of both that both have (Dice), 0 to 1."""
    return 2 * (one & other).total() / max(1, one.total() + other.total())
