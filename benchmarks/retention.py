"""Five sessions of 60 rows on five unrelated subjects, one after the other: what is still known at the end?

    python benchmarks/retention.py                       # burnish's default beside merging alone and plain continuation
    python benchmarks/retention.py --only default        # one way
    python benchmarks/retention.py --only default -- --set session.replay=1.5    # what follows `--` goes to `burnish train`

For each way a chain of five versions is trained with the plain command, each is asked the twenty questions of every subject so far
(a fourth phrasing, never trained) and burnish's probes of general ability, and the fifth subject is also trained alone, from the base.
Prints a table as Markdown. Needs the embedded model; about 15 minutes for the three ways on two quiet cores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent / "data" / "sessions"
SUBJECTS = ("1_ferry", "2_bakery", "3_garden", "4_station", "5_orchestra")
ALONE = ("--set", "session.replay=0", "--set", "session.anchor=0")
WAYS: dict[str, tuple[str, ...]] = {
    "default": (),
    "merging alone": ("--set", "session.strategy=merge", *ALONE),
    "plain continuation": ("--set", "session.strategy=continue", *ALONE),
}
"""What is given to `burnish train` from the second session on; the first is always the plain command."""


def burnish(*words: str) -> dict:
    """Run a verb and return its JSON; a closed gate (1) still answers."""
    command = [sys.executable, "-m", "burnish", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        raise SystemExit(f"burnish {' '.join(words)}\n{done.stderr}")
    return json.loads(done.stdout)


def asked(version: str, home: str, subjects: tuple[str, ...]) -> dict[str, float]:
    """Return the share answered right, by subject."""
    suites = [word for name in subjects for word in ("--suite", str(HERE / f"{name}_asked.jsonl"))]
    scores = burnish("evaluate", version, "--home", home, *suites)["suites"]
    return {name.removesuffix("_asked"): one["mean"] for name, one in scores.items()}


def chain(way: tuple[str, ...], home: str, more: list[str]) -> list[dict]:
    """Train the five sessions and return for each: version, seconds, and its answers."""
    found = []
    for i, subject in enumerate(SUBJECTS):
        words = [*(way if i else ()), *more]
        trained = burnish("train", str(HERE / f"{subject}.jsonl"), "--home", home, *words)
        if not trained["live"]:
            print(f"    {subject}: not live ({trained['reason']}); promoted by hand", file=sys.stderr)
            burnish("promote", trained["version"], "--home", home)
        scores = asked(trained["version"], home, SUBJECTS[: i + 1])
        found.append(
            {"version": trained["version"], "train": trained["train_seconds"], "wall": trained["wall_seconds"], **scores}
        )
        print("   ", subject, {k: round(v, 2) for k, v in found[-1].items() if isinstance(v, float)}, file=sys.stderr, flush=True)
    return found


def general(home: str) -> tuple[float, float]:
    """Return the general probes' scores: of the base and of the last version, both as the trainings asked them."""
    matrix = burnish("log", "--matrix", "--home", home)
    scores = [row["scores"][matrix["columns"].index("ability")] for row in matrix["rows"]]
    print("    ", {name: matrix[name] for name in ("backward", "forward", "drift")}, scores, file=sys.stderr)
    return scores[0], scores[-1]


def line(name: str, found: list[dict], ability: tuple[float, float], alone: float) -> str:
    """Return the table's line of one way."""
    base, end = ability
    then = [found[i][subject] for i, subject in enumerate(SUBJECTS[:4])]
    now = [found[-1][subject] for subject in SUBJECTS[:4]]
    kept = sum(now) / sum(then) if sum(then) else float("nan")
    cells = [
        name,
        f"{sum(then) * 20:.0f} of 80",
        f"{sum(now) * 20:.0f} of 80",
        f"{kept:.0%}",
        f"{found[-1]['5_orchestra'] * 20:.0f} (alone {alone * 20:.0f}) of 20",
        f"{100 * base:.1f} to {100 * end:.1f} ({100 * (end - base):+.1f})",
        f"{found[0]['train']:.0f} s, {found[-1]['train']:.0f} s ({found[-1]['train'] / found[0]['train']:.1f}x)",
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Run the ways and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append")
    parser.add_argument("--alone", type=int, help="right of the fifth subject trained alone, where it is known")
    parser.add_argument("more", nargs="*")
    given = parser.parse_args()
    lines = []
    alone_right = given.alone / 20 if given.alone is not None else None
    with tempfile.TemporaryDirectory() as home:
        if alone_right is None:
            alone = burnish("train", str(HERE / "5_orchestra.jsonl"), "--home", home, "--from", "base")["version"]
            alone_right = asked(alone, home, ("5_orchestra",))["5_orchestra"]
    for name in given.only or WAYS:
        print(name, file=sys.stderr)
        with tempfile.TemporaryDirectory() as home:
            found = chain(WAYS.get(name, ()), home, given.more)
            lines.append(line(name, found, general(home), alone_right))
    print(
        "| way | right when trained | right after session 5 | kept | session 5 itself | ability, base to now | training 1st, 5th |"
    )
    print("|---|---|---|---|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
