"""One optimizer step."""

from __future__ import annotations

import pytest
import torch
from train_toys import PAD, examples, plan, sequence

from burnish.model.lora import adapter_state
from burnish.records.example import Example
from burnish.train.learner import Learner, NotFiniteError, StopAsked
from burnish.train.loop import adapted
from burnish.train.sft import Sft

# Unlike numbers of targets in the batches (1, 2 and 20): a mean of means would be far off.
ROWS = tuple(Example(sequences=(sequence(21, i, supervised=n),), row=i) for i, n in enumerate((1, 2, 20)))


def sft(rows=ROWS, limit=1000):
    """Return the objective over some rows."""
    return Sft(train=rows, judged=(), pad_id=PAD, limit=limit)


def stepped(base, objective, batches, **changes):
    """Return (the adapter after one step, what the step saw)."""
    with adapted(base, plan(lora_dropout=0.0, **changes)) as model:
        seen = Learner(model, plan(lora_dropout=0.0, **changes)).step(objective, batches, 1e-2, lambda: False)
        return adapter_state(model), seen


def test_accumulation_weighs_tokens(base):
    """Row by row or all at once, a step has the same loss and gradient norm: each token weighs the same."""
    _, seen_whole = stepped(base, sft(), sft().batches(range(3)))
    _, seen_parts = stepped(base, sft(), sft(limit=1).batches(range(3)))

    assert (len(sft().batches(range(3))), len(sft(limit=1).batches(range(3)))) == (1, 3)
    assert seen_whole.targets == seen_parts.targets == 23
    assert pytest.approx(seen_whole.loss, rel=1e-5) == seen_parts.loss
    assert pytest.approx(seen_whole.grad_norm, rel=1e-4) == seen_parts.grad_norm


def test_the_gradient_is_that_of_the_mean_over_all_targets(base):
    """The norm of the step's gradient is the one of the mean written out by hand."""
    objective = sft(limit=1)
    _, seen = stepped(base, objective, objective.batches(range(3)))
    with adapted(base, plan(lora_dropout=0.0)) as model:
        losses = [objective.loss(model.train(), batch) for batch in objective.batches(range(3))]
        parameters = [p for p in model.parameters() if p.requires_grad]
        grads = torch.autograd.grad(sum(losses) / 23, parameters)
        means = torch.autograd.grad(
            sum(objective.loss(model, one) / objective.targets(one) / 3 for one in objective.batches(range(3))), parameters
        )

    assert pytest.approx(float(torch.nn.utils.get_total_norm(grads)), rel=1e-5) == seen.grad_norm
    assert pytest.approx(float(torch.nn.utils.get_total_norm(means)), rel=0.05) != seen.grad_norm


def test_padding_changes_no_step(base):
    """Rows of unlike lengths padded together give the gradient that they give one by one."""
    rows = examples(5)
    _, together = stepped(base, sft(rows), [tuple(row.sequences[0] for row in rows)])
    _, alone = stepped(base, sft(rows), [row.sequences for row in rows])

    assert pytest.approx(alone.loss, rel=1e-5) == together.loss
    assert pytest.approx(alone.grad_norm, rel=1e-4) == together.grad_norm


def test_checkpointing_changes_no_step(base):
    """With gradient checkpointing, dropout included, a step has the same result."""
    results = []
    for on in (False, True):
        numbers = plan(lora_dropout=0.2, checkpointing=on)
        with adapted(base, numbers) as model:
            Learner(model, numbers).step(sft(), sft().batches(range(3)), 1e-2, lambda: False)
            results.append(adapter_state(model))

    assert all(torch.equal(results[0][name], results[1][name]) for name in results[0])


