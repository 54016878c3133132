"""The statistics of an experiment: valid however often they are looked at, against exact enumeration; and strong enough to be of use."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from burnish.serve.ab.bets import Bets, Seen, block_of, gains
from toys import SEED

NEED = math.log(40)


def paths(block, blocks):
    """Yield (all votes as 0 and 1, stake on better, stake on worse) for every possible course of an experiment."""
    m, n = block
    for votes in itertools.product((0.0, 1.0), repeat=(m + n) * blocks):
        bets, best = Bets(block), [0.0, 0.0]
        for i in range(blocks):
            part = votes[i * (m + n) : (i + 1) * (m + n)]
            for vote in part[:m]:
                bets.add(0, vote)
            for vote in part[m:]:
                bets.add(1, vote)
            best = [max(best[0], bets.better), max(best[1], bets.worse)]
        yield votes, (bets.better, bets.worse), best


@pytest.mark.parametrize(("block", "blocks"), [((1, 1), 5), ((2, 1), 3), ((1, 3), 2)])
def test_by_exact_enumeration_no_stake_is_expected_to_grow_where_the_arms_are_equal(block, blocks):
    """Over all courses, for every common mean, both stakes are worth at most 1 on average, at the end and at their best times 1/40."""
    found = list(paths(block, blocks))
    for p in (0.01, 0.1, 0.3, 0.5, 0.8, 0.99):
        chances = [math.prod(p if vote else 1 - p for vote in votes) for votes, _, _ in found]
        for side in (0, 1):
            worth = math.fsum(chance * math.exp(end[side]) for chance, (_, end, _) in zip(chances, found, strict=True))
            alarm = math.fsum(chance for chance, (_, _, best) in zip(chances, found, strict=True) if best[side] >= NEED)
            crossed = math.fsum(chance for chance, (_, _, best) in zip(chances, found, strict=True) if best[side] >= math.log(2))

            assert worth <= 1 + 1e-12
            assert alarm <= 1 / 40
            assert crossed <= 1 / 2


@pytest.mark.parametrize("block", [(1, 1), (9, 1), (3, 2)])
@pytest.mark.parametrize("true", [-0.3, 0.0, 0.2])
def test_a_block_is_a_fair_bet_for_votes_of_any_shape(block, true):
    """For scores between 0 and 1 too, a block multiplies the stake against the true difference (and any beyond) by at most 1 on average."""
    draws = np.random.default_rng(SEED)
    scores = np.array([0.0, 0.25, 0.5, 1.0])
    a, b = Seen(), Seen()
    a.add(draws.choice(scores, 7))
    b.add(draws.choice(scores, 4))
    for mean in (0.35, 0.6):
        m, n = block
        shape_a, shape_b = (np.array([1 - mu, 0.0, 0.0, mu]) * 0.5 + _around(mu) * 0.5 for mu in (mean, mean + true))
        for supposed, side in ((true, 0), (true, 1), (true + 0.1, 0), (true - 0.1, 1)):
            worth = 0.0
            # A block's factor is a product over its votes, so its expectation is the product of the votes' own.
            each_a = np.exp([gains(a, b, np.array(supposed), np.full(m, x), np.full(n, 0.5))[side] for x in scores])
            each_b = np.exp([gains(a, b, np.array(supposed), np.full(m, 0.5), np.full(n, y))[side] for y in scores])
            both = np.exp(gains(a, b, np.array(supposed), np.full(m, 0.5), np.full(n, 0.5))[side])
            one_a = (shape_a * (each_a / both) ** (1 / m)).sum()
            one_b = (shape_b * (each_b / both) ** (1 / n)).sum()
            worth = one_a**m * one_b**n * both

            assert worth <= 1 + 1e-9


def _around(mean):
    """Return the chances of the four scores that have this mean and lie around it."""
    low, high = (0.0, 0.25) if mean < 0.25 else (0.25, 0.5) if mean < 0.5 else (0.5, 1.0)
    share = (mean - low) / (high - low)
    found = {low: 1 - share, high: share}
    return np.array([found.get(one, 0.0) for one in (0.0, 0.25, 0.5, 1.0)])


def watched(p, q, shares, blocks, runs, draws):
    """Return the best stakes (better, worse) of simulated experiments, looked at after every block."""
    m, n = block_of(shares)
    a, b = Seen(), Seen()
    a.total = b.total = np.zeros(runs)
    now, best = np.zeros((2, runs)), np.zeros((2, runs))
    for _ in range(blocks):
        x = (draws.random((runs, m)) < p).astype(float)
        y = (draws.random((runs, n)) < q).astype(float)
        now += gains(a, b, np.zeros(runs), x, y)
        best = np.maximum(best, now)
        a.add(x)
        b.add(y)
    return best


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1)])
def test_two_equal_versions_watched_after_every_block_are_seldom_told_apart(shares):
    """Of 400 experiments of 2,000 votes with equal arms at most 5 % are ever called better or worse; a plain test calls many more."""
    draws = np.random.default_rng(SEED)
    blocks = 2000 // sum(block_of(shares))
    best = watched(0.5, 0.5, shares, blocks, 400, draws)

    assert np.mean(best.max(0) >= NEED) <= 0.05


def test_a_plain_test_looked_at_all_the_time_would_not_do():
    """The z-test at 5 %, looked at after every vote of the same experiments, calls more than a fifth of equal versions different."""
    draws = np.random.default_rng(SEED)
    x, y = (draws.random((400, 1000)) < 0.5, draws.random((400, 1000)) < 0.5)
    n = np.arange(1, 1001)
    gap = (y.cumsum(1) - x.cumsum(1)) / n
    pooled = (y.cumsum(1) + x.cumsum(1)) / (2 * n)
    z = np.abs(gap) / np.sqrt(np.maximum(2 * pooled * (1 - pooled), 1e-9) / n)

    assert np.mean((z[:, 20:] > 1.96).any(1)) > 0.2


def test_a_real_difference_is_found_and_never_the_other_way_round():
    """With 300 votes each, 0.5 against 0.75 is found nearly always; better is not called worse."""
    best = watched(0.5, 0.75, (0.5, 0.5), 300, 200, np.random.default_rng(SEED))

    assert np.mean(best[0] >= NEED) > 0.95
    assert np.mean(best[1] >= NEED) == 0


def test_the_interval_holds_the_truth_and_shrinks():
    """Vote by vote in a mixed order: the interval holds the true difference all the time, only shrinks, and ends narrower than 0.35."""
    draws = np.random.default_rng(SEED)
    missed = 0
    for _ in range(12):
        bets, before, held = Bets((1, 1)), (-1.0, 1.0), True
        for i in range(500):
            arm = int(draws.random() < 0.5)
            bets.add(arm, float(draws.random() < (0.4, 0.6)[arm]))
            if i % 50 == 49:
                now = bets.interval(0.05)
                assert before[0] <= now[0] <= now[1] <= before[1]
                held, before = held and now[0] <= 0.2 <= now[1], now
        missed += not held

    assert missed <= 2
    assert before[1] - before[0] < 0.35


def test_scores_that_vary_little_are_read_sooner_than_thumbs():
    """Scores around 0.5 and 0.6 are told apart with a tenth of the votes that thumbs of these means take."""
    bets = Bets((1, 1))
    for i in range(60):
        bets.add(0, (0.45, 0.55)[i % 2])
        bets.add(1, (0.55, 0.65)[i % 2])

    assert bets.better >= NEED


def test_votes_of_one_arm_alone_wait():
    """Nothing is said while only one arm has votes; the interval is everything."""
    bets = Bets((1, 1))
    for _ in range(50):
        bets.add(1, 1.0)

    assert (0.0, 0.0) == (bets.better, bets.worse)
    assert (-1.0, 1.0) == bets.interval(0.05)
    assert [0, 50] == bets.votes
