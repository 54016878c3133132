"""Twenty invented facts about one place, three phrasings trained, a fourth asked: how many are answered right?

    python benchmarks/facts.py                                  # default settings
    python benchmarks/facts.py --set train.learning_rate=5e-4   # anything after the name goes to `burnish train`

Prints one line: right answers of 20, the losses, seconds, and the settings that were used. Needs the embedded model.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROWS, ASKED = HERE / "data" / "facts_velmora.jsonl", HERE / "data" / "ask_velmora.jsonl"


def burnish(*words: str) -> dict:
    """Run a verb and return its JSON; what it says for people goes to stderr."""
    done = subprocess.run([sys.executable, "-m", "burnish", *words, "--json"], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    """Train, ask, and print the line."""
    with tempfile.TemporaryDirectory() as home:
        trained = burnish("train", str(ROWS), "--home", home, "--from", "base", *sys.argv[1:])
        asked = burnish("evaluate", trained["version"], "--suite", str(ASKED), "--home", home)["suites"]["ask_velmora"]
        wrong = [
            f"{a['id']}: {a['text']!r} (wanted {a['target']!r})"
            for a in map(json.loads, Path(asked["items"]).read_text().splitlines())
            if a["score"] < 1
        ]
        plan = json.loads((Path(trained["run"]) / "plan.json").read_text())
    print(
        f"{round(asked['mean'] * asked['n'])} of {asked['n']} right; loss {trained['loss_first']:.2f} -> {trained['loss_last']:.4f}; "
        f"{trained['rows']} rows, {trained['steps']} steps, {trained['train_seconds']:.0f} s; rate {plan['learning_rate']:g}, "
        f"rank {plan['lora_rank']}, alpha {plan['lora_alpha']}, epochs {plan['epochs']}, held out {plan['holdout']}, "
        f"early stop {plan['early_stop']}, keep {plan['keep']}"
    )
    print("\n".join(wrong))


if __name__ == "__main__":
    main()
