"""Training by the fast step: the same run as by PEFT's own modules, to rounding; the same bytes again, stopped or not."""

from __future__ import annotations

import itertools

import pytest
import torch
from train_toys import PAD, examples, finished, job, plan, sequence

from burnish.errors import TrainError
from burnish.model.fast.sums import summed
from burnish.model.lora import adapter_parameters, read_state
from burnish.records.example import Example
from burnish.train.batches import micro_batches
from burnish.train.events import Stepped
from burnish.train.loop import adapted, train
from burnish.train.sft import Sft

QUICK = plan(fast=True, lora_dropout=0.0)
OWN = plan(fast=False, lora_dropout=0.0)


def stopping_after(asks):
    """Return a should_stop that says yes from this ask on."""
    count = itertools.count(1)
    return lambda: next(count) > asks


def steps(events):
    """Return the losses of a run's steps."""
    return [event.loss for event in events if isinstance(event, Stepped)]


def test_every_step_has_the_loss_of_pefts_own_modules(base, tmp_path):
    """In float32 to 1e-4, though the adapters' roundings go their own ways; and the adapters themselves stay close."""
    quick = list(train(job(base, tmp_path / "quick", plan=QUICK)))
    own = list(train(job(base, tmp_path / "own", plan=OWN)))

    assert steps(quick) == pytest.approx(steps(own), rel=1e-4)
    ours, theirs = read_state(tmp_path / "quick" / "adapter"), read_state(tmp_path / "own" / "adapter")
    assert all(torch.allclose(ours[name], theirs[name], atol=2e-3) for name in theirs)
    assert quick[-1].held_out_best == pytest.approx(own[-1].held_out_best, rel=1e-4)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_stopped_run_goes_on_to_the_same_bytes(base, tmp_path, checkpointing):
    """Same seed: the same sha256 twice, and again when stopped in between."""
    numbers = plan(fast=True, lora_dropout=0.0, checkpointing=checkpointing)
    first, second = (finished(job(base, tmp_path / name, plan=numbers)).adapter_hash for name in "ab")
    list(train(job(base, tmp_path / "c", plan=numbers, should_stop=stopping_after(9))))
    resumed = finished(job(base, tmp_path / "c", plan=numbers, resume=True)).adapter_hash

    assert first == second == resumed


def test_the_steps_memory_is_gone_before_whole_logits_come(base, tmp_path, monkeypatch):
    """At the end all logits of a row are made, twice: beside what the steps were made with that would be the most a run ever holds."""
    seen = []
    monkeypatch.setattr("burnish.train.loop.effect", lambda model, *_args, **_named: seen.append(model.fast) or 1.0)
    list(train(job(base, tmp_path, plan=QUICK)))

    assert seen == [None]


def test_micro_batches_change_no_step(base, tmp_path):
    """One row at a time or all together: the same losses, since every target weighs the same."""
    whole = steps(train(job(base, tmp_path / "whole", plan=plan(fast=True, lora_dropout=0.0, micro_batch_tokens=1000))))
    single = steps(train(job(base, tmp_path / "single", plan=plan(fast=True, lora_dropout=0.0, micro_batch_tokens=1))))

    assert whole == pytest.approx(single, rel=1e-4)


def test_a_fast_step_that_is_wrong_is_not_trained_with(base, tmp_path, monkeypatch):
    """A kernel that errs on some processor would be found before the first step."""
    from burnish.model.fast.decoder import Decoder

    right = Decoder.hidden
    monkeypatch.setattr(Decoder, "hidden", lambda self, packed: right(self, packed) * 1.5)
    with pytest.raises(TrainError, match="do not agree on the loss of the first row") as raised:
        list(train(job(base, tmp_path, plan=QUICK)))

    assert "--set model.fast=false" in raised.value.remedy


@pytest.mark.parametrize("limit", [1, 40, 100, 10_000])
def test_packed_groups_hold_every_row_once_within_the_limit(limit):
    """No padding is counted, and a longer row goes alone."""
    sequences = [row.sequences[0] for row in examples(9)] + [sequence(120, 7)]
    groups = micro_batches(sequences, limit, packed=True)
    sizes = [sum(len(one.ids) for one in group) for group in groups]

    assert sorted(map(id, (one for group in groups for one in group))) == sorted(map(id, sequences))
    assert all(size <= limit or len(group) == 1 for size, group in zip(sizes, groups, strict=True))
    assert len(groups) == 1 or limit < 10_000


