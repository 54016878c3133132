"""One real step, timed before anything is spent: what a quote is made from."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from burnish.machine.memory import peak_bytes
from burnish.records.example import Example
from burnish.records.plan import Plan
from burnish.train.batches import epoch_order, padded_tokens, step_rows
from burnish.train.learner import Learner
from burnish.train.loop import adapted
from burnish.train.sft import Group, Sft

ENOUGH_SECONDS = 1.0
"""A timing this long is long enough; a slow model's step is not timed to its end. (Measured on SmolLM2-135M, in turn: quotes of 7.0 and 7.4 s to 11
and 12 s after three seconds of timing, of 7.3 and 7.4 s to 12 s after one; a person waits a second less.)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What was measured."""

    seconds: float
    """Of forward, backward and AdamW's step over `tokens`."""
    tokens: int
    """Padding not counted, so that seconds / tokens x an epoch's tokens is an epoch."""
    peak_bytes: int
    """The most memory the process has held, after a step on the batch that needs the most."""


def time_step(model: Any, train: tuple[Example, ...], plan: Plan, pad_id: int, *, beside: int = 0) -> Timing:
    """Return the cost of a training step on these rows, on this machine, now.

    The batch with the most tokens goes first: it warms up, and shows the memory and about how long things take. Then comes an
    ordinary step, timed; or as much of it as ENOUGH_SECONDS hold, and one batch at least. Weights, random state and the results
    of a run are left exactly as they were. `beside`: the rank of an earlier adapter that will be computed too.
    """
    objective = Sft(train=train, judged=(), pad_id=pad_id, limit=plan.micro_batch_tokens, packed=plan.fast)
    batches = [objective.batches(rows) for rows in step_rows(epoch_order(len(train), plan.seed, epoch=0), plan.batch_rows)]
    through = objective.tokens if plan.fast else padded_tokens  # the fast step knows no padding
    largest = max((batch for step in batches for batch in step), key=through)
    ordinary = sorted(batches, key=lambda step: sum(map(through, step)))[len(batches) // 2]
    with adapted(model, plan, beside=beside) as tuned:
        learner = Learner(tuned, plan)
        pace = _run(learner, objective, [largest]) / through(largest)
        part = _within(ordinary, ENOUGH_SECONDS / pace, through)
        seconds = _run(learner, objective, part)
    return Timing(seconds=seconds, tokens=sum(map(objective.tokens, part)), peak_bytes=peak_bytes())


def _run(learner: Learner, objective: Sft, batches: list[Group]) -> float:
    began = time.perf_counter()
    learner.step(objective, batches, learner.plan.learning_rate, lambda: False)
    return time.perf_counter() - began


def _within(batches: list[Group], tokens: float, through: Callable[[Group], int]) -> list[Group]:
    """Return the first batches of which no more than `tokens` go through the model, and one at least."""
    sums = list(itertools.accumulate(map(through, batches)))
    return batches[: max(1, sum(total <= tokens for total in sums))]
