"""The learning rate, by model size, rows and steps: a small table to be corrected by sweeps.

Evidence on smollm2-135m (134.5 M weights), 60 rows of invented facts, rank 16, alpha 32, 10 epochs, 20 unseen phrasings:

    rate     answered right   last training loss
    5e-5          0 of 20          1.65
    2e-4          1 of 20          0.53
    5e-4         13 of 20          under 0.03
    1e-3         13 of 20          under 0.03

Rows that share a manner want less (measured 2026-11-21, docs/log.md): on the starter rows 1e-3 cost the base 16 points of the
facts it knew, 5e-4 cost 4.

For other sizes: Schulman 2025 ("LoRA Without Regret") and the cookbook of the same laboratory give 5e-4 x (2000 / width)^0.781
for Llama at alpha = rank. At this house's alpha = 2 x rank half of that has the same effect: 6.6e-4 at width 576 (135 M),
2.5e-4 at 2048 (1.1 B), 1.4e-4 at 4096 (7 B). The square root of the size, from 1e-3 at 135 M, passes near all three:
1e-3, 3.5e-4, 1.4e-4. They also find that short runs want half as much again as long ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from burnish.plan.table import NOVELTY_HIGH

if TYPE_CHECKING:
    from burnish.records.profile import DataProfile

FACTS_RATE, MANNER_RATE, ANCHOR_PARAMETERS = 1e-3, 5e-4, 134_515_008
"""The evidence above. Facts: the highest rate that worked, because few rows give few steps. Manner: the one that kept what the
base knew."""
SIZE_EXPONENT = 0.5
ROWS_FACTORS = ((99, 1.0), (500, 0.85), (float("inf"), 0.7))
"""(Up to this many rows, times this): the more rows, the less each one must be forced."""
LONG_RUN_STEPS, LONG_RUN_FACTOR = 200, 2 / 3
"""Schulman 2025: 15 times the full fine-tuning rate in short runs, 10 times in long ones."""
FULL_ROWS = 200
"""Rows about facts up to this many are trained at the full rate; more were not measured."""
LOWEST, HIGHEST = 5e-5, 2e-3


def learning_rate(parameters: int, rows: int, steps: int, *, facts: bool, known: bool = False) -> tuple[float, str]:
    """Return the peak learning rate for a model of this size, and why. Rounded to two digits.

    `facts` says that every row teaches a fact of its own (high novelty); otherwise rows share a manner. `known`: the rows are trained
    until their facts are known, at the full rate up to FULL_ROWS rows: 106 facts asked once each, 16 epochs at 1e-3: 105 of 106 known.
    """
    by_size = (FACTS_RATE if facts else MANNER_RATE) * (ANCHOR_PARAMETERS / max(1, parameters)) ** SIZE_EXPONENT
    by_rows = next(factor for most, factor in ROWS_FACTORS if rows <= most)
    by_steps = LONG_RUN_FACTOR if steps > LONG_RUN_STEPS else 1.0
    if known and rows <= FULL_ROWS:
        by_rows = by_steps = 1.0
    value = float(f"{min(HIGHEST, max(LOWEST, by_size * by_rows * by_steps)):.2g}")
    evidence = (
        "1e-3 taught a model of 135 M weights 60 facts where the usual 2e-4 did not"
        if facts
        else "5e-4 taught a model of 135 M weights a manner and kept what it knew, where 1e-3 did not"
    )
    reason = f"{evidence}; it falls with the square root of the size ({parameters / 1e6:,.0f} M here)"
    if by_rows < 1:
        reason += f", times {by_rows:g} for {rows:,} rows"
    if by_steps < 1:
        reason += f", times {by_steps:.2g} for a run of {steps:,} steps"
    return value, reason


def rate_for(profile: DataProfile, parameters: int, steps: int) -> tuple[float, str]:
    """Return the rate that a plan chooses for these rows, and why: the one place that knows which rows teach facts."""
    facts = profile.about_facts or profile.novelty >= NOVELTY_HIGH
    return learning_rate(parameters, profile.rows, steps, facts=facts, known=profile.about_facts)
