"""How a version is continued: decided from the facts of the past, with reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest
from facts import machine, profile, shape

from burnish.errors import RecipeError
from burnish.plan import table
from burnish.plan.make import make_plan, steps_in_all
from burnish.plan.quote import make_quote
from burnish.records.past import Past
from burnish.records.recipe import build_recipe

PAST = Past(version="v1", sessions=1, rows=50, rank=8, alpha=16, targets=("down_proj", "q_proj"), rslora=False)


def continued(past=PAST, rows=60, **given):
    """Return the plan of a run on some rows that continues a version."""
    return make_plan(build_recipe(given), profile(rows=rows), machine(), shape(), "toy", past)


def test_the_first_session_starts_fresh():
    """Without a past there is nothing to replay, and the plan says so."""
    made = continued(None)

    assert (made.strategy, made.replay, made.replay_rows, made.rank_before) == ("fresh", 0.0, 0, 0)


def test_a_later_session_stacks_and_replays():
    """By default the earlier adapter is kept beside the new one, and its rows come again in every epoch."""
    made = continued()

    assert made.strategy == "stack"
    assert (made.lora_rank, made.rank_before, made.rank_at_once) == (8, 8, 16)
    assert 0 < made.replay_rows <= 50
    assert f"{made.replay_rows} of 50 earlier rows" in made.reasons["session.replay"]


@pytest.mark.parametrize("earlier", [10, 50, 200, 1000, 10_000])
def test_the_cost_of_a_session_stays_bounded(earlier):
    """However many rows came before, a session takes less than twice the steps of a first one on the same rows."""
    first, later = continued(None), continued(Past(**{**_fields(PAST), "rows": earlier}))

    assert steps_in_all(later, 60) < 2 * steps_in_all(first, 60)
    assert later.replay_rows <= earlier


def _fields(past):
    return {name: getattr(past, name) for name in past.__slots__}


def test_no_kept_rows_are_no_replay():
    """After an adopted version there is nothing to replay."""
    made = continued(Past(**{**_fields(PAST), "rows": 0}))

    assert (made.replay, made.replay_rows) == (0.0, 0)
    assert "none of the rows" in made.reasons["session.replay"]


def test_what_is_asked_for_wins():
    """Replay and general prompts are as asked; no more rows are replayed than there are."""
    made = continued(**{"session.replay": 5.0, "session.anchor": 7, "session.strategy": "merge"})

    assert (made.strategy, made.anchor, made.replay_rows) == ("merge", 7, 50)
    assert (made.rank_before, made.rank_at_once) == (8, 8)


def test_continuing_keeps_the_adapter_as_it_is():
    """The same matrices are trained on, so rank, alpha and targets are those of the version; another wish is named."""
    made = continued(**{"session.strategy": "continue"})

    assert (made.lora_rank, made.lora_alpha, made.lora_targets, made.rank_before) == (8, 16, ("down_proj", "q_proj"), 0)
    with pytest.raises(RecipeError, match="the adapter it has") as caught:
        continued(**{"session.strategy": "continue", "lora.rank": 4, "lora.alpha": 8})
    assert "lora.rank: 4" in str(caught.value)
    assert "lora.alpha: 8" in str(caught.value)


def test_a_strategy_without_a_version_waits():
    """There is nothing to continue on a first run: the plan is the one without it, and its reason says that it has no effect yet."""
    made, plain = continued(None, **{"session.strategy": "stack"}), continued(None)

    assert made.strategy == plain.strategy == "fresh"
    assert made.reasons["session.strategy"].endswith("stack is for a version that is continued, and has no effect yet")
    assert replace(made, reasons={}) == replace(plain, reasons={})


def test_replayed_rows_are_quoted():
    """A session that replays is quoted for longer than one that does not."""
    quotes = [
        make_quote(made, shape(), profile(rows=60), None, machine())
        for made in (continued(**{"session.replay": 0.0}), continued(**{"session.replay": 1.0}))
    ]

    assert quotes[1].seconds_high > 1.5 * quotes[0].seconds_high
    assert table.STRATEGY == "stack"


def test_replay_counts_the_epochs_that_facts_take():
    """Sixty single facts are seen in twenty epochs, not in the table's ten: so often do earlier rows have their turn."""
    made = make_plan(build_recipe({}), profile(rows=60, fact_rows=60, facts=60), machine(), shape(), "toy", PAST)

    assert made.epochs == 20
    assert "in 20 epochs" in made.reasons["session.replay"]
