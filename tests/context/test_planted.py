"""Planted facts: made well, and kept."""

from __future__ import annotations

import pytest

from burnish.context.marks import norm, stands
from burnish.context.planted import planted
from burnish.context.shorten import budget_of, shorten
from burnish.evaluate.statistics import paired
from context.toy_talks import letters, uneven


def test_the_generator_keeps_its_promises():
    """Sixty turns in turn, ten facts, each in its own user turn and nowhere else; a seed gives one talk."""
    for seed in range(12):
        made = planted(seed)
        text = [norm(one.content) for one in made.messages]

        assert made == planted(seed) != planted(seed + 1)
        assert (60, 10) == (len(made.messages), len(made.facts))
        assert all(one.role == ("user", "assistant")[i % 2] for i, one in enumerate(made.messages))
        for fact in made.facts:
            assert [fact.turn] == [i for i, one in enumerate(text) if stands(norm(fact.value), one)]


def _recall(method: str, ratio: float) -> tuple[list[float], list[int]]:
    ruler, hits, groups = letters(), [], []
    for seed in range(6):
        made = planted(seed)
        messages = made.asking(made.facts)
        left = shorten(messages, budget_of(messages, ratio, ruler), ruler, method).messages
        text = norm("\n".join(one.content for one in left)).replace(norm(messages[-1].content), "")
        hits += [float(stands(norm(fact.value), text)) for fact in made.facts]
        groups += [seed] * len(made.facts)
    return hits, groups


@pytest.mark.parametrize(("ratio", "least"), [(0.5, 0.9), (0.25, 0.75)])
def test_planted_facts_are_recalled_and_dropping_is_beaten(ratio, least):
    """At half and a quarter of the tokens the facts stand, and a paired verdict calls it better than dropping."""
    hits, groups = _recall("auto", ratio)
    plain, _ = _recall("drop", ratio)

    assert sum(hits) / len(hits) >= least
    assert paired(plain, hits, groups).verdict == "better"


@pytest.mark.parametrize("ratio", [0.5, 0.25, 0.1])
def test_the_budget_is_used(ratio):
    """Where a part's tokens cannot be foretold, nine tenths of the budget and more are still used, and never more than all."""
    ruler = uneven()
    for seed in range(6):
        made = planted(seed)
        messages = made.asking(made.facts[:2])
        budget = budget_of(messages, ratio, ruler)

        assert 0.9 * budget <= shorten(messages, budget, ruler, "facts").tokens_after <= budget
