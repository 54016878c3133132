"""The canary round on the embedded model: planted secrets learnt unscrubbed are found again, scrubbed ones are not.

    python benchmarks/canaries.py [--rows 60] [--plant 3] [--epochs 40] [--keep FOLDER]

Takes the first rows of the starter data that every project begins with, plants canaries by `burnish scrub --plant`, once leaving them
in the rows and once scrubbing them with all else, trains a version of each from the base and looks for them with `burnish canaries`.
Prints a markdown table; leaves with 1 where an unscrubbed canary is not found or a scrubbed one is. Costs two trainings and about 130
answers and 800 short texts a version: minutes on two cores.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STARTER = Path(__file__).parents[1] / "src" / "burnish" / "data" / "starter" / "train.jsonl"


def burnish(*words: object, fine: tuple[int, ...] = (0,)) -> dict:
    """Run the tool and return its JSON."""
    command = [sys.executable, "-m", "burnish", *map(str, words), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in fine:
        raise SystemExit(f"{' '.join(command)} left with {done.returncode}")
    return json.loads(done.stdout)


def one(folder: Path, rows: Path, args: argparse.Namespace, *scrub: str) -> dict:
    """Plant, scrub, train and search; return what `canaries` said, with seconds."""
    clean, key = folder / "clean.jsonl", folder / "key.json"
    burnish("scrub", rows, "-o", clean, "--plant", args.plant, "--key", key, *scrub)
    settings = ("--set", "data.holdout=0", "--set", f"train.epochs={args.epochs}", "--set", "train.keep=last")
    trained = burnish("train", clean, "--home", folder, "--from", "base", "--no-promote", *settings)
    began = time.monotonic()
    told = burnish("canaries", trained["version"], "--key", key, "--home", folder, fine=(0, 1))
    return {**told, "seconds": time.monotonic() - began, "train_seconds": trained["train_seconds"], "loss": trained["loss_last"]}


def main() -> None:
    """Run both ways and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--plant", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="A folder that keeps both projects.")
    args = parser.parse_args()
    place = args.keep or Path(tempfile.mkdtemp(prefix="canaries-"))
    place.mkdir(parents=True, exist_ok=True)
    rows = place / "rows.jsonl"
    with STARTER.open(encoding="utf-8") as lines:
        rows.write_text("".join(itertools.islice(lines, args.rows)), encoding="utf-8")
    print("| rows | canaries said | exposure, bits (base) | others of the key said | training s | search s | last loss |")
    print("|---|---|---|---|---|---|---|")
    said = {}
    for name, scrub in (("unscrubbed", ("--kind", "url")), ("scrubbed", ())):
        (place / name).mkdir()
        told = one(place / name, rows, args, *scrub)
        canaries = [found for found in told["found"] if found["canary"]]
        said[name] = sum(found["extractable"] for found in canaries)
        bits = ", ".join(f"{found['exposure']:.1f} ({found['base_exposure']:.1f})" for found in canaries)
        times = f"{told['train_seconds']:.0f} | {told['seconds']:.0f} | {told['loss']:.3f}"
        print(f"| {name} | {said[name]} of {len(canaries)} | {bits} | {told['extractable'] - said[name]} | {times} |", flush=True)
    if said["unscrubbed"] < args.plant or said["scrubbed"] > 0:
        raise SystemExit("FAILED: every unscrubbed canary must be found, and no scrubbed one")


if __name__ == "__main__":
    main()
