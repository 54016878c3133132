"""The learning rate of each step."""

from __future__ import annotations

import pytest
from train_toys import plan

from burnish.train.schedule import learning_rate


def rates(steps, **changes):
    """Return the rates of a whole run whose full rate is 1."""
    return [learning_rate(plan(learning_rate=1.0, **changes), step, steps) for step in range(steps)]


def test_warm_up_rises_to_the_full_rate():
    """The first step already learns, and the last step of the warm-up has the full rate."""
    assert rates(5, warmup_steps=4, schedule="constant") == [0.25, 0.5, 0.75, 1.0, 1.0]


def test_cosine_falls_from_the_full_rate_by_half_a_wave():
    """Without warm-up the four steps of a cosine stand at 0, 45, 90 and 135 degrees."""
    assert pytest.approx([1.0, 0.853553, 0.5, 0.146447], abs=1e-6) == rates(4, warmup_steps=0, schedule="cosine")


def test_linear_falls_evenly():
    """A linear schedule loses the same with each step, and its last step still learns."""
    assert pytest.approx([1.0, 0.75, 0.5, 0.25]) == rates(4, warmup_steps=0, schedule="linear")


@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
def test_a_warm_up_longer_than_the_run_is_cut_to_it(schedule):
    """Three steps with a warm-up of ten rise to the full rate by the third."""
    assert pytest.approx([1 / 3, 2 / 3, 1.0]) == rates(3, warmup_steps=10, schedule=schedule)
