"""Which rows make a step, and which sequences go together."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings, strategies
from train_toys import sequence

from burnish.train.batches import epoch_order, micro_batches, padded_tokens, step_rows

LENGTHS = strategies.lists(strategies.integers(1, 60), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(LENGTHS, strategies.integers(1, 120))
def test_every_sequence_is_in_one_group_within_the_limit(lengths, limit):
    """Nothing is dropped or doubled, and only a sequence that is alone may be longer than the limit."""
    sequences = [sequence(length, i) for i, length in enumerate(lengths)]
    groups = micro_batches(sequences, limit)

    assert Counter(sequences) == Counter(one for group in groups for one in group)
    assert all(padded_tokens(group) <= limit or len(group) == 1 for group in groups)


def test_like_lengths_go_together():
    """Where one long row would pad many short ones, it goes through alone."""
    sequences = [sequence(20, i) for i in range(6)] + [sequence(400, 9)]

    assert [[len(one.ids) for one in group] for group in micro_batches(sequences, 4000)] == [[400], [20] * 6]


def test_a_little_padding_is_cheaper_than_one_more_pass():
    """Rows of nearly one length make one group."""
    assert len(micro_batches([sequence(20 + i, i) for i in range(6)], 4000)) == 1


@settings(max_examples=40, deadline=None)
@given(strategies.integers(1, 50), strategies.integers(1, 12))
def test_a_step_takes_consecutive_rows_and_the_remainder_is_a_step_too(rows, batch_rows):
    """The steps of an epoch hold every row once, in order; only the last may be smaller."""
    order = epoch_order(rows, 1, 0)
    steps = step_rows(order, batch_rows)

    assert order == [row for step in steps for row in step]
    assert all(len(step) == batch_rows for step in steps[:-1])
    assert 1 <= len(steps[-1]) <= batch_rows


def test_the_order_comes_from_seed_and_epoch_alone():
    """The same seed and epoch give the same order; another epoch or another seed gives another one."""
    orders = [epoch_order(30, seed, epoch) for seed, epoch in ((1, 0), (1, 0), (1, 1), (2, 0))]

    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) == 3
    assert all(sorted(order) == list(range(30)) for order in orders)
