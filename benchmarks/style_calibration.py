"""How often the style question sees a shift where there is none, and one where there is, on real texts.

    python benchmarks/style_calibration.py ROWS.jsonl PAIRS.json [RUNS]

ROWS is a JSONL with the key `response` (people's answers, such as databricks-dolly-15k, CC-BY-SA-3.0); PAIRS a JSON list with
`chosen.value` and `rejected.value` (two models' answers to one prompt, such as dpo_en_demo of LLaMA-Factory, Apache-2.0).

No shift: a person's answers stand for the rows, and the two models' answers to each prompt are dealt at random to "before" and
"after", so nothing but chance separates these. A shift: "after" is another person's answer from the same file of rows. Each run
draws its own rows, prompts and deal.
"""

import json
import random
import sys
from collections import Counter
from pathlib import Path

from burnish.evaluate.style import Voiced, style

SEED = 20261121
SIZES = ((24, 8), (40, 12), (80, 24))
"""(prompts, of these held out)."""


def draw(
    people: list[str], pairs: list[tuple[str, str]], size: tuple[int, int], chance: random.Random, *, shift: bool
) -> list[Voiced]:
    """Return one set of prompts with a row, an answer before and one after."""
    rows = chance.sample(people, 2 * size[0])
    voices = []
    for i, pair in enumerate(chance.sample(pairs, size[0])):
        before, after = pair if chance.random() < 0.5 else pair[::-1]
        held_out = i < size[1]
        voices.append(
            Voiced(id=str(i), row=rows[i], before=before, after=rows[size[0] + i] if shift else after, held_out=held_out)
        )
    return voices


def main() -> None:
    """Print the share of runs with each verdict."""
    if len(sys.argv) < 3:
        sys.exit("usage: python benchmarks/style_calibration.py ROWS.jsonl PAIRS.json [RUNS]")
    people = [json.loads(line)["response"] for line in Path(sys.argv[1]).read_text("utf-8").splitlines()]
    people = [text for text in people if text.strip()]
    pairs = [(one["chosen"]["value"], one["rejected"]["value"]) for one in json.loads(Path(sys.argv[2]).read_text("utf-8"))]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 400
    for shift in (False, True):
        for size in SIZES:
            chance = random.Random(SEED)
            told = Counter(style(draw(people, pairs, size, chance, shift=shift)).verdict for _ in range(runs))
            shares = "  ".join(f"{verdict} {count / runs:.3f}" for verdict, count in told.most_common())
            print(
                f"{'a shift ' if shift else 'no shift'}  {size[0]:3} prompts, {size[1]:2} held out, {runs} runs:  {shares}",
                flush=True,
            )


if __name__ == "__main__":
    main()
