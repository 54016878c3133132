"""An experiment that is looked at after every answer: how often are equal versions told apart, and how soon different ones?

    nice -n 15 env OMP_NUM_THREADS=1 python benchmarks/ab_watching.py [--runs 500] [--answers 10000]

False alarms: equal versions, every answer gets a thumb, looked at after every one. Two kinds of people: each answer to a new person; and
people who come back (as words in a text do: few often, many once) and are of one mind (a person's own share of thumbs up is drawn
from a very wide beta), so that their answers are not independent. Wanted: at most 5 % of the runs. Beside it what would go wrong: the
usual z-test looked at all the time, and our own test with every thumb of a person counted instead of the first.
Power: how many votes until a true difference is found, and the votes that a test of a size fixed beforehand takes for 80 %.
Sample ratio: sound divisions called broken, and the units until one that loses a tenth of the candidate's people is.
The sums are those of `burnish.serve.ab` on many runs at once; one run is also played through the server's own counter.
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np

from burnish.serve.ab.bets import Bets, Seen, block_of, gains
from burnish.serve.ab.means import log_ratio_broken
from burnish.serve.ab.reading import RATIO_LEVEL, need

SEED = 20261121
SHARES = ((0.5, 0.5), (0.9, 0.1))
PEOPLE = 2000
"""Who come back, in the second kind."""


def course(draws, answers, shares, means, *, back):
    """Return (arm, vote, is it the person's first) of each answer of one run."""
    who = draws.zipf(1.3, answers) % PEOPLE if back else np.arange(answers)
    arms = (draws.random(who.max() + 1) < shares[1]).astype(int)[who]
    mean = np.asarray(means)[arms]
    if back:
        mind = draws.random(who.max() + 1)[who]  # the same quantile of a beta for each arm: of one mind
        mean = (mind < mean).astype(float) * 0.8 + 0.2 * mean
    votes = (draws.random(answers) < mean).astype(float)
    _, index = np.unique(who, return_index=True)
    first = np.zeros(answers, bool)
    first[index] = True
    return arms, votes, first


def stakes(runs, shares):
    """Return per run the votes after which "better" and "worse" were first called (inf: never), for runs of (arms, votes)."""
    m, n = block_of(shares)
    blocks = np.array([min((arms == 0).sum() // m, (arms == 1).sum() // n) for arms, _ in runs])
    most = blocks.max()
    x, y = np.zeros((len(runs), most, m)), np.zeros((len(runs), most, n))
    when = np.full((len(runs), most), np.inf)
    for i, (arms, votes) in enumerate(runs):
        for arm, size, out in ((0, m, x), (1, n, y)):
            out[i, : blocks[i]] = votes[arms == arm][: blocks[i] * size].reshape(-1, size)
        ends = [np.flatnonzero(arms == arm)[size - 1 :: size][: blocks[i]] for arm, size in ((0, m), (1, n))]
        when[i, : blocks[i]] = np.maximum(*ends) + 1
    a, b = Seen(), Seen()
    now, found = np.zeros((2, len(runs))), np.full((2, len(runs)), np.inf)
    for k in range(most):
        now += np.where(k < blocks, gains(a, b, np.zeros(len(runs)), x[:, k], y[:, k]), 0)
        found = np.where(np.isinf(found) & (now >= need()), when[:, k], found)
        a.add(x[:, k])
        b.add(y[:, k])
    return found, now


def plain(arms, votes):
    """Return whether the z-test at 5 %, looked at after every vote from the 50th on, ever calls a difference."""
    n = np.array([(arms == arm).cumsum() for arm in (0, 1)])
    won = np.array([((arms == arm) * votes).cumsum() for arm in (0, 1)])
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = won.sum(0) / n.sum(0)
        z = np.abs(won[1] / n[1] - won[0] / n[0]) / np.sqrt(pooled * (1 - pooled) * (1 / n[0] + 1 / n[1]))
    return bool((z[50:] > 1.96).any())


def false_alarms(draws, runs, answers):
    print("| shares | thumbs up | people | told apart | z-test | every thumb counted |")
    print("|---|---:|---|---:|---:|---:|")
    worst = 0.0
    for shares in SHARES:
        for p in (0.1, 0.5, 0.9):
            for back in (False, True):
                played = [course(draws, answers, shares, (p, p), back=back) for _ in range(runs)]
                found, now = stakes([(arms[first], votes[first]) for arms, votes, first in played], shares)
                told = np.isfinite(found).any(0).mean()
                every = f"{np.isfinite(stakes([one[:2] for one in played], shares)[0]).any(0).mean():.1%}" if back else "-"
                looked = np.mean([plain(arms, votes) for arms, votes, _ in played])
                kind = "come back, of one mind" if back else "new each time"
                print(f"| {shares[0]} : {shares[1]} | {p} | {kind} | {told:.1%} | {looked:.1%} | {every} |", flush=True)
                worst = max(worst, told)
                same(played[0], shares, now[:, 0])
    print(f"\nmost: {worst:.1%} (wanted: at most 5 %)\n")
    assert worst <= 0.05


def same(played, shares, now):
    """Check that the server's own counter comes to the same stakes."""
    arms, votes, first = played
    bets = Bets(block_of(shares))
    for arm, vote in zip(arms[first], votes[first], strict=True):
        bets.add(int(arm), float(vote))
    assert np.allclose([bets.better, bets.worse], now)


def power(draws, runs, answers):
    print("| shares | true means | found in | votes: half of the runs | 9 of 10 | fixed size, 80 % |")
    print("|---|---|---:|---:|---:|---:|")
    for shares in SHARES:
        for p, q in ((0.5, 0.6), (0.8, 0.9), (0.5, 0.7), (0.7, 0.9), (0.7, 0.5)):
            played = [course(draws, answers, shares, (p, q), back=False) for _ in range(runs)]
            found, _ = stakes([one[:2] for one in played], shares)
            right, wrong = found if q > p else found[::-1]
            spread = p * (1 - p) / shares[0] + q * (1 - q) / shares[1]
            fixed = math.ceil((1.96 + 0.8416) ** 2 * spread / (p - q) ** 2)
            half, most = np.quantile(right, (0.5, 0.9), method="higher")
            print(
                f"| {shares[0]} : {shares[1]} | {p} and {q} | {np.isfinite(right).mean():.1%} | {half:.0f} | {most:.0f} | {fixed} |",
                flush=True,
            )
            assert np.isfinite(wrong).mean() <= 0.025
    print()


def sample_ratio(draws, runs, answers):
    needed = -math.log(RATIO_LEVEL)
    for shares in SHARES:
        alarms, when = 0, []
        for _ in range(runs):
            for lost in (0.0, 0.1):
                chance = shares[1] * (1 - lost) / (1 - shares[1] * lost)
                candidate = (draws.random(answers) < chance).cumsum()
                looks = range(24, answers, 25)
                broken = next(
                    (i for i in looks if log_ratio_broken((i + 1 - candidate[i], candidate[i]), shares) >= needed), None
                )
                if lost:
                    when.append(math.inf if broken is None else broken + 1)
                else:
                    alarms += broken is not None
        half = np.quantile(when, 0.5, method="higher")
        print(
            f"sample ratio {shares[0]} : {shares[1]}: sound ones called broken {alarms / runs:.1%}; "
            f"a tenth of the candidate's people lost: found in {np.isfinite(when).mean():.0%} of the runs within {answers} units "
            f"(half of the runs: {half:.0f})",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--answers", type=int, default=10_000)
    given = parser.parse_args()
    began = time.perf_counter()
    draws = np.random.default_rng(SEED)
    print(f"{given.runs} runs of {given.answers} answers, looked at after every one\n")
    false_alarms(draws, given.runs, given.answers)
    power(draws, given.runs, given.answers)
    sample_ratio(draws, given.runs // 5, given.answers)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
