"""Which rows are held out. The rules, in the order in which they win:

1. Rows with near-same prompts stay on one side, and so do rows of one thread and a row with those made from it
   (`groups.py`): a question that was trained must not be asked.
2. Of rows with the same answer at most one in three is held out (one of two), so what is asked in other words was taught.
3. At least one question stays in training.
4. A row that alone teaches its fact is held out only when there are too few others: who gives a fact wants it learnt.
5. As many rows as asked, each category by its share (largest remainder), and other answers before the same one again.

The same rows and seed give the same split: rows are ordered by a sha256 of seed and words, not by a random generator.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from burnish.data.fact_rows import FactRows, fact_rows
from burnish.data.groups import asked, children, groups
from burnish.data.near import normalised
from burnish.data.novelty import answer_groups, new_shares
from burnish.records.conversation import Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Indices into the conversations, in file order; each is on one side."""

    train: tuple[int, ...]
    held_out: tuple[int, ...]
    reason: str = ""
    """Why fewer rows are held out than were asked; empty when it is as asked."""


ALONE = 0.6
"""From this share of new specific words on, a row teaches a fact; where no other row gives its answer, it does so alone."""


WAYS = 3
"""Of rows about facts one is held out only where so many state its fact: two ways to ask it are left to learn from."""


__all__ = ["Split", "asked", "holdable", "split"]


def split(conversations: Sequence[Conversation], holdout: int, seed: int, *, times: Sequence[float] | None = None) -> Split:
    """Return which rows are trained and which are held out, at most `holdout` of them and fewer where the rules leave no choice.

    With `times` (seconds since 1970, one a row) the newest groups are held out first, each category by its share as without.
    """
    choice = _chosen(conversations, holdout, seed, times)
    choice.fill(holdout - len(choice.held), choice.every)
    return Split(
        train=tuple(i for i in range(len(conversations)) if i not in choice.held),
        held_out=tuple(sorted(choice.held)),
        reason=_reason(choice, holdout, len(conversations)),
    )


def holdable(conversations: Sequence[Conversation], seed: int = 0) -> int:
    """Return the most rows that `split` holds out without taking a fact out of training that no other row teaches."""
    return len(_chosen(conversations, len(conversations), seed).held)


def _chosen(conversations: Sequence[Conversation], holdout: int, seed: int, times: Sequence[float] | None = None) -> _Choice:
    """Return the choice among rows that do not teach alone: each category by its share first, then any."""
    choice = _Choice(conversations, seed, times)
    by_category: defaultdict[str, list[tuple[int, ...]]] = defaultdict(list)
    for group in choice.others:
        by_category[choice.categories[group[0]]].append(group)
    for category, quota in _quotas(conversations, holdout).items():
        choice.fill(quota, by_category[category])
    choice.fill(holdout - len(choice.held), choice.others)
    return choice


def _quotas(conversations: Sequence[Conversation], holdout: int) -> dict[str, int]:
    """Return how many rows of each category to hold out, by largest remainder (Hamilton's method)."""
    counts = Counter(conversation.category for conversation in conversations)
    shares = {category: holdout * count / len(conversations) for category, count in counts.items()}
    quotas = {category: int(share) for category, share in shares.items()}
    by_remainder = sorted(counts, key=lambda category: (quotas[category] - shares[category], -counts[category], category))
    for category in by_remainder[: holdout - sum(quotas.values())]:
        quotas[category] += 1
    return quotas


class _Choice:
    """What is held out so far, and what may still be."""

    def __init__(self, conversations: Sequence[Conversation], seed: int, times: Sequence[float] | None) -> None:
        self.held: set[int] = set()
        self.categories = [conversation.category for conversation in conversations]
        words = [normalised(conversation.answer) or conversation.answer for conversation in conversations]
        stated = fact_rows(conversations)
        told = list(stated.groups) if stated.about_facts else answer_groups(conversations)
        self.answers: list[tuple[str | int, ...]] = list(zip(words, told, strict=True))
        # A row made from another has its answer from there: it is no second source, and goes with the first anyway.
        self.made = set(children(conversations))
        same = Counter(answer for i, answers in enumerate(self.answers) if i not in self.made for answer in answers)
        # One in three; of two rows one; a row with an answer of its own is free.
        self.room = {answer: max(1, same[answer] // 3) for answers in self.answers for answer in answers}
        self.every = self._groups(conversations, seed, times)
        self.waiting = len(self.every)
        alone = {i for i, share in enumerate(new_shares(conversations)) if share >= ALONE and same[told[i]] == 1}
        alone |= _few_ways(stated)
        self.others = [group for group in self.every if alone.isdisjoint(group)]

    def _groups(self, conversations: Sequence[Conversation], seed: int, times: Sequence[float] | None) -> list[tuple[int, ...]]:
        """Return the groups in the order in which they are tried: the newest first where time decides, else drawn by the seed."""
        members: defaultdict[int, list[int]] = defaultdict(list)
        for i, cluster in enumerate(groups(conversations)):
            members[cluster].append(i)

        def drawn(group: Sequence[int]) -> bytes:
            return hashlib.sha256(f"{seed} {conversations[group[0]].id} {group[0]}".encode()).digest()

        shuffled = sorted(members.values(), key=drawn)
        if times is not None:
            return [tuple(group) for group in sorted(shuffled, key=lambda group: -max(times[i] for i in group))]
        met: Counter[tuple[str | int, ...]] = Counter()
        turn = []
        for group in shuffled:
            turn.append(met[self.answers[group[0]]])
            met[self.answers[group[0]]] += 1
        order = sorted(range(len(shuffled)), key=lambda k: (turn[k], k))
        return [tuple(shuffled[k]) for k in order]

    def fill(self, wanted: int, groups: Sequence[tuple[int, ...]]) -> None:
        """Hold out up to `wanted` more rows of these groups, in their order."""
        for group in groups:
            if wanted <= 0 or self.waiting <= 1:
                return
            if len(group) <= wanted and self.held.isdisjoint(group) and self._has_room(group):
                self.held.update(group)
                self.room.update(self._room_after(group))
                self.waiting -= 1
                wanted -= len(group)

    def _has_room(self, group: Sequence[int]) -> bool:
        return all(room >= 0 for room in self._room_after(group).values())

    def _room_after(self, group: Sequence[int]) -> dict[str | int, int]:
        taken = Counter(answer for i in group if i not in self.made for answer in self.answers[i])
        return {answer: self.room[answer] - count for answer, count in taken.items()}


def _few_ways(stated: FactRows) -> set[int]:
    """Return the rows, where all are about facts, whose fact too few rows state for one to be held out."""
    if not stated.about_facts:
        return set()
    ways = Counter(stated.groups)
    return {i for i, group in enumerate(stated.groups) if ways[group] < WAYS}


def _reason(choice: _Choice, holdout: int, rows: int) -> str:
    held = len(choice.held)
    if held >= holdout:
        return ""
    told = f"{held} of {rows} rows are held out, {holdout} were asked for: "
    if rows == 0:
        return told + "there are no rows"
    if choice.waiting + held == 1 or (held == 0 and choice.waiting == 1):
        return told + ("there is but one row" if rows == 1 else "all rows ask the same, and what is trained must not be asked")
    if choice.waiting == 1:
        return told + "the rest asks one and the same, and something must be trained"
    return told + "rows that ask the same stay on one side, and of rows with the same answer at most one in three is held out"
