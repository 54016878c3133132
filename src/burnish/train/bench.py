"""Training steps on given rows, timed: tokens a second, and where the time goes. Run as a program in a process of its own.

    python -m burnish.train.bench < ORDER.json

An order names a model folder, the numbers of the plan that matter and the rows; the answer is one line of JSON on stdout.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from burnish.model.unused import keep_out
from burnish.records.example import Example, Sequence
from burnish.records.plan import Plan
from burnish.train.learner import Learner
from burnish.train.loop import adapted
from burnish.train.sft import Sft

WARM_STEPS = 2
"""The first steps set memory aside and choose kernels; they are not timed."""
PRODUCTS = ("product", "add_product", "adapters", "fused")
PARTS = {"attention": ("attention", "attention_backward"), "matrix products": PRODUCTS, "cross-entropy": ("cross_entropy",)}
"""What the table calls the operations; the others are the element-wise passes."""


class Watched:
    """The fast step's operations with a stopwatch, and a record of the matrix products so that they can be done again alone."""

    def __init__(self, ops: Any) -> None:
        self.ops = ops
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.products: list[Callable[[], Any]] | None = None

    def __getattr__(self, name: str) -> Any:
        """Return an operation that is timed."""
        work = getattr(self.ops, name)
        part = next((part for part, names in PARTS.items() if name in names), "element-wise passes")

        def timed(*values: Any, **named: Any) -> Any:
            began = time.perf_counter()
            found = work(*values, **named)
            self.seconds[part] += time.perf_counter() - began
            if self.products is not None and name in PRODUCTS:
                alone = _ungated(values) if name == "fused" else values
                self.products.append(lambda: work(*alone, **named))
            return found

        return timed


def _ungated(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what a projection in C is called with (model/fast/fused.py), without the gate before or behind it: its products alone."""
    gates = {"forward": 2, "backward": 3}.get(values[0], 0)
    return (*values[:-gates], *[None] * (gates - 1), values[-1]) if gates else values


def bench(order: dict[str, Any]) -> dict[str, Any]:
    """Train the steps of an order and return what was measured."""
    from burnish.machine.memory import peak_bytes
    from burnish.model.load import load_model

    plan = Plan(**{**order["plan"], "lora_targets": tuple(order["plan"]["lora_targets"])})
    model = load_model(Path(order["folder"]), dtype=plan.dtype)
    examples = tuple(
        Example(sequences=(Sequence(ids=tuple(ids), supervised=tuple(flags)),), row=row)
        for row, (ids, flags) in enumerate(order["rows"])
    )
    objective = Sft(train=examples, judged=(), pad_id=0, limit=plan.micro_batch_tokens, packed=plan.fast)
    steps = [range(at, min(at + plan.batch_rows, len(examples))) for at in range(0, len(examples), plan.batch_rows)]
    with adapted(model, plan) as tuned:
        watched = watch(tuned, Watched(tuned.fast.ops)) if plan.fast else None
        learner = Learner(tuned, plan)

        def step(rows: range) -> Any:
            return learner.step(objective, objective.batches(rows), plan.learning_rate, lambda: False)

        for rows in steps[:WARM_STEPS]:
            step(rows)
        if watched is not None:
            watched.seconds.clear()
        began, cpu = time.perf_counter(), time.process_time()
        measured = [step(rows) for rows in steps[WARM_STEPS:]]
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        found = {
            "tokens": sum(one.tokens for one in measured),
            "steps": len(measured),
            "seconds": seconds,
            "cpu_seconds": cpu,
            "losses": [one.loss / one.targets for one in measured],
            "peak_bytes": peak_bytes(),
        }
        if watched is not None:
            found["parts"] = dict(watched.seconds)
            found["products_seconds"] = _products_alone(watched, lambda: step(steps[-1]))
            found["products_tokens"] = measured[-1].tokens
    return found


def watch(model: Any, watched: Any) -> Any:
    """Put a stopwatch, which has all operations of a model's fast step, in their place, and return it."""
    model.fast.ops = watched
    for layer in model.fast.layers:
        for joined in layer.joined:
            joined.ops = watched
            if joined.thin is not None:
                joined.thin = replace(joined.thin, call=watched.adapters)
            if joined.fused is not None:
                joined.fused = replace(joined.fused, call=watched.fused)
    return watched


def _products_alone(watched: Watched, step: Callable[[], Any]) -> float:
    """Return the seconds that one step's matrix products take back to back, with nothing between them: the best of three."""
    products: list[Callable[[], Any]] = []
    watched.products = products
    step()
    watched.products = None
    best = float("inf")
    with torch.no_grad():
        for _ in range(3):
            began = time.perf_counter()
            for product in products:
                product()
            best = min(best, time.perf_counter() - began)
    return best


if __name__ == "__main__":
    keep_out()
    sys.stdout.write("\n" + json.dumps(bench(json.load(sys.stdin))) + "\n")
