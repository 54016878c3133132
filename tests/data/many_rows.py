"""Many made-up texts of four manners, from the one seed: those in which near-same ones are hard or many."""

from __future__ import annotations

import random
from collections.abc import Callable

from toys import SEED


def texts(count: int, manner: str) -> list[str]:
    """Return texts; the first n of a larger number are those of n."""
    chance = random.Random(f"{SEED} {manner}")
    words = ["".join(chance.choices("etaoinshrdlucmfwyp", k=chance.randint(4, 8))) for _ in range(400)]
    said: list[str] = []

    def prose() -> str:
        if said and chance.random() < 0.3:
            old = chance.choice(said)
            at = chance.randrange(len(old) - 2)
            return old[:at] + old[at + 1] + old[at] + old[at + 2 :]
        return " ".join(chance.choices(words, k=chance.randint(2, 30)))

    def named() -> str:
        one, other = chance.choice(words), chance.choice(words)
        other = other.capitalize() if chance.random() < 0.7 else other
        return f"Please write a short and friendly message to {one.capitalize()}, and thank them for {other} and number {chance.randrange(3)}."

    def filled() -> str:
        return f"explain in one sentence how {chance.choice(words)} goes with {chance.choice(words)} and {chance.choice(words)}"

    def copied() -> str:
        form = "please sort all of the words of this list so that the longest is the first one, and then tell me which was the shortest"
        return f"{form}: {chance.choice(words)} {chance.choice(words)}"

    made: dict[str, Callable[[], str]] = {"prose": prose, "named": named, "filled": filled, "copied": copied}
    while len(said) < count:
        said.append(made[manner]())
    return said


MANNERS = ("prose", "named", "filled", "copied")
