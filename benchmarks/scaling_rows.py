"""Generated rows for `rows_scaling.py`, in four manners. They come from one seed; it measures nothing by itself.

prose: words by Zipf's law, one row in ten a near copy of another. forms: one question with a name, a place and a thing filled in.
lower: one question with three small words filled in, so that no name tells the rows apart. mixed: a third of each.
"""

import itertools
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

SEED = 20261121
MANNERS = ("mixed", "prose", "forms", "lower")


def made_up(chance: random.Random, count: int) -> list[str]:
    """Return made-up words of 3 to 10 letters."""
    return ["".join(chance.choices("etaoinshrdlucmfwypvbgk", k=chance.randint(3, 10))) for _ in range(count)]


def _typo(chance: random.Random, text: str) -> str:
    at = chance.randrange(4, len(text) - 6)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def rows(count: int, manner: str) -> Iterator[tuple[str, str]]:
    """Yield (prompt, answer); the first n of a larger number are those of n."""
    chance = random.Random(f"{SEED} {manner}")
    vocabulary = made_up(chance, 12_000)
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))
    names = [word.capitalize() for word in made_up(chance, 3_000)]
    things = made_up(chance, 2_000)
    last = ""

    def say(number: int) -> str:
        return " ".join(chance.choices(vocabulary, cum_weights=weights, k=number))

    def prose(i: int) -> tuple[str, str]:
        nonlocal last
        prompt = _typo(chance, last) if i % 10 == 9 and last else f"Why {say(12)}, {say(6)}?"
        last = prompt
        return prompt, f"It {say(25)} by {chance.choice(names)}, {say(40)}."

    def forms(_: int) -> tuple[str, str]:
        who, where, what = chance.choice(names), chance.choice(names), chance.choice(things)
        prompt = f"Please write a short and friendly message to {who}, who lives in {where}, and thank them for the {what}."
        return prompt, f"Dear {who}, thank you so much for the {what}; {say(12)}. I hope that all is well in {where}."

    def lower(_: int) -> tuple[str, str]:
        one, two, three = (chance.choice(things) for _ in range(3))
        return f"Explain in one sentence how {one} goes with {two} and with {three}.", f"They {say(10)} when {one} {say(10)}."

    kinds: dict[str, Callable[[int], tuple[str, str]]] = {"prose": prose, "forms": forms, "lower": lower}
    for i in range(count):
        yield kinds[manner if manner != "mixed" else ("prose", "forms", "lower")[i % 3]](i)


def write(path: Path, count: int, manner: str) -> None:
    """Write rows as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for prompt, answer in rows(count, manner):
            turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
            file.write(json.dumps({"messages": turns}) + "\n")
