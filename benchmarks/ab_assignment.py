"""Do people fall to the arms by their shares, and stay there? 1e6 assignments for each division.

    nice -n 15 python benchmarks/ab_assignment.py [--people 1000000]

For each division: how many of the people fell to the candidate, and the p of the chi-square against the shares (wanted: above 0.001).
Also between experiments: whether the arm in one says anything about the arm in the next (chi-square of the two-by-two table).
"""

from __future__ import annotations

import argparse
import time

from scipy.stats import chi2_contingency, chisquare

from burnish.serve.ab.assign import arm_of, unit_of

KEY = bytes(range(32))
DIVISIONS = ((0.5, 0.5), (0.9, 0.1), (0.99, 0.01), (2 / 3, 1 / 3), (0.05, 0.95))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    people = parser.parse_args().people
    began = time.perf_counter()
    units = [unit_of(KEY, f"user:{i}") for i in range(people)]
    print(f"{people} people named in {time.perf_counter() - began:.1f} s")
    print("| shares | to the candidate | expected | p | seconds |")
    print("|---|---:|---:|---:|---:|")
    for shares in DIVISIONS:
        began = time.perf_counter()
        candidate = sum(arm_of(KEY, f"experiment {shares}", unit, shares) for unit in units)
        p = chisquare([people - candidate, candidate], [people * share for share in shares]).pvalue
        seconds = time.perf_counter() - began
        print(f"| {shares[0]:.2f} : {shares[1]:.2f} | {candidate} | {people * shares[1]:.0f} | {p:.3f} | {seconds:.1f} |")
        assert p > 0.001
    arms = [[arm_of(KEY, name, unit, (0.5, 0.5)) for unit in units[:200_000]] for name in ("one", "two")]
    table = [[0, 0], [0, 0]]
    for one, two in zip(*arms, strict=True):
        table[one][two] += 1
    p = chi2_contingency(table).pvalue
    print(f"two experiments, the same people: {table}, p of independence {p:.3f}")
    assert p > 0.001


if __name__ == "__main__":
    main()
