"""Invented facts, asked in other words: how many does a version know that `burnish train` made at its default settings?

    python benchmarks/facts.py                                        # all sets, one seed
    python benchmarks/facts.py --sets bakery,my_life --seeds 1,2,3
    python benchmarks/facts.py --memory 1                             # the version carries its rows (burnish models pull all-mpnet-base-v2)
    python benchmarks/facts.py --sets bakery --set train.epochs=20    # anything after --set goes to `burnish train`

Sets: benchmarks/data/facts (CC0-1.0; its README says how the asked phrasings differ from the trained ones). Three figures a run: right answers to the
trained questions, to the same facts asked in other words, and how many questions that no row answers got an invented answer. Right: the
target, or one of its forms, stands in the answer. Beside them what the verdict of the run itself said. Needs the embedded model.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from burnish.grading import grade
from burnish.records.conversation import Message
from burnish.records.task import Task

DATA = Path(__file__).parent / "data" / "facts"
SETS = (
    "bakery", "bike_workshop", "community_choir", "cottage_guide", "dental_practice", "landlord_rules", "my_life",
    "open_source_project", "faq_geology", "faq_textiles",
)  # fmt: skip


def burnish(*words: str) -> dict:
    """Run a verb and return its JSON; what it says for people goes to stderr."""
    done = subprocess.run([sys.executable, "-m", "burnish", *words, "--json"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in {0, 1}:
        raise SystemExit(done.returncode)
    return json.loads(done.stdout)


def lines(path: Path) -> list[dict]:
    """Return the objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def trained_questions(folder: Path) -> list[dict]:
    """Return the trained questions with their targets."""
    if (folder / "recall.jsonl").exists():
        return lines(folder / "recall.jsonl")
    asked = {one["fact"]: one for one in lines(folder / "ask.jsonl")}
    rows = lines(folder / "train.jsonl")
    return [{**asked[row["metadata"]["fact"]], "prompt": row["messages"][0]["content"]} for row in rows]


def is_right(answer: str, wanted: dict) -> bool:
    """Return whether the target, or one of its forms, stands in the answer."""
    return any(form.casefold() in answer.casefold() for form in (wanted["target"], *wanted.get("accept", ())))


def declines(prompt: str, answer: str) -> bool:
    """Return whether an answer says that it does not know, by burnish's own grader."""
    task = Task(id="x", messages=(Message(role="user", content=prompt),), grader="abstains", target="abstain")
    return grade(task, answer).value >= 0.5


def run(name: str, seed: int, more: list[str], words: list[str]) -> dict:
    """Train one set and ask it."""
    folder = DATA / name
    rows = next(path for path in (folder / "train.jsonl", folder / "train.json") if path.exists())
    asked = {
        "trained": trained_questions(folder),
        "other": lines(folder / "ask.jsonl"),
        "unanswerable": lines(folder / "unanswerable.jsonl"),
    }
    every = [(kind, one) for kind, some in asked.items() for one in some]
    with tempfile.TemporaryDirectory() as home:
        settings = [word for one in (f"train.seed={seed}", *more) for word in ("--set", one)]
        trained = burnish("train", str(rows), "--home", home, "--from", "base", "--no-promote", *words, *settings)
        prompts, answers = Path(home) / "prompts.jsonl", Path(home) / "answers.jsonl"
        prompts.write_text(
            "".join(json.dumps({"id": str(i), "prompt": one["prompt"]}) + "\n" for i, (_, one) in enumerate(every))
        )
        burnish(
            "generate", str(prompts), "-o", str(answers), "--version", trained["version"], "--home", home, "--max-tokens", "60"
        )
        said = {int(one["id"]): one["text"] for one in lines(answers)}
    found = {kind: [0, 0] for kind in asked}
    for i, (kind, one) in enumerate(every):
        good = not declines(one["prompt"], said[i]) if kind == "unanswerable" else is_right(said[i], one)
        found[kind][0] += good
        found[kind][1] += 1
    parts = {part["name"]: f"{part['after']:.2f} {part['verdict']}" for part in trained["parts"]}
    return {
        "set": name, "seed": seed, **found, "seconds": round(trained["train_seconds"]), "verdict": trained["verdict"], "parts": parts,
        "memory": trained.get("memory"),
    }  # fmt: skip


def main() -> None:
    """Run the sets and print a line for each, then the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--seeds", default="42")
    parser.add_argument("--model", help="a folder, a .gguf file or a name; the embedded model where none is given")
    parser.add_argument("--memory", type=int, help="rows put before a question: the version carries its rows")
    parser.add_argument("--set", action="append", default=[], dest="more")
    given = parser.parse_args()
    words = [*(["--model", given.model] if given.model else []), *(["--memory", str(given.memory)] if given.memory else [])]
    runs = []
    for name in given.sets.split(","):
        for seed in map(int, given.seeds.split(",")):
            runs.append(run(name, seed, given.more, words))
            print(json.dumps(runs[-1]), flush=True)
    for kind in ("trained", "other", "unanswerable"):
        right, number = (sum(one[kind][i] for one in runs) for i in (0, 1))
        print(f"{kind}: {right} of {number} ({right / number:.2f}){' invented' if kind == 'unanswerable' else ' right'}")


if __name__ == "__main__":
    main()
