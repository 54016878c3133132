"""Near duplicates among many rows: seconds, and precision and recall on planted pairs. `python benchmarks/dedupe.py [--rows 100000]`.

Rows are made of a vocabulary of 12,000 words drawn by Zipf's law; one row in ten gets a near copy (one or two typos, another case, a
dropped comma, a polite word before, a word doubled) and one in ten a hard stranger: the same row with another number, another name,
a "not", or another answer. A stranger that is taken for a copy counts against precision.
"""

import argparse
import itertools
import random
import sys
import time

from burnish.data.dedupe import clusters
from burnish.records.conversation import Conversation, Message

SEED = 7


def words(rng: random.Random, count: int) -> list[str]:
    """Return made-up words of 2 to 10 letters."""
    return ["".join(rng.choices("etaoinshrdlucmfwypvbgk", k=rng.randint(2, 10))) for _ in range(count)]


def conversation(prompt: str, answer: str) -> Conversation:
    """Return a row of two turns."""
    return Conversation(messages=(Message(role="user", content=prompt), Message(role="assistant", content=answer)))


def typo(rng: random.Random, text: str) -> str:
    """Return the text with two neighbouring small letters changed places: another digit or name is another row."""
    at = rng.choice([i for i in range(len(text) - 1) if text[i : i + 2].isalpha() and text[i : i + 2].islower()])
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


COPIES = (
    lambda rng, p, a: (typo(rng, p), a),
    lambda rng, p, a: (p, typo(rng, typo(rng, a))),
    lambda _, p, a: (p.lower().replace(",", ""), a),
    lambda _, p, a: ("Please, " + p, a),
    lambda _, p, a: (p, a + " " + a.split()[-1]),
)
STRANGERS = (
    lambda _, p, a: (p.replace(" 7", " 8"), a.replace(" 7", " 8")),
    lambda _, p, a: (p.replace("Milton", "Harper"), a.replace("Milton", "Harper")),
    lambda _, p, a: (p, "not " + a),
    lambda _, p, a: (p, " ".join(reversed(a.split()))),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    asked = parser.parse_args()
    rng = random.Random(SEED)
    vocabulary = words(rng, 12_000)
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))
    say = lambda count: " ".join(rng.choices(vocabulary, cum_weights=weights, k=count))  # noqa: E731
    rows, kinds, pairs = [], [], {}
    while len(rows) < asked.rows:
        prompt, answer = (
            f"Why {say(12)}, {say(6)} 7{rng.randrange(1000)} of Milton?",
            f"It {say(25)} 7{rng.randrange(1000)} by Milton, {say(8)}.",
        )
        first = len(rows)
        rows.append(conversation(prompt, answer))
        kinds.append("plain")
        draw = rng.random()
        if draw < 0.25:
            change, kind = (rng.choice(COPIES), "copy") if draw < 0.125 else (rng.choice(STRANGERS), "stranger")
            rows.append(conversation(*change(rng, prompt, answer)))
            kinds.append(kind)
            pairs[len(rows) - 1] = first
    began, worked = time.perf_counter(), time.process_time()
    found = {i: first for i, first, _ in clusters(rows) if first is not None}
    seconds, busy = time.perf_counter() - began, time.process_time() - worked
    copies = [i for i, kind in enumerate(kinds) if kind == "copy"]
    right = sum(found.get(i) == pairs[i] for i in copies)
    print(f"{len(rows)} rows, {len(copies)} planted copies, {kinds.count('stranger')} hard strangers")
    print(
        f"{seconds:.1f} s ({busy:.1f} s of processor); recall {right / len(copies):.4f}; precision {right / max(1, len(found)):.4f} ({len(found)} taken for copies)"
    )


if __name__ == "__main__":
    sys.exit(main())
