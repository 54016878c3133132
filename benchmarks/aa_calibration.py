"""A/A calibration by simulation: is a verdict wrong, an interval too short, a detectable difference misstated, and how often?

    nice -n 15 env OMP_NUM_THREADS=1 python benchmarks/aa_calibration.py [--runs 2000] [--cells]

For each kind of score and each number of prompts, from seeded draws:
false alarms   two equally good models (a difference of 0): how often `paired` says better, and how often worse
coverage       how often the 95 % interval holds the true difference, at 0 and at a true gain
power          the difference that a draw says it could have seen is given to a new draw: how often it is called better

Wanted: false alarms 3 to 6 % in all (under 3 % only where the test is discrete), coverage 93 to 97 %, power 75 to 85 %.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from burnish.evaluate.statistics import paired

SEED = 20261121
NUMBERS = (20, 50, 200)
RUNS = 2_000
GAIN = 0.1
"""The true difference at which coverage is looked at a second time."""
MOST_GAIN = 0.5
"""The largest true difference that a draw can be given: every answer right."""

Draw = Callable[[np.random.Generator, int, float], tuple[Any, Any, Any]]


@dataclass(frozen=True)
class Cell:
    """What was counted for one kind of score and one number of prompts; shares from 0 to 1."""

    kind: str
    n: int
    discrete: bool
    false_better: float
    false_worse: float
    coverage: float
    coverage_gain: float
    power: float
    detectable: float
    """The mean of the differences that the draws say they could have seen, of those that say one."""
    too_few: float
    """The share of draws that say they are too few to see any difference (or only one that no model could show)."""

    @property
    def alarms(self) -> float:
        return self.false_better + self.false_worse


def right_wrong(source: np.random.Generator, n: int, gain: float) -> tuple[Any, Any, Any]:
    """Answers right or wrong on questions of all difficulties; a gain rights each wrong answer of B with chance 2 gain."""
    easy = source.random(n)
    a, b = source.random(n) < easy, source.random(n) < easy
    return a * 1.0, (b | (source.random(n) < 2 * gain)) * 1.0, None


def continuous(source: np.random.Generator, n: int, gain: float) -> tuple[Any, Any, Any]:
    """Similarities: some questions are answered alike by both, some very differently; a gain lifts every answer."""
    middle, width = source.uniform(0.2, 0.5, n), source.uniform(0.02, 0.2, n)
    return middle + width * source.uniform(-1, 1, n), middle + width * source.uniform(-1, 1, n) + gain, None


def tied(source: np.random.Generator, n: int, gain: float) -> tuple[Any, Any, Any]:
    """Four checks a question, so that most differences are 0 or a quarter; a gain rights each check with chance 2 gain."""
    easy = source.beta(0.5, 0.5, n)[:, None]
    a, b = source.random((n, 4)) < easy, source.random((n, 4)) < easy
    return a.mean(axis=1), (b | (source.random((n, 4)) < 2 * gain)).mean(axis=1), None


def clustered(source: np.random.Generator, n: int, gain: float) -> tuple[Any, Any, Any]:
    """Questions in one to four wordings, whose answers change together; a gain lifts every answer."""
    clusters = _wordings(source, n)
    shared = source.uniform(-0.15, 0.15, n)[clusters]
    a, b, _ = continuous(source, n, gain)
    return a, b + shared, clusters


def clustered_right_wrong(source: np.random.Generator, n: int, gain: float) -> tuple[Any, Any, Any]:
    """Questions in one to four wordings: each is answered as the first wording was with chance 0.7, else on its own."""
    clusters = _wordings(source, n)
    a, b, _ = right_wrong(source, n, gain)
    own_a, own_b, _ = right_wrong(source, n, gain)
    alike = source.random(n) < 0.7
    return np.where(alike, a[clusters], own_a), np.where(alike, b[clusters], own_b), clusters


def _wordings(source: np.random.Generator, n: int) -> Any:
    """Return the cluster of each of n items: sizes 1 to 4, each as likely."""
    return np.repeat(np.arange(n), source.integers(1, 5, n))[:n]


KINDS: dict[str, tuple[Draw, bool]] = {
    "right/wrong": (right_wrong, True),
    "continuous": (continuous, False),
    "tied": (tied, True),
    "clustered": (clustered, False),
    "clustered right/wrong": (clustered_right_wrong, True),
}
"""Each kind of score with its draw, and whether its differences are so few values that the test is discrete."""


def calibrate(kind: str, n: int, runs: int = RUNS, test: Callable[[Any, Any, Any], Any] = paired) -> Cell:
    """Return what `runs` draws gave. Each cell has a random stream of its own, so cells can be run in any order."""
    draw, discrete = KINDS[kind]
    source = np.random.default_rng([SEED, n, list(KINDS).index(kind)])
    better = worse = held = held_gain = seen = 0
    told: list[float] = []
    for _ in range(runs):
        found = _tested(test, draw(source, n, 0.0))
        better += found.verdict == "better"
        worse += found.verdict == "worse"
        held += found.low <= 0 <= found.high
        gained = _tested(test, draw(source, n, GAIN))
        held_gain += gained.low <= GAIN <= gained.high
        if found.detectable <= MOST_GAIN:
            told.append(found.detectable)
            seen += _tested(test, draw(source, n, found.detectable)).verdict == "better"
    shares = [count / runs for count in (better, worse, held, held_gain)]
    said = max(1, len(told))
    return Cell(kind, n, discrete, *shares, seen / said, sum(told) / said, 1 - len(told) / runs)


def _tested(test: Callable[[Any, Any, Any], Any], drawn: tuple[Any, Any, Any]) -> Any:
    a, b, clusters = drawn
    return test(a.tolist(), b.tolist(), None if clusters is None else clusters.tolist())


def misses(cell: Cell, slack: float = 0.0) -> Iterator[str]:
    """Yield what of a cell is not as wanted. `slack` widens every band, for fewer runs than the full number."""
    if cell.alarms > 0.06 + slack:
        yield f"false alarms {cell.alarms:.1%} > 6 %"
    if cell.alarms < 0.03 - slack and not cell.discrete:
        yield f"false alarms {cell.alarms:.1%} < 3 %"
    for name, share in (("at 0", cell.coverage), (f"at {GAIN}", cell.coverage_gain)):
        if not 0.93 - slack <= share <= 0.97 + slack:
            yield f"coverage {name} {share:.1%}"
    if not 0.75 - 2 * slack <= cell.power <= 0.85 + 2 * slack:
        yield f"power {cell.power:.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    began = time.perf_counter()
    print(
        "| scores | n | false better | false worse | both | covered at 0 | covered at +0.1 | told detectable | power there | too few | missed |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|")
    for kind in KINDS:
        for n in NUMBERS:
            cell = calibrate(kind, n, runs)
            shares = (cell.false_better, cell.false_worse, cell.alarms, cell.coverage, cell.coverage_gain)
            told = " | ".join(f"{share:.1%}" for share in shares)
            missed = "; ".join(misses(cell)) or "–"
            print(
                f"| {kind} | {n} | {told} | {cell.detectable:.3f} | {cell.power:.1%} | {cell.too_few:.1%} | {missed} |",
                flush=True,
            )
    print(f"\n{runs} runs a cell, {time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