def test_what_only_the_step_itself_can_refuse_is_told_by_name(base, tmp_path, monkeypatch):
    """A projection of another kind is seen when the weights are there, after the plan: no defect, and the base is given back."""
    from burnish.model.fast.layout import NotTakenError

    def refuse(*_args, **_named):
        raise NotTakenError("its projections are Linear4bit")

    monkeypatch.setattr("burnish.train.loop.put_on", refuse)
    with pytest.raises(TrainError, match="its projections are Linear4bit") as raised:
        list(train(job(base, tmp_path, plan=QUICK)))

    assert "--set model.fast=false" in raised.value.remedy
    assert not [name for name, _ in base.named_modules() if "lora_" in name]


def test_a_fast_step_with_wrong_gradients_is_not_trained_with(base, tmp_path, monkeypatch):
    """The loss of a fresh adapter says nothing of the way back: its gradients are compared too."""
    from burnish.model.fast.decoder import Decoder

    right = Decoder.backward

    def wrong(self, run, kept, dhidden):
        return [grad * (-1 if index % 3 else 1) for index, grad in enumerate(right(self, run, kept, dhidden))]

    monkeypatch.setattr(Decoder, "backward", wrong)
    with pytest.raises(TrainError, match="do not agree on the gradients") as raised:
        list(train(job(base, tmp_path, plan=QUICK)))

    assert "--set model.fast=false" in raised.value.remedy


@pytest.mark.parametrize("fast", [True, False])
def test_a_micro_batch_without_a_target_changes_nothing(base, tmp_path, fast):
    """A row of two sequences of which one has nothing to learn: it goes by, alone or beside others, and the steps are the same."""
    silent, rows = sequence(40, 1, supervised=0), examples(6)
    numbers = plan(fast=fast, lora_dropout=0.0, micro_batch_tokens=1)
    beside = (Example(sequences=(silent, rows[0].sequences[0]), row=0), *rows[1:])

    assert steps(train(job(base, tmp_path / "a", plan=numbers, train=beside))) == steps(
        train(job(base, tmp_path / "b", plan=numbers, train=rows))
    )


def test_a_steps_gradients_add_up_in_memory_that_is_used_again(base):
    """To the last bit what autograd adds up pass by pass; the next step finds nothing of this one, and the same memory."""
    objective = Sft(train=examples(3), judged=(), pad_id=PAD, limit=1, packed=True)
    with adapted(base, QUICK) as model:
        parameters = [parameter for _, parameter in adapter_parameters(model)]
        with torch.no_grad():
            for number, one in enumerate(parameters):  # a fresh B is zero, and so would be every gradient of A
                one.add_(0.01 * torch.randn(one.shape, generator=torch.Generator().manual_seed(number)))
        batches = objective.batches(range(3))
        each = [torch.autograd.grad(objective.loss(model, batch), parameters) for batch in batches]
        wanted = [first + second + third for first, second, third in zip(*each, strict=True)]
        found = []
        for _ in range(2):
            with summed(model):
                for batch in batches:
                    objective.loss(model, batch).backward()
            found.append([one.grad.clone() for one in parameters])
            places = [one.grad.data_ptr() for one in parameters]
            for one in parameters:
                one.grad = None

        assert all(map(torch.equal, found[0], wanted))
        assert all(map(torch.equal, found[1], wanted))
        with summed(model):
            objective.loss(model, batches[0]).backward()

        assert [one.grad.data_ptr() for one in parameters] == places
        assert all(map(torch.equal, [one.grad for one in parameters], each[0]))


def test_outside_a_step_autograd_has_the_gradients(base):
    """What asks autograd itself gets them, before a step and after, and nothing is put in the parameters."""
    with adapted(base, QUICK) as tuned:
        parameters = [parameter for _, parameter in adapter_parameters(tuned)]
        objective = Sft(train=examples(3), judged=(), pad_id=PAD, limit=1000, packed=True)
        batch = objective.batches(range(3))[0]
        with summed(tuned):
            objective.loss(tuned, batch).backward()
        for one in parameters:
            one.grad = None
        grads = torch.autograd.grad(objective.loss(tuned, batch), parameters)

        assert any(float(grad.abs().max()) > 0 for grad in grads)
        assert all(one.grad is None for one in parameters)
