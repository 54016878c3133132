"""What to change in a plan that does not fit in memory: settings by name, with values that would fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from burnish.plan.memory import estimate_peak, step_of

if TYPE_CHECKING:
    from burnish.records.machine import Machine
    from burnish.records.model import ModelShape
    from burnish.records.plan import Plan

Change = tuple[str, dict[str, Any]]
"""As typed after --set, and by the attributes of Plan."""
LEAST_TOKENS = 64
MOST_CUT = 3
"""Halvings of the length that are advised at most: rows cut to less than an eighth are other rows."""
SHARE = 0.5
"""Targets among all tokens, for weighing one setting against another."""


def less_memory(plan: Plan, needed_bytes: int, machine: Machine, shape: ModelShape | None) -> str:
    """Return what to change, least painful first: any one setting that would be enough, else all together, else the model.

    The estimate is scaled to `needed_bytes`, so that a measured peak corrects it. Without `shape` nothing can be proved.
    """
    ladders = _ladders(plan, machine)
    if shape is None:
        return "try " + ", or ".join(f"--set {ladder[0][0]}" for ladder in ladders) + ", or a smaller model"
    scale = needed_bytes / estimate_peak(shape, step_of(plan, machine, SHARE))

    def fits(wish: dict[str, Any]) -> bool:
        return scale * estimate_peak(shape, step_of(replace(plan, **wish), machine, SHARE)) <= machine.memory_bytes

    alone = [next((text for text, wish in ladder if fits(wish)), "") for ladder in ladders]
    if any(alone):
        return "any one of these fits: " + ", or ".join(f"--set {text}" for text in alone if text)
    together: dict[str, Any] = {}
    for number, ladder in enumerate(ladders, 1):
        together.update(ladder[-1][1])
        if fits(together):
            return "these together fit: " + " ".join(f"--set {ladder[-1][0]}" for ladder in ladders[:number])
    return f"take a smaller model: {shape.parameters / 1e6:,.0f} M weights do not fit here whatever is set"


def _ladders(plan: Plan, machine: Machine) -> list[list[Change]]:
    """Return, for each setting that could give way, its values from the nearest to the furthest; least painful setting first."""
    ladders: list[list[Change]] = [
        [(f"train.micro_batch_tokens={n}", {"micro_batch_tokens": n}) for n in _halvings(plan.micro_batch_tokens)],
        [("train.checkpointing=true", {"checkpointing": True})] if not plan.checkpointing else [],
        [("model.dtype=bfloat16", {"dtype": "bfloat16"})]
        if plan.dtype == "float32" and "bfloat16" in machine.matmul_flops
        else [],
        [
            (f"train.max_length={n}", {"max_length": n, "micro_batch_tokens": min(n, plan.micro_batch_tokens)})
            for n in _halvings(plan.max_length)[:MOST_CUT]
        ],
        [("lora.rank=8", {"lora_rank": 8})] if plan.lora_rank > 8 else [],
    ]
    return [ladder for ladder in ladders if ladder]


def _halvings(value: int) -> list[int]:
    values = []
    while value // 2 >= LEAST_TOKENS:
        value //= 2
        values.append(value)
    return values
