"""Does a token cost the same however many rows there are? The loop's own events, from 100 to 50,000 rows.

    python benchmarks/step_by_rows.py [--rows 100 1000 10000 50000] [--steps 16] [--rounds 2]

Trains so many steps of an epoch's order on the embedded model, each time in a process of its own and the sizes in turn. Printed are the seconds
from the call of the loop to its first event (which hashes and sums up all rows) and the tokens a second of the steps after the second, as
a share of those at 100 rows too. Rows are at random, 20 to 120 tokens, the second half of each supervised.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

WARM_STEPS = 2


def measured(rows: int, steps: int) -> dict[str, float]:
    """Train `steps` steps of so many rows, and return what they cost."""
    from burnish.flow.threads import settle_threads

    settle_threads()
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from burnish.model.load import load_model
    from burnish.model.source import resolve
    from burnish.records.example import Example, Sequence
    from burnish.train.events import Started, Stepped
    from burnish.train.loop import Job, train
    from plan_toys import PLAN

    chance = random.Random(rows)
    examples = []
    for row in range(rows):
        size = chance.randint(20, 120)
        ids = tuple(chance.randrange(20000) for _ in range(size))
        sequence = Sequence(ids=ids, supervised=(False,) * (size // 2) + (True,) * (size - size // 2))
        examples.append(Example(sequences=(sequence,), row=row))
    folder = resolve("smollm2-135m").folder
    plan = replace(
        PLAN, dtype="bfloat16", fast=True, batch_rows=8, micro_batch_tokens=768, lora_dropout=0.0, keep="last", holdout=0, epochs=1, max_steps=steps, lora_rank=16,
        lora_targets=("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"), model_name="smollm2-135m",
    )  # fmt: skip
    model = load_model(folder, dtype="bfloat16")
    with tempfile.TemporaryDirectory() as runs:
        job = Job(model=model, plan=plan, train=tuple(examples), held_out=(), pad_id=0, folder=Path(runs), base_name="base")
        began, first, times, tokens = time.perf_counter(), 0.0, [], 0
        for event in train(job):
            if isinstance(event, Started):
                first = time.perf_counter() - began
            if isinstance(event, Stepped):
                times.append(time.perf_counter())
                tokens += event.tokens if len(times) > WARM_STEPS else 0
    return {"first": first, "tokens_per_second": tokens / (times[-1] - times[WARM_STEPS - 1])}


def main() -> None:
    """Measure the sizes in turn and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 1000, 10000, 50000])
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--one", type=int, default=0, help="measure one size in this process")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given.one, given.steps)))
        return
    found: dict[int, list[dict[str, float]]] = {rows: [] for rows in given.rows}
    for _ in range(given.rounds):
        for rows, results in found.items():
            command = [sys.executable, __file__, "--one", str(rows), "--steps", str(given.steps)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            results.append(json.loads(done.stdout.strip().rsplit("\n", 1)[-1]))
    base = max(one["tokens_per_second"] for one in found[given.rows[0]])
    print("| rows | before the first step | tokens/s | of those at the fewest rows |\n|---|---|---|---|")
    for rows, results in found.items():
        best = max(one["tokens_per_second"] for one in results)
        first = min(one["first"] for one in results)
        print(f"| {rows:,} | {first:.2f} s | {best:,.0f} | {best / base:.0%} |")


if __name__ == "__main__":
    main()