def test_a_large_gradient_is_clipped(base):
    """With clip 1e-3 the gradient that AdamW sees has that norm; with 0 it is left as it is."""
    norms = []
    for clip in (1e-3, 0.0):
        with adapted(base, plan(clip=clip)) as model:
            learner = Learner(model, plan(clip=clip))
            seen = learner.step(sft(), sft().batches(range(3)), 1e-2, lambda: False)
            firsts = [learner.optimizer.state[p]["exp_avg"] / 0.1 for p in learner.parameters]  # 1 - beta 1
            norms.append((float(torch.nn.utils.get_total_norm(firsts)), seen.grad_norm))

    assert pytest.approx(1e-3, rel=1e-3) == norms[0][0]
    assert pytest.approx(norms[1][1], rel=1e-4) == norms[1][0]
    assert norms[0][1] == norms[1][1]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_what_is_not_finite_is_never_stepped_on(base, monkeypatch, where, value):
    """NaN or Inf in the loss or only in the gradient: an error, with weights, moments and random state as they were."""
    honest = Sft.loss

    def poisoned(self, model, batch):
        loss = honest(self, model, batch)
        if where == "loss":
            return loss * value
        loss.register_hook(lambda grad: grad * value)
        return loss

    with adapted(base, plan()) as model:
        learner = Learner(model, plan())
        learner.step(sft(), sft().batches(range(3)), 1e-2, lambda: False)
        before = learner.tensors()
        monkeypatch.setattr(Sft, "loss", poisoned)
        with pytest.raises(NotFiniteError, match=where):
            learner.step(sft(), sft().batches(range(3)), 1e-2, lambda: False)
        after = learner.tensors()

    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.grad is None for p in learner.parameters)


def test_a_stop_between_batches_leaves_nothing_behind(base):
    """Asked to stop in the middle of a step, the learner drops the step's part and stands where it stood."""
    answers = iter([False, True])
    with adapted(base, plan()) as model:
        learner = Learner(model, plan())
        before = learner.tensors()
        with pytest.raises(StopAsked):
            learner.step(sft(limit=1), sft(limit=1).batches(range(3)), 1e-2, lambda: next(answers))
        after = learner.tensors()

    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.grad is None for p in learner.parameters)


def test_the_callers_random_numbers_are_left_alone(base):
    """A step with dropout draws from the run's own numbers, and gives the caller's back."""
    with adapted(base, plan(lora_dropout=0.5)) as model:
        learner = Learner(model, plan(lora_dropout=0.5))
        torch.manual_seed(5)
        before = torch.get_rng_state()
        own = learner.random["cpu"]
        learner.step(sft(), sft().batches(range(3)), 1e-2, lambda: False)

        assert torch.equal(before, torch.get_rng_state())
        assert not torch.equal(own, learner.random["cpu"])


def test_judging_uses_no_dropout(base):
    """The held-out loss is the same each time, and is the mean over tokens."""
    with adapted(base, plan(lora_dropout=0.5)) as model:
        learner = Learner(model, plan(lora_dropout=0.5))
        learner.step(sft(), sft().batches(range(3)), 1e-2, lambda: False)
        first = learner.judge(sft(), sft().batches(range(3)), lambda: False)
        second = learner.judge(sft(limit=1), sft(limit=1).batches(range(3)), lambda: False)

    assert pytest.approx(first, rel=1e-5) == second


def test_every_module_trains_in_every_step_and_none_while_judging(base):
    """A fresh PeftModel says that it trains while its base was loaded to answer: dropout and checkpoints would be off unseen."""
    seen = []

    class Looking(Sft):
        def loss(self, model, batch):
            seen.append({module.training for module in model.modules()})
            return super().loss(model, batch)

    objective = Looking(train=ROWS, judged=ROWS, pad_id=PAD, limit=1000)
    with adapted(base, plan()) as model:
        learner = Learner(model, plan())
        for _ in range(2):
            learner.step(objective, objective.batches(range(3)), 1e-2, lambda: False)
            learner.judge(objective, objective.held_out(), lambda: False)
        learner.step(objective, objective.batches(range(3)), 1e-2, lambda: False)

    assert seen == [{True}, {False}, {True}, {False}, {True}]
