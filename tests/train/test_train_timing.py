"""A timed step."""

from __future__ import annotations

import torch
from train_toys import PAD, examples, finished, job, plan, sequence

from burnish.records.example import Example
from burnish.train import timing
from burnish.train.timing import time_step


def test_a_timing_holds_what_a_quote_needs(base):
    """Seconds and bytes are real, and the tokens are those of one step."""
    found = time_step(base, examples(10), plan(), PAD)

    assert found.seconds > 0
    assert found.peak_bytes > 10_000_000
    assert min(row.tokens for row in examples(10)) * 2 <= found.tokens <= sum(sorted(row.tokens for row in examples(10))[-4:])


def test_a_slow_step_is_timed_in_part(base, monkeypatch):
    """Where a step takes too long, one batch of it is enough."""
    monkeypatch.setattr(timing, "ENOUGH_SECONDS", 0.0)

    assert time_step(base, examples(10), plan(micro_batch_tokens=1), PAD).tokens <= 30


def test_timing_changes_nothing(base, tmp_path):
    """Base weights, modules, mode and random state are as before, and a run after it has the same adapter."""
    expected = finished(job(base, tmp_path / "before")).adapter_hash
    before = {name: tensor.clone() for name, tensor in base.state_dict().items()}
    random = torch.get_rng_state()
    time_step(base, examples(10), plan(checkpointing=True), PAD)

    assert torch.equal(random, torch.get_rng_state())
    assert before.keys() == base.state_dict().keys()
    assert all(torch.equal(before[name], tensor) for name, tensor in base.state_dict().items())
    assert not base.training
    assert expected == finished(job(base, tmp_path / "after")).adapter_hash


def test_one_row_can_be_timed(base):
    """One row is a step of its own."""
    assert examples(1)[0].tokens == time_step(base, examples(1), plan(), PAD).tokens


def test_packed_rows_are_measured_by_the_tokens_they_have(base, monkeypatch):
    """Without padding the batch with the most tokens needs the most memory, not the one whose rows are the most unlike."""
    seen = []
    monkeypatch.setattr(timing, "_run", lambda _learner, _objective, batches: seen.append(batches) or 1e-6)
    even = tuple(Example(sequences=(sequence(30, i),), row=i) for i in range(4))
    unlike = tuple(Example(sequences=(sequence(n, n),), row=4 + n) for n in (40, 8, 9, 10))
    monkeypatch.setattr(timing, "epoch_order", lambda rows, _seed, **_named: range(rows))
    numbers = plan(fast=True, lora_dropout=0.0, batch_rows=4, micro_batch_tokens=400)

    timing.time_step(base, (*unlike, *even), numbers, 0)

    assert sum(len(one.ids) for one in seen[0][0]) == 120
