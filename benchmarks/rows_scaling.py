"""What rows cost beside training itself: `python benchmarks/rows_scaling.py [--rows 100 1000 8000 50000] [--manner mixed] [--model M]`.

For each number of generated rows (`scaling_rows.py`) and each part of the road, in a process of its own after a pass over ten rows
that loads all libraries: processor seconds a 1,000 rows, how that compares with 1,000 rows, and peak memory above what the process
held before. The parts: `check`; `plan` (reading, tokenising, profile, split, ledger, quote, suites that overlap; no timed step);
`books` (what one epoch of training keeps and orders beside the model: faults, key, order, batches of every step, one event a step).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from scaling_rows import MANNERS, write

PARTS = ("check", "plan", "books")


def drained(work: Generator[Any, None, Any]) -> Any:
    """Return what a verb gives, without its events."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def check(path: Path, model: str | None) -> None:
    """Do what `burnish check` does."""
    from burnish.flow.check import check as work

    drained(work(path, model))


def plan(path: Path, model: str | None) -> Any:
    """Do what `burnish plan` and `burnish train` do before a step is timed."""
    from burnish.flow import planning
    from burnish.flow.judging import gather_suites
    from burnish.flow.overlap import without_trained
    from burnish.records.recipe import Recipe

    planned = drained(planning.make(path, model, Recipe(), home=path.parent))
    prepared = planned.prepared
    without_trained(gather_suites(("all",), prepared.held_out_rows), prepared.train_rows)
    return planned


def books(planned: Any, folder: Path) -> None:
    """Do what an epoch does beside the model."""
    from burnish import durable
    from burnish.train.batches import step_at
    from burnish.train.events import Stepped, line
    from burnish.train.sft import Sft

    prepared, asked = planned.prepared, planned.plan
    objective = Sft(train=prepared.train, judged=prepared.held_out, pad_id=0, limit=asked.micro_batch_tokens, packed=asked.fast)
    objective.faults()
    objective.key()
    order = objective.order(asked.seed, 0)
    for step in range(-(-objective.rows // asked.batch_rows)):
        batches = objective.batches(step_at(order, asked.batch_rows, step))
        tokens, targets = sum(map(objective.tokens, batches)), sum(map(objective.targets, batches))
        event = Stepped(
            step=step, steps=1, epoch=1, loss=1.0, learning_rate=1e-4, grad_norm=1.0,
            tokens=tokens, supervised_tokens=targets, seconds=0.0,
        )  # fmt: skip
        durable.append_line(folder / "events.jsonl", line(event))
    objective.held_out()


def measured(part: str, count: int, manner: str, model: str | None) -> dict[str, float]:
    """Return processor seconds and bytes of one part, measured in this process."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        small, path = folder / "small.jsonl", folder / "rows.jsonl"
        write(small, 10, manner)
        write(path, count, manner)
        works: dict[str, Callable[[Path], Any]] = {
            "check": lambda rows: check(rows, model),
            "plan": lambda rows: plan(rows, model),
        }
        made = [plan(rows, model) for rows in (small, path)] if part == "books" else []
        works["books"] = lambda rows: books(made[rows == path], folder)
        works[part](small)
        held, began = _peak(), time.process_time()
        works[part](path)
        return {"seconds": time.process_time() - began, "bytes": _peak() - held}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 1000, 8000, 50000])
    parser.add_argument("--manner", choices=MANNERS, default="mixed")
    parser.add_argument("--model")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print("\n" + json.dumps(measured(asked.one, asked.rows[0], asked.manner, asked.model)))
        return
    print(f"{'part':>6} {'rows':>7} {'s / 1,000 rows':>15} {'of 1,000 rows':>14} {'MB / 1,000 rows':>16}")
    for part in asked.parts:
        by_size: dict[int, float] = {}
        for count in asked.rows:
            command = [sys.executable, __file__, "--one", part, "--rows", str(count), "--manner", asked.manner]
            command += ["--model", asked.model] if asked.model else []
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            found = json.loads(told.splitlines()[-1])
            by_size[count] = each = 1000 * found["seconds"] / count
            share = f"{each / by_size[1000]:.2f}" if 1000 in by_size else ""
            print(f"{part:>6} {count:>7,} {each:>15.3f} {share:>14} {found['bytes'] / 1e3 / count:>16.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
