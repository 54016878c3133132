"""How often the interval of a share of right answers holds the truth, where questions come in several wordings.

    python benchmarks/cluster_coverage.py [--draws 4000]

Draws suites of 2 to 30 questions in 2 or 4 wordings: each question has its own chance of a right answer (a beta distribution whose
correlation within a question is 0, 0.3 or 0.9 and whose mean is the truth). Exit code 1 where an interval that says 95 % holds the truth
in less than 94 % (the noise of 4,000 draws is 0.3 %).
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Iterator

import numpy as np

from burnish.evaluate.statistics import mean_interval

SEED = 1998
CLUSTERS, WORDINGS, SHARES, ALIKE = (2, 3, 5, 12, 30), (2, 4), (0.5, 0.9), (0.0, 0.3, 0.9)
Cell = tuple[int, int, float, float]


def cells(draws: int) -> Iterator[tuple[Cell, float]]:
    """Yield ((questions, wordings, share, correlation), share of the intervals that hold the truth)."""
    rng = np.random.default_rng(SEED)
    for cell in ((n, k, p, rho) for n in CLUSTERS for k in WORDINGS for p in SHARES for rho in ALIKE):
        n, k, p, rho = cell
        chances = np.full((draws, n), p) if rho == 0 else rng.beta(p / rho - p, (1 - p) / rho - (1 - p), (draws, n))
        right = rng.binomial(k, chances)
        yield cell, sum(_holds(tuple(sorted(one)), k, p) for one in right.tolist()) / draws


@functools.cache
def _holds(right: tuple[int, ...], wordings: int, truth: float) -> bool:
    """Return whether the interval of one suite holds the truth; `right` is how many wordings of each question were."""
    scores = [float(i < one) for one in right for i in range(wordings)]
    low, high = mean_interval(scores, [i for i in range(len(right)) for _ in range(wordings)])
    return low <= truth <= high


def main() -> int:
    """Simulate and report."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--draws", type=int, default=4000)
    missed = 0
    for (n, k, p, rho), share in cells(asked.parse_args().draws):
        missed += share < 0.94
        print(f"{n:>3} questions x {k}, {p:.0%} right, alike {rho}: {share:.1%}{'  TOO LOW' if share < 0.94 else ''}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
