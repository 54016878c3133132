"""Kill a training run 30 times at different points, resume each, and count the adapters that equal the unkilled run's.

    .venv/bin/python benchmarks/kill_resume.py                      the toy model, about a minute
    .venv/bin/python benchmarks/kill_resume.py --model smollm2-135m --kills 30

Half of the kills (SIGKILL) come before a durable operation, spread over all of them; the other half come by the clock, at
times spread over the whole run. Each run is a process of its own (forked, with the weights loaded already).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "train")]


def main() -> int:
    """Print `N of N identical` and return 0 when they are."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--model", default="toy", help="toy, or smollm2-135m where it is pulled")
    arguments.add_argument("--kills", type=int, default=30)
    given = arguments.parse_args()
    import torch

    torch.set_num_threads(1)  # a forked child cannot use the parent's thread pool
    with tempfile.TemporaryDirectory() as folder:
        make_job = toy(Path(folder)) if given.model == "toy" else embedded()
        result = measure(make_job, Path(folder), given.kills)
    print(json.dumps({"model": given.model, **result}, indent=2))
    print(f"{result['identical']} of {given.kills} identical")
    return 0 if result["identical"] == given.kills else 1


def toy(folder: Path):
    """Return what makes a job on the toy model, by the fast step."""
    from train_toys import job, plan

    from burnish.model.load import load_model
    from toys import toy_model_folder

    base = load_model(toy_model_folder(folder / "toy"), dtype="float32")
    return lambda run: job(base, run, plan=plan(fast=True, lora_dropout=0.0), resume=True)


def embedded():
    """Return what makes a job on the embedded model: 12 starter rows, 2 epochs, dropout 0.1."""
    from train_toys import PLAN

    from burnish.data.read import read_rows
    from burnish.model.load import load_model
    from burnish.tokens.load import load_tokenizer
    from burnish.tokens.template import Chat
    from burnish.train.loop import Job
    from burnish_embedded import embedded_folder

    folder = embedded_folder()
    if folder is None:
        sys.exit("the embedded model is not pulled: burnish models pull smollm2-135m")
    chat = Chat(load_tokenizer(folder))
    read = read_rows(ROOT / "src" / "burnish" / "data" / "starter" / "train.jsonl")
    short = sorted((chat.render(one, row) for row, one in enumerate(read.conversations)), key=lambda example: example.tokens)
    base = load_model(folder, dtype="float32")
    plan = replace(
        PLAN, fast=True, lora_dropout=0.0, epochs=2, learning_rate=5e-4, micro_batch_tokens=1024, lora_rank=8, lora_alpha=16
    )
    return lambda run: Job(
        model=base,
        plan=plan,
        train=tuple(short[:12]),
        held_out=tuple(short[12:15]),
        pad_id=chat.pad_id,
        folder=run,
        base_name="smollm2-135m",
        resume=True,
    )


def measure(make_job, folder: Path, kills: int) -> dict:
    """Run once unkilled, then kill and resume, and count."""
    began = time.monotonic()
    child(make_job, folder / "straight", record=folder / "operations")
    seconds = time.monotonic() - began
    expected = adapter_hash(folder / "straight")
    operations = int((folder / "operations").read_text())
    results = []
    for kill in range(kills):
        run, part = folder / f"kill-{kill}", (kill // 2 + 0.5) / ((kills + 1) // 2)
        by_clock = kill % 2 == 1
        if by_clock:
            after = part * seconds
            while child(make_job, run, after=after) != signal.SIGKILL:  # it was over before: not a kill, so try again earlier
                shutil.rmtree(run)
                after *= 0.7
        elif child(make_job, run, at=1 + int(part * operations)) != signal.SIGKILL:
            raise AssertionError("an operation that was counted did not come")
        child(make_job, run)
        results.append({"point": round(part, 3), "by": "clock" if by_clock else "operation"})
        results[-1]["identical"] = adapter_hash(run) == expected
        print(f"kill {kill + 1}: {results[-1]}", file=sys.stderr)
    return {
        "sha256": expected,
        "operations": operations,
        "seconds_of_a_run": round(seconds, 2),
        "killed": len(results),
        "identical": sum(one["identical"] for one in results),
    }


def adapter_hash(run: Path) -> str:
    """Return the sha256 of a run's adapter."""
    from burnish.durable import sha256_of

    return sha256_of(run / "adapter" / "adapter_model.safetensors")


def child(make_job, run: Path, *, at: int = 0, after: float | None = None, record: Path | None = None) -> int:
    """Train in a forked process; kill it at a durable operation (`at`) or after some seconds. Return the ending signal or 0."""
    pid = os.fork()
    if pid == 0:
        try:
            work(make_job, run, at, record)
        except BaseException as error:
            print(f"the run failed: {error}", file=sys.stderr)
            os._exit(1)
        os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def work(make_job, run: Path, at: int, record: Path | None) -> None:
    """Train to the end, counting durable operations; SIGKILL this process at number `at`."""
    from burnish import durable
    from burnish.train.loop import train

    count = 0

    def hook(_operation: str, _path: Path) -> None:
        nonlocal count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    durable.FAULT_HOOK = hook
    for _ in train(make_job(run)):
        pass
    if record is not None:
        record.write_text(str(count))


if __name__ == "__main__":
    sys.exit(main())
