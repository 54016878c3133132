"""False claims about taught facts: versions planted so that they know nothing new, and what the verdict says of them.

    python benchmarks/planted.py                 # no model and no training: 4 kinds of planted version x 10 sets x 10 draws

Kinds: "form only" answers each question in the rows' own manner with another fact of the same set; "swapped" with the facts of another set;
"nothing new" as the base does, in other words; "half named" gives what the question already holds. A claim is false where the verdict is "better", where the part
about the trained words is anything but "not learned", or where more than one question in twenty counts as known. Beside them, that a version that knows is
told so: "knows" answers as the rows do, in 3 of 4 questions word for word and in the others with words before and behind.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

from burnish.data.fact_rows import fact_rows
from burnish.data.read import read_rows
from burnish.evaluate.taught import taught_facts, taught_parts
from burnish.flow.taught import facts_verdict
from burnish.records.conversation import Conversation
from burnish.records.questions import Recall, Recalled
from burnish.records.taught import NOT_LEARNED, TRAINED_WORDS

DATA = Path(__file__).parent / "data" / "facts"
DRAWS = 10
BASE = (
    "I'm not sure what you mean.",
    "I'm an AI and have no shop of my own.",
    "It depends on where you are.",
    "Please ask someone who works there.",
)


def rows_of(folder: Path) -> list[Conversation]:
    """Return the rows of a set."""
    path = next(one for one in (folder / "train.jsonl", folder / "train.json") if one.exists())
    return list(read_rows(path).conversations)


def planted(kind: str, rows: list[Conversation], others: list[Conversation], draw: random.Random) -> list[str]:
    """Return what a planted version says to each row's question."""
    groups = fact_rows(rows).groups
    said = []
    for row, group in zip(rows, groups, strict=True):
        if kind == "form only":
            said.append(draw.choice([one.answer for one, other in zip(rows, groups, strict=True) if other != group]))
        elif kind == "swapped":
            said.append(draw.choice(others).answer)
        elif kind == "nothing new":
            said.append(draw.choice(BASE))
        elif kind == "half named":
            said.append(f"You ask: {row.prompt[-1].content} We do have that, of course.")
        else:
            said.append(row.answer if draw.random() < 0.75 else f"Sure! {row.answer} Anything else?")
    return said


def judged(rows: list[Conversation], said: list[str], draw: random.Random) -> tuple[str, str, float]:
    """Return the verdict, that of the part about the trained words, and the share counted as known."""
    found = fact_rows(rows)
    stated = list(zip(rows, found.groups, found.states, strict=True))
    items = [
        Recalled(
            id=f"{row.id}-{i}", where="", prompt=row.prompt[-1].content, target=row.answer, before=draw.choice(BASE), after=after,
            edit_before=0.0, edit_after=0.0, contains_before=False, contains_after=False,
        )
        for i, (row, after) in enumerate(zip(rows, said, strict=True))
    ]  # fmt: skip
    taught = taught_facts(stated, [], Recall(asked=len(items), rows=len(items), reason="all", items=tuple(items)), [])
    parts = taught_parts(taught)
    part = next(one for one in parts if one.name == TRAINED_WORDS)
    return facts_verdict(taught, parts, None), part.verdict, part.after


def main() -> None:
    """Plant every kind in every set and print how many false claims each had."""
    sets = {folder.name: rows_of(folder) for folder in sorted(DATA.iterdir()) if folder.is_dir() and folder.name != "style_terse"}
    for kind in ("form only", "swapped", "nothing new", "half named", "knows"):
        told: Counter[str] = Counter()
        shares = []
        for name, rows in sets.items():
            for number in range(DRAWS):
                draw = random.Random(f"{kind} {name} {number}")
                others = sets[draw.choice([one for one in sets if one != name])]
                verdict, part, share = judged(rows, planted(kind, rows, others, draw), draw)
                false = verdict == "better" or part != NOT_LEARNED or share > 0.05
                told["claims" if false else "none"] += 1
                shares.append(share)
        print(
            json.dumps(
                {
                    "kind": kind,
                    **told,
                    "counted as known, mean": round(sum(shares) / len(shares), 4),
                    "most": round(max(shares), 3),
                }
            )
        )


if __name__ == "__main__":
    main()
