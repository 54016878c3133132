"""A version that carries its rows: what the plan says of it, how often rows are asked with others before them, and what it costs."""

from __future__ import annotations

import pytest
from facts import TARGETS, machine, plan, profile, shape

from burnish.errors import RecipeError
from burnish.plan.make import make_plan, steps_in_all
from burnish.plan.quote import make_quote
from burnish.records.past import Past
from burnish.records.recipe import build_recipe


def past(memory_k=0):
    """Return a version to go on from."""
    return Past(version="v", sessions=1, rows=60, rank=16, alpha=32, targets=TARGETS, rslora=False, memory_k=memory_k)


def test_no_rows_are_carried_unless_asked_for():
    """Nobody's rows are put into prompts unasked, and the training is what it was."""
    made = plan()

    assert (made.memory_k, made.memory_rows, made.beside_rows) == (0, 0, 0)
    assert "--memory 1" in made.reasons["memory.k"]


def test_rows_asked_with_others_before_them_take_steps_of_their_own():
    """Four passes of 50 trained rows are spread over 10 epochs; the steps, the epochs asked for by steps and the quote follow."""
    without, carrying = plan(), plan({"memory.k": 1})

    quotes = [make_quote(one, shape(), profile(), None, machine()) for one in (without, carrying)]
    assert carrying.memory_rows == 20  # 4 x 50 / 10
    assert steps_in_all(carrying, 60) > steps_in_all(without, 60)
    assert quotes[1].seconds_high > quotes[0].seconds_high


def test_large_sets_are_not_paid_for_four_times():
    """Copying is learnt from some hundreds of examples: of a thousand rows each is asked so once, not four times."""
    made = plan({"memory.k": 1}, data=profile(1000))

    assert made.memory_rows * made.epochs <= 1.1 * 1000


@pytest.mark.parametrize(("before", "wanted", "k"), [(1, None, 1), (1, 0, 0), (0, None, 0), (0, 2, 2)])
def test_what_continues_a_version_that_carries_its_rows_carries_them_too(before, wanted, k):
    """It is inherited, and what is asked for wins."""
    recipe = build_recipe({"memory.k": wanted} if wanted is not None else {})

    assert make_plan(recipe, profile(), machine(), shape(), "smollm2-135m", past(before)).memory_k == k


def test_folds_and_an_empty_text_are_refused_by_name():
    """A fold would need rows of its own to carry; an empty "I don't know" would teach silence."""
    with pytest.raises(RecipeError) as told:
        plan({"memory.k": 1, "data.folds": 3, "memory.unknown": " "})

    assert "memory.k: 1 beside data.folds: 3" in str(told.value)
    assert "memory.unknown" in str(told.value)
