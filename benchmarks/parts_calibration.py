"""How often a part of the verdict about taught facts says "better" or "worse" where nothing changed, and how often its interval holds the truth.

    python benchmarks/parts_calibration.py            # no model: simulated right and wrong answers, 400 draws a cell

Questions come several to a fact, as rows do: each fact has a chance of its own to be known (a beta distribution around the mean, spread "even" or "lumpy": a
fact is known in all its wordings or in none), and each question is answered right or wrong by that chance, before and after. In the first half nothing changes; in
the second half a share of the facts becomes known, and the interval must hold that difference. Wanted: 3 to 6 % of either false verdict, 95 % coverage.
"""

from __future__ import annotations

import json
import random

from burnish.evaluate.statistics import paired

DRAWS = 400
CELLS = [(20, 1), (20, 2), (20, 3), (100, 1)]
"""(facts, questions a fact): held-out phrasings, asked phrasings, trained questions, questions asked once."""


def chances(facts: int, mean: float, spread: str, draw: random.Random) -> list[float]:
    """Return each fact's chance to be answered right."""
    strength = 6.0 if spread == "even" else 0.3
    return [draw.betavariate(max(1e-3, mean * strength), max(1e-3, (1 - mean) * strength)) for _ in range(facts)]


def one(facts: int, ways: int, mean: float, gained: float, spread: str, draw: random.Random) -> tuple[str, bool]:
    """Return the verdict of one draw, and whether the interval holds the true difference."""
    before = chances(facts, mean, spread, draw)
    after = [1.0 if draw.random() < gained else chance for chance in before]
    truth = sum(b - a for a, b in zip(before, after, strict=True)) / facts if gained else 0.0
    clusters = [str(fact) for fact in range(facts) for _ in range(ways)]
    sides = [[float(draw.random() < side[int(fact)]) for fact in clusters] for side in (before, after)]
    found = paired(*sides, clusters)
    return found.verdict, found.low <= truth <= found.high


def main() -> None:
    """Print a line for each cell."""
    for facts, ways in CELLS:
        for spread in ("even", "lumpy"):
            for mean, gained in ((0.05, 0.0), (0.3, 0.0), (0.6, 0.0), (0.9, 0.0), (0.1, 0.3), (0.4, 0.5)):
                draw = random.Random(f"{facts} {ways} {spread} {mean} {gained}")
                found = [one(facts, ways, mean, gained, spread, draw) for _ in range(DRAWS)]
                told = {name: round(sum(verdict == name for verdict, _ in found) / DRAWS, 3) for name in ("better", "worse")}
                held = round(sum(hold for _, hold in found) / DRAWS, 3)
                print(
                    json.dumps(
                        {
                            "facts": facts,
                            "questions a fact": ways,
                            "spread": spread,
                            "known before": mean,
                            "gained": gained,
                            **told,
                            "coverage": held,
                        }
                    ),
                    flush=True,
                )


if __name__ == "__main__":
    main()
