"""The learning rate of each step: a pure function of the plan and the step, so that a resumed run has the same rates."""

from __future__ import annotations

import math

from burnish.records.plan import Plan


def learning_rate(plan: Plan, step: int, steps: int) -> float:
    """Return the rate of 0-based optimizer step `step` of `steps`: linear warm-up, then the plan's schedule.

    The warm-up rises from a first step above zero to the full rate on its last step. Cosine (Loshchilov 2017, eq. 5) and
    linear fall towards zero and would reach it on the step after the last, so that no step is wasted; constant stays.
    """
    warmup = min(plan.warmup_steps, steps)
    if step < warmup:
        return plan.learning_rate * (step + 1) / warmup
    gone = (step - warmup) / max(1, steps - warmup)
    return (
        plan.learning_rate * {"cosine": 0.5 * (1 + math.cos(math.pi * gone)), "linear": 1 - gone, "constant": 1.0}[plan.schedule]
    )
