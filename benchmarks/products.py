"""What the processor's bfloat16 instruction allows, and what the products of a training step reach of it, call by call.

    python benchmarks/products.py [--model smollm2-135m|FOLDER] [--length 142] [--batch-rows 8] [--steps 6]

First VDPBF16PS alone, from registers, on one thread and on all (x86 with AVX512-BF16 and gcc). Then steps of the fast step on random rows, by
kind of call: ms a step and TFLOP/s, what goes on inside a call (adapters, gates) included. Last what a token costs in products, and so how many
a second the instruction alone would allow.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from burnish.flow.threads import settle_threads

SUMS = 20
"""Sums in registers that do not wait for each other: the instruction takes several cycles, and two begin in each."""
ROUNDS = 40_000_000
KEPT = ", ".join(f'"xmm{i}"' for i in (*range(SUMS), 31))
ONES = "".join(f'"vdpbf16ps %%zmm31, %%zmm31, %%zmm{i}\\n"' for i in range(SUMS))
ZEROS = "".join(f'"vpxord %%zmm{i}, %%zmm{i}, %%zmm{i}\\n"' for i in (*range(SUMS), 31))
ALONE = f"""
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **words) {{
  int threads = atoi(words[count - 1]);
  double best = 1e9;
  for (int round = 0; round < 5; round++) {{
    double began = omp_get_wtime();
#pragma omp parallel num_threads(threads)
    {{
      __asm__ volatile({ZEROS} ::: {KEPT});
      for (long i = 0; i < {ROUNDS}; i++) __asm__ volatile({ONES} ::: {KEPT});
    }}
    double seconds = omp_get_wtime() - began;
    if (seconds < best) best = seconds;
  }}
  printf("%f", threads * {ROUNDS}.0 * {SUMS} * 64 / best / 1e12);
}}
"""


def instruction_alone(threads: int) -> float:
    """Return the TFLOP/s of the instruction from registers: the best of five rounds."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "alone.c"), Path(folder, "alone")
        source.write_text(ALONE, "utf-8")
        subprocess.run(["gcc", "-O2", "-march=native", "-fopenmp", str(source), "-o", str(program)], check=True)
        return float(subprocess.run([str(program), str(threads)], capture_output=True, text=True, check=True).stdout)


@dataclass
class Kind:
    """What calls of one kind took."""

    seconds: float = 0.0
    flop: float = 0.0


class Clock:
    """The fast step's operations, with a stopwatch on each call."""

    def __init__(self, ops: Any) -> None:
        self.ops = ops
        self.kinds: defaultdict[str, Kind] = defaultdict(Kind)

    def __getattr__(self, name: str) -> Any:
        """Return an operation that is timed."""
        work = getattr(self.ops, name)

        def timed(*values: Any, **named: Any) -> Any:
            began = time.perf_counter()
            found = work(*values, **named)
            seconds = time.perf_counter() - began
            what, flop = told(name, values)
            self.kinds[what].seconds += seconds
            self.kinds[what].flop += flop
            return found

        return timed


def told(name: str, values: tuple[Any, ...]) -> tuple[str, float]:
    """Return the kind of a call, and its multiplications and additions."""
    if name in {"product", "add_product"}:
        (n, k), o = values[0].shape, values[1].shape[1]
        return f"product {k} to {o}", 2.0 * n * k * o
    if name == "fused":
        n, i, o, modules, rank = values[1:6]
        return f"projection {values[0]}, {i} inputs, {o} outputs", 2.0 * n * (i * o + rank * (modules * i + o) * bool(modules))
    if name == "adapters" and values[0] != "pack":
        n, i, modules, rank, places = values[1:6]
        return f"adapters {values[0]}", 2.0 * n * rank * (modules * i + int(places[:, 1].sum()))
    return name, 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--length", type=int, default=142)
    parser.add_argument("--batch-rows", type=int, default=8)
    parser.add_argument("--steps", type=int, default=6)
    given = parser.parse_args()
    settle_threads()

    from burnish.flow.bench import _random_rows
    from burnish.model.load import load_model
    from burnish.model.source import resolve
    from burnish.plan.table import most_at_once_fast
    from burnish.records.example import Example, Sequence
    from burnish.train.bench import WARM_STEPS, watch
    from burnish.train.learner import Learner
    from burnish.train.loop import adapted
    from burnish.train.sft import Sft
    from plan_toys import PLAN

    cores = len(os.sched_getaffinity(0))
    alone = {threads: instruction_alone(threads) for threads in sorted({1, cores})}
    for threads, speed in alone.items():
        print(f"VDPBF16PS alone, {threads} threads: {speed:.3f} TFLOP/s")
    model = load_model(resolve(given.model).folder, dtype="bfloat16")
    rows = _random_rows(model.config.vocab_size, given.length, (given.steps + WARM_STEPS) * given.batch_rows)
    examples = tuple(Example(sequences=(Sequence(ids=ids, supervised=flags),), row=row) for row, (ids, flags) in enumerate(rows))
    plan = replace(
        PLAN, dtype="bfloat16", fast=True, batch_rows=given.batch_rows, micro_batch_tokens=most_at_once_fast(model.config.hidden_size),
        lora_rank=16, lora_dropout=0.0, learning_rate=2e-4,
        lora_targets=("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
    )  # fmt: skip
    objective = Sft(train=examples, judged=(), pad_id=0, limit=plan.micro_batch_tokens, packed=True)
    with adapted(model, plan) as tuned:
        clock, learner = watch(tuned, Clock(tuned.fast.ops)), Learner(tuned, plan)
        for start in range(0, len(examples), given.batch_rows):
            if start == WARM_STEPS * given.batch_rows:
                clock.kinds.clear()
                began, tokens = time.perf_counter(), 0
            batches = objective.batches(range(start, start + given.batch_rows))
            done = learner.step(objective, batches, plan.learning_rate, lambda: False)
            if start >= WARM_STEPS * given.batch_rows:
                tokens += done.tokens
        seconds = time.perf_counter() - began
    print("| call | ms a step | share | TFLOP/s |\n|---|---|---|---|")
    for name, kind in sorted(clock.kinds.items(), key=lambda item: -item[1].seconds):
        speed = f"{kind.flop / kind.seconds / 1e12:.2f}" if kind.flop else ""
        print(f"| {name} | {kind.seconds / given.steps * 1e3:.1f} | {kind.seconds / seconds:.0%} | {speed} |")
    each = sum(kind.flop for kind in clock.kinds.values()) / tokens
    allowed = alone[cores] * 1e12 / each
    print(
        f"{tokens / seconds:,.0f} tokens/s; {each / 1e9:.2f} GFLOP a token in products: the instruction alone would allow {allowed:,.0f}"
    )
    print(f"that is {tokens / seconds / allowed:.0%} of it")


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    main()
