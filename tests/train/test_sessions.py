"""Training on from an earlier session: what stays, what is learnt, and which rows come again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch
from train_toys import examples, finished, job

from burnish.errors import TrainError
from burnish.model.chain import merge, read_saved
from burnish.model.load import load_model
from burnish.model.lora import WEIGHTS, load_adapter, read_state
from burnish.train.batches import turn
from burnish.train.events import Stopped
from burnish.train.loop import train
from burnish.train.sft import Beside, Sft
from burnish.train.timing import time_step
from plan_toys import PLAN

NUMBERS = replace(PLAN, lora_dropout=0.0, keep="last", epochs=4, learning_rate=1e-2)


@pytest.fixture
def first(base, tmp_path):
    """Train a first session; return its adapter folder."""
    finished(job(base, tmp_path / "first", plan=NUMBERS))
    return tmp_path / "first" / "adapter"


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("fast", [False, True])
def test_a_stacked_session_leaves_the_earlier_one_as_it_was(fast, decay, base, first, tmp_path):
    """The earlier ranks are the same bits after training, decay or not; the new ones are not, and begin without effect."""
    plan = replace(NUMBERS, strategy="stack", lora_rank=2, lora_alpha=4, rank_before=4, fast=fast, weight_decay=decay, seed=3)
    done = finished(job(base, tmp_path / "second", plan=plan, init_adapter=first, train=examples(12, start=20)))
    before, after = read_state(first), read_state(tmp_path / "second" / "adapter")

    for name, tensor in after.items():
        earlier, new = (tensor[:4], tensor[4:]) if ".lora_A." in name else (tensor[:, :4], tensor[:, 4:])
        assert torch.equal(earlier, before[name]), name
        assert new.abs().max() > 0
    assert done.loss_last < done.loss_first


@pytest.mark.parametrize("strategy", ["stack", "merge"])
def test_both_ways_end_in_one_stock_adapter_of_the_base(strategy, first, toy_folder, tmp_path):
    """The adapter on the disk, on the plain base, has the loss that training ended with; its rank is that of both sessions."""
    model = load_model(toy_folder, dtype="float32")
    if strategy == "merge":
        merge(model, read_saved(first))
    plan = replace(NUMBERS, strategy=strategy, lora_rank=2, lora_alpha=4, rank_before=4, seed=3)
    the_job = job(model, tmp_path / "second", plan=plan, init_adapter=first, train=examples(12, start=20))
    finished(the_job)
    whole = read_saved(tmp_path / "second" / "adapter")
    tuned = load_adapter(load_model(toy_folder, dtype="float32"), tmp_path / "second" / "adapter")
    ids = torch.tensor([the_job.train[0].sequences[0].ids])
    with torch.no_grad():
        logits = tuned(input_ids=ids, use_cache=False).logits
        first_alone = load_adapter(load_model(toy_folder, dtype="float32"), first)(input_ids=ids, use_cache=False).logits

    assert whole.rank == 6
    assert whole.scale == 2.0
    assert (logits - first_alone).abs().max() > 1e-3
    assert sum(tensor.abs().sum() for tensor in read_state(first).values()) > 0


def test_merged_and_stacked_training_see_the_same_first_loss(first, toy_folder, tmp_path):
    """In float32 a fresh adapter beside the earlier one starts from the same function as one on top of the merged weights."""
    losses = []
    for strategy in ("stack", "merge"):
        model = load_model(toy_folder, dtype="float32")
        if strategy == "merge":
            merge(model, read_saved(first))
        plan = replace(NUMBERS, strategy=strategy, rank_before=4)
        rows = examples(12, start=20)
        losses.append(finished(job(model, tmp_path / strategy, plan=plan, init_adapter=first, train=rows)).loss_first)

    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


@pytest.mark.parametrize("strategy", ["stack", "continue"])
def test_a_session_that_changes_nothing_is_no_success(strategy, base, first, tmp_path):
    """An earlier adapter has an effect of its own: training that adds nothing to it is told all the same."""
    plan = replace(NUMBERS, strategy=strategy, learning_rate=1e-12, rank_before=4 if strategy == "stack" else 0)
    with pytest.raises(TrainError, match="does nothing"):
        finished(job(base, tmp_path / "second", plan=plan, init_adapter=first))


def test_a_killed_session_with_replay_goes_on_to_the_same_bytes(base, first, tmp_path):
    """Stopped in its second epoch and taken up, a stacked session with replay ends with the adapter of the one that ran through."""
    plan = replace(NUMBERS, strategy="stack", rank_before=4, replay_rows=3)
    rows, old = examples(12, start=20), examples(7)
    finished(job(base, tmp_path / "whole", plan=plan, init_adapter=first, train=rows, replay=old))
    left = iter([False] * 9 + [True] * 100)
    cut = job(base, tmp_path / "cut", plan=plan, init_adapter=first, train=rows, replay=old, should_stop=lambda: next(left))
    assert isinstance(list(train(cut))[-1], Stopped)
    assert not (tmp_path / "cut" / "adapter").exists()
    finished(job(base, tmp_path / "cut", plan=plan, init_adapter=first, train=rows, replay=old, resume=True))

    assert (tmp_path / "cut" / "adapter" / WEIGHTS).read_bytes() == (tmp_path / "whole" / "adapter" / WEIGHTS).read_bytes()


def test_every_earlier_row_has_its_turn_before_any_comes_again():
    """Ten rows, four an epoch: five epochs see each exactly twice, in an order that the seed gives."""
    seen = [turn(10, 4, 1, epoch) for epoch in range(5)]

    assert Counter(row for epoch in seen for row in epoch) == dict.fromkeys(range(10), 2)
    assert len({row for epoch in seen[:2] for row in epoch}) == 8
    assert seen == [turn(10, 4, 1, epoch) for epoch in range(5)]
    assert seen != [turn(10, 4, 2, epoch) for epoch in range(5)]
    assert turn(0, 0, 1, 0) == []


def test_an_epoch_has_all_new_rows_and_its_share_of_the_earlier_ones():
    """Each epoch: every new row once, `replayed` earlier ones, numbered after them; and the batches hold their sequences."""
    new, old = examples(5), examples(6, start=30)
    objective = Sft(train=new, judged=(), pad_id=0, limit=64, beside=(Beside(examples=old, each=2),))
    orders = [objective.order(7, epoch) for epoch in range(3)]

    assert objective.rows == 7
    assert [sorted(row for row in order if row < 5) for order in orders] == [[0, 1, 2, 3, 4]] * 3
    assert sorted(row - 5 for order in orders for row in order if row >= 5) == [0, 1, 2, 3, 4, 5]
    trained = {sequence for group in objective.batches(orders[0]) for sequence in group}
    assert {old[row - 5].sequences[0] for row in orders[0] if row >= 5} <= trained


def test_a_step_is_timed_with_the_earlier_ranks(base):
    """The quote's step holds the earlier adapter too, and leaves the base without any."""
    timing = time_step(base, examples(8), replace(NUMBERS, strategy="stack"), 0, beside=4)

    assert timing.seconds > 0
    assert not [name for name, _ in base.named_parameters() if "lora" in name]
