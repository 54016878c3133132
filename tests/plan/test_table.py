"""The table's boundaries, hold-out, warm-up and learning rate."""

from __future__ import annotations

import pytest
from facts import plan, profile

from burnish.plan import table
from burnish.plan.rate import learning_rate


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(1, (8, 16, 10)), (99, (8, 16, 10)), (100, (16, 32, 5)), (500, (16, 32, 5)), (501, (32, 64, 3)), (5000, (32, 64, 3))],
)
def test_rank_alpha_and_epochs_change_exactly_at_the_table_boundaries(rows, expected):
    """99 and 100 rows, 500 and 501 rows fall on different lines of the table."""
    made = plan(data=profile(rows))

    assert expected == (made.lora_rank, made.lora_alpha, made.epochs)


@pytest.mark.parametrize(("rows", "expected"), [(60, 512), (100, 640), (501, 768)])
def test_length_caps_are_used_only_when_no_length_is_known(rows, expected):
    """Without any row's length the table's cap stands; with lengths the rows decide."""
    unknown = plan(data=profile(rows, lengths=()))
    known = plan(data=profile(rows, length=100))

    assert (expected, 112) == (unknown.max_length, known.max_length)


@pytest.mark.parametrize(
    ("rows", "expected"), [(1, 0), (9, 0), (10, 2), (24, 4), (60, 10), (99, 16), (100, 16), (200, 20), (500, 50), (5000, 50)]
)
def test_holdout_grows_with_the_rows_to_a_limit(rows, expected):
    """Few rows are all trained on; 60 rows give 10; never more than 50."""
    assert expected == table.holdout_for(rows)


def test_holdout_never_falls_as_rows_grow():
    """One more row never means fewer held out."""
    held = [table.holdout_for(rows) for rows in range(2000)]

    assert held == sorted(held)


@pytest.mark.parametrize(("rows", "steps", "expected"), [(60, 70, 6), (1000, 357, 50), (20, 4, 0), (60, 10, 2), (5, 1, 0)])
def test_warmup_is_a_tenth_of_the_rows_but_never_over_a_fifth_of_the_steps(rows, steps, expected):
    """A run of four steps does not spend them all on warming up."""
    assert expected == table.warmup_for(rows, steps)


def test_the_learning_rate_is_the_one_that_worked_where_it_was_measured():
    """135 M weights, 60 rows, 70 steps: 1e-3, where 2e-4 taught 1 fact of 20."""
    value, reason = learning_rate(134_515_008, 60, 70, facts=True)

    assert value == 1e-3
    assert "135 M" in reason


def test_rows_that_share_a_manner_are_trained_more_gently():
    """The same model and rows at half the rate when the rows teach a manner: 1e-3 cost the base facts it knew."""
    value, reason = learning_rate(134_515_008, 60, 70, facts=False)

    assert value == 5e-4
    assert "manner" in reason


def test_the_learning_rate_falls_with_model_size_rows_and_steps():
    """Bigger models, more rows and longer runs are each trained more gently."""
    here = learning_rate(134_515_008, 60, 70, facts=True)[0]

    assert 3e-4 <= learning_rate(1_100_048_384, 60, 70, facts=True)[0] <= 4e-4
    assert 1e-4 <= learning_rate(7_000_000_000, 60, 70, facts=True)[0] <= 1.6e-4
    assert learning_rate(134_515_008, 300, 70, facts=True)[0] < here
    assert learning_rate(134_515_008, 60, 1000, facts=True)[0] < here


def test_the_learning_rate_stays_in_bounds_for_toys_and_giants():
    """A toy of 10,000 weights and a model of 400 G weights get a rate that is neither wild nor dead."""
    assert learning_rate(10_000, 1, 1, facts=True)[0] == 2e-3
    assert learning_rate(400_000_000_000, 5000, 5000, facts=True)[0] == 5e-5


@pytest.mark.parametrize(("hidden", "tokens"), [(64, 768), (576, 768), (960, 448), (1152, 384), (2048, 256), (8192, 256)])
def test_the_fast_step_takes_fewer_tokens_at_once_the_wider_the_model(hidden, tokens):
    """Products of a wide model are at full speed with few tokens, and each token holds more memory."""
    assert tokens == table.most_at_once_fast(hidden)
