"""What a step costs beside the model does not grow with the rows, and what an epoch costs grows as they do: counted, not timed."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import pytest
from train_toys import PAD, examples, job, plan, sequence

from burnish.train.batches import _packed_groups, epoch_order, micro_batches, step_at, step_rows
from burnish.train.events import HeldOut, Stepped
from burnish.train.loop import train
from burnish.train.sft import Beside, Sft
from counting import lines_run


class Watched(tuple):  # noqa: SLOT001 - a tuple with items has none
    """Rows that count how often one of them is looked at."""

    looks: ClassVar[Counter] = Counter()

    def __getitem__(self, i):
        """Count one look."""
        self.looks["rows"] += 1
        return super().__getitem__(i)

    def __iter__(self):
        """Count a look at each."""
        self.looks["rows"] += len(self)
        return super().__iter__()


def watched(number):
    """Return watched rows, none looked at yet."""
    Watched.looks.clear()
    return Watched(examples(20) * (number // 20))


def test_a_step_looks_at_its_own_rows_alone():
    """The batches of three rows take three looks, among 20 rows or 2,000, beside others that take turns."""
    for number in (20, 2000):
        rows = watched(number)
        objective = Sft(train=rows, judged=(), pad_id=PAD, limit=100, packed=True, beside=(Beside(examples=examples(5), each=2),))
        batches = objective.batches([7, 3, number + 4])

        assert rows.looks["rows"] == 2
        assert [len(one.ids) for group in batches for one in group] == sorted(
            (len(examples(20)[i].sequences[0].ids) for i in (7, 3, 4)), reverse=True
        )


def test_a_run_draws_its_order_once_an_epoch(base, tmp_path, monkeypatch):
    """Twelve steps of two epochs draw two orders and not twelve, and look at each row a few times; the start is judged too."""
    drawn = []
    order = Sft.order
    monkeypatch.setattr(Sft, "order", lambda self, seed, epoch: drawn.append(epoch) or order(self, seed, epoch))
    rows = watched(40)
    numbers = plan(fast=True, lora_dropout=0.0, batch_rows=8, epochs=2, max_steps=None)
    events = list(train(job(base, tmp_path, plan=numbers, train=rows)))

    assert sum(isinstance(event, Stepped) for event in events) == 10
    assert drawn == [0, 1]
    assert rows.looks["rows"] <= 8 * len(rows)
    assert sum(isinstance(event, HeldOut) for event in events) == 3


def test_a_long_run_keeps_no_more_and_does_no_more_a_step(base, tmp_path):
    """Five times the steps leave as many checkpoints, and cost as many lines of code a step."""
    lines, left = {}, {}
    for steps in (5, 25):
        numbers = plan(fast=True, lora_dropout=0.0, batch_rows=1, epochs=10, max_steps=steps)
        folder = tmp_path / str(steps)
        lines[steps] = lines_run(lambda numbers=numbers, folder=folder: list(train(job(base, folder, plan=numbers))))
        left[steps] = len(list((folder / "checkpoints").iterdir()))

    assert lines[25] - lines[5] < 1.2 * 20 / 5 * lines[5]
    assert left[25] <= 3


@pytest.mark.parametrize("packed", [True, False])
def test_groups_of_many_sequences_cost_in_proportion(packed):
    """Four times the sequences, four times the lines run (and no scan of all groups for each sequence)."""
    many = [sequence(8 + 7 * i % 23, i) for i in range(1600)]
    cost = {
        count: lines_run(lambda count=count: micro_batches(many[:count], 1000 if packed else 120, packed=packed))
        for count in (400, 1600)
    }

    assert cost[1600] < 1.3 * 4 * cost[400]


def test_groups_are_those_of_a_scan_for_the_emptiest():
    """The heap finds the group that a scan finds, the first of those equally empty, for every limit."""
    for limit in (1, 31, 64, 200, 5000):
        ordered = sorted((sequence(3 + 11 * i % 40, i) for i in range(90)), key=lambda one: -len(one.ids))
        assert _packed_groups(ordered, limit) == scanned(ordered, limit)


def scanned(ordered, limit):
    """Return the groups by the plain rule."""
    number = max(1, -(-sum(len(one.ids) for one in ordered) // limit))
    while True:
        groups, sizes = [[] for _ in range(number)], [0] * number
        for one in ordered:
            place = min(range(number), key=sizes.__getitem__)
            groups[place].append(one)
            sizes[place] += len(one.ids)
        if number >= len(ordered) or all(s <= limit or len(g) == 1 for g, s in zip(groups, sizes, strict=True)):
            return [tuple(group) for group in groups if group]
        number += 1


def test_a_step_found_alone_is_the_one_of_the_list():
    """`step_at` gives what stands in `step_rows` at that place, the last and smaller one too."""
    order = epoch_order(23, 1, 2)
    assert [step_at(order, 4, k) for k in range(6)] == step_rows(order, 4)
    assert sum(map(len, step_rows(order, 4))) == 23
