"""What a run will cost: seconds, memory and disk, before anything is spent; and the refusal of what cannot fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from burnish.errors import FitError
from burnish.plan.make import steps_an_epoch, steps_in_all
from burnish.plan.memory import estimate_peak, show, step_of
from burnish.plan.remedy import less_memory
from burnish.records.plan import Quote

if TYPE_CHECKING:
    from burnish.records.machine import Machine
    from burnish.records.model import ModelShape
    from burnish.records.plan import Plan
    from burnish.records.profile import DataProfile

LOW, HIGH = 0.85, 1.35
"""A measured step times all tokens, less and more this much: other programs, rows of uneven length."""
RECKONED_LOW, RECKONED_HIGH = 0.5, 2.0
"""Without a measured step."""
FIXED_SECONDS_AN_EPOCH = 1.0
"""Saving a checkpoint and the last, smaller batch; counted in the high figure only."""
HELD_OUT_COST = 0.4
"""A token only judged costs one forward pass of the three that a trained one costs (forward, and two kinds of backward)."""
ANCHOR_TOKENS = 57
"""Of a general prompt and the first words of its answer; counted over the 195 that come with burnish, with SmolLM2's tokenizer."""
EFFICIENCY = 0.6
"""Share of the probed product's speed that a whole step reaches; 0.57 to 0.69 was measured at 135 M weights on one thread."""
FEWEST_EPOCHS = 3
"""Early stopping waits for 2 evaluations without a fall, so at least 3 epochs are run."""
PEAK_MARGIN = 1.1
"""Later steps hold a little more than the timed ones: uneven rows leave holes (measured: 7 % over six steps)."""
CHECKPOINT_BYTES, CHECKPOINTS = 12, 2
"""float32 adapter and Adam's two moments a weight; the old checkpoint stays until the new one is whole."""
REPORT_BYTES, REPORT_BYTES_A_ROW = 2_000_000, 6_000
"""Reports, events and answers; the ledger and the row's share of the reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTiming:
    """One measured step: forward, backward and update on real rows."""

    seconds: float
    tokens: int
    """Tokens of the rows it was timed on."""
    peak_bytes: int
    """The most memory the process had held when it was done."""
    load: float = 0.0
    """Work of other programs while it was timed, in cores."""


def make_quote(plan: Plan, shape: ModelShape, profile: DataProfile, timing: StepTiming | None, machine: Machine) -> Quote:
    """Return seconds (low to high), peak memory and disk of the whole run, its folds included, from a measured step or, without one, reckoned."""
    each = _seconds_a_token(plan, shape, timing, machine)
    low, high = (RECKONED_LOW, RECKONED_HIGH) if timing is None else (LOW, HIGH)
    # K folds are K trainings on all rows but a K-th, and one on all: 1 + K (K - 1) / K = K times the whole.
    trainings = max(1, plan.folds)
    seconds = each * _tokens(plan, profile) * trainings
    sooner = min(1.0, FEWEST_EPOCHS / _epochs(plan, profile)) if plan.early_stop else 1.0
    # Other programs slow a run by their share of the cores at most. A step timed beside them is taken back to a quiet machine's for the
    # low figure; the high one holds whichever load is heavier, then or now.
    before = _slower(timing.load if timing is not None else 0.0, machine)
    seconds /= before
    return Quote(
        seconds_low=round(seconds * low * sooner, 1),
        seconds_high=round(
            seconds * high * max(before, _slower(machine.load, machine))
            + FIXED_SECONDS_AN_EPOCH * _epochs(plan, profile) * (1 + plan.folds),
            1,
        ),
        peak_bytes=_peak(plan, shape, profile, timing, machine),
        disk_bytes=_disk(plan, shape, profile),
        measured=timing is not None,
    )


def _slower(load: float, machine: Machine) -> float:
    """Return how many times longer a step takes beside this much other work, at most."""
    return 1.0 + load / max(1, machine.cores)


def check_fits(plan: Plan, quote: Quote, machine: Machine, shape: ModelShape | None = None) -> None:
    """Raise FitError when memory or disk is short, with what is needed, what is there, and the settings to change.

    With the model's `shape` each setting that is named would fit, alone or together; without it they are named unproved.
    """
    faults, remedies = [], []
    if quote.peak_bytes > machine.memory_bytes:
        faults.append(f"memory: needs {show(quote.peak_bytes)}, {show(machine.memory_bytes)} is available on {machine.name}")
        remedies.append(less_memory(plan, quote.peak_bytes, machine, shape))
    if quote.disk_bytes > machine.disk_free_bytes:
        short = show(quote.disk_bytes - machine.disk_free_bytes)
        faults.append(f"disk: needs {show(quote.disk_bytes)}, {show(machine.disk_free_bytes)} is free where runs are kept")
        remedies.append(f"free {short} of disk, or keep runs elsewhere with --home")
    if faults:
        raise FitError("this run does not fit this machine", seen="; ".join(faults), remedy="; and ".join(remedies))


def _epochs(plan: Plan, profile: DataProfile) -> float:
    """Return the epochs that will be run at most; a part of one where max_steps ends the run within it."""
    return steps_in_all(plan, profile.rows) / steps_an_epoch(profile.rows, plan.holdout, plan.batch_rows, plan.beside_rows)


def _tokens(plan: Plan, profile: DataProfile) -> float:
    """Return all tokens of the run in trained tokens: epochs over the training rows, and the held-out rows judged at each one."""
    whole = sum(min(length, plan.max_length) for length in profile.lengths) or profile.tokens
    held = whole * plan.holdout / max(1, profile.rows)
    each = profile.tokens / max(1, profile.rows)  # rows of other turns are taken to be as long as new ones
    whole += plan.anchor * ANCHOR_TOKENS + round((plan.replay_rows + plan.memory_rows * (1 + plan.memory_k)) * each)
    return _epochs(plan, profile) * (whole - held) + (_epochs(plan, profile) + 1) * held * HELD_OUT_COST


def _seconds_a_token(plan: Plan, shape: ModelShape, timing: StepTiming | None, machine: Machine) -> float:
    if timing is not None:
        return timing.seconds / max(1, timing.tokens)
    flops = (6 if plan.checkpointing else 4) * shape.parameters  # two a weight: forward, backward to the inputs, and once again
    known = machine.matmul_flops
    speed = known.get(plan.dtype) or min(known.values(), default=1e10)
    return flops / (speed * EFFICIENCY)


def _peak(plan: Plan, shape: ModelShape, profile: DataProfile, timing: StepTiming | None, machine: Machine) -> int:
    """Return the estimate, or what was measured with a margin where that is more: the quote is a promise to stay within."""
    share = min(1.0, 1.5 * profile.supervised_tokens / max(1, profile.tokens))
    measured = round(timing.peak_bytes * PEAK_MARGIN) if timing is not None else 0
    return max(measured, estimate_peak(shape, step_of(plan, machine, share)))


def _disk(plan: Plan, shape: ModelShape, profile: DataProfile) -> int:
    """Return the adapter, the best epoch's adapter (or every epoch's), two checkpoints, and the reports, in bytes."""
    weights = shape.adapter_parameters(plan.lora_rank + plan.rank_before, plan.lora_targets)
    epochs = math.ceil(_epochs(plan, profile)) if plan.keep == "all" else 0
    return weights * (4 + 4 * (1 + epochs) + CHECKPOINT_BYTES * CHECKPOINTS) + REPORT_BYTES + REPORT_BYTES_A_ROW * profile.rows
