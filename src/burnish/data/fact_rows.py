"""Which rows state facts, and which rows state the same one: what decides how rows are trained, held out and asked again.

A row states a fact when other rows give its answer to other questions (several ways to ask one thing), or when its answer holds a number,
a time, a link, a code or a name that its question does not. What a person says of a row (`metadata.category`) wins. Measured as the share
of such rows: eight sets of invented facts 0.95 to 1.0, two sets of questions and answers 0.97, one person's terse replies 0.22,
the starter rows (half style, half facts) 0.67.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from burnish.data.near import capitalised, normalised
from burnish.grading.fact_keys import fact_groups, is_specific, terms
from burnish.records.conversation import Conversation
from burnish.records.profile import ABOUT_FACTS

FACT = "fact"
COMMON, SHARE_COMMON = 3, 0.2
"""A name or number in more of the answers than so many, and than this share of them, is the manner of all (a signature), and no fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRows:
    """What is known of some rows, one entry a row."""

    groups: tuple[int, ...]
    """Rows of one number state the same fact."""
    states: tuple[bool, ...]
    """Whether the row states a fact."""

    @property
    def about_facts(self) -> bool:
        """Whether the rows as a whole are about facts."""
        return bool(self.states) and sum(self.states) >= ABOUT_FACTS * len(self.states)

    @property
    def facts(self) -> int:
        """How many different facts the rows state."""
        return len({group for group, states in zip(self.groups, self.states, strict=True) if states})


def fact_rows(rows: Sequence[Conversation]) -> FactRows:
    """Return which rows state facts, by their last question and answer."""
    groups, states = _found(tuple((row.prompt[-1].content if row.prompt else "", row.answer) for row in rows))
    said = [row.category for row in rows]
    return FactRows(
        groups=groups,
        states=tuple(state if not category else category == FACT for state, category in zip(states, said, strict=True)),
    )


@functools.lru_cache(maxsize=4)  # the profile, the split and the suites ask about the same rows
def _found(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    groups = fact_groups(pairs)
    ways: defaultdict[int, set[str]] = defaultdict(set)
    for (question, _), group in zip(pairs, groups, strict=True):
        ways[group].add(normalised(question))
    told = [_specifics(question, answer) for question, answer in pairs]
    holders = Counter(one for found in told for one in found)
    most = max(COMMON, len(pairs) * SHARE_COMMON)
    states = [
        len(ways[group]) > 1 or any(holders[one] <= most for one in found) for group, found in zip(groups, told, strict=True)
    ]
    return tuple(groups), tuple(states)


def _specifics(question: str, answer: str) -> set[str]:
    """Return the numbers, times, codes, links and names of an answer that its question does not hold."""
    asked = question.casefold()
    found = {term for term in terms(answer) - terms(question) if is_specific(term)}
    return found | {f"name:{name.casefold()}" for name in capitalised(answer) if name != "I" and name.casefold() not in asked}
