"""Evidence from counts: an arm's mean, blind preferences and the sample ratio, each against exact enumeration."""

from __future__ import annotations

import itertools
import math

import pytest

from burnish.serve.ab.means import log_against, log_ratio_broken, mean_interval, preferred


def courses(p, length):
    """Yield (chance, wins after each step) of every course of fair (or unfair) throws."""
    for course in itertools.product((0, 1), repeat=length):
        yield math.prod(p if one else 1 - p for one in course), list(itertools.accumulate(course))


@pytest.mark.parametrize("p", [0.05, 0.5, 0.7])
def test_by_exact_enumeration_the_mean_leaves_its_interval_seldom(p):
    """Over all courses of 9 votes, the chance that the true mean is ever outside its 80 % interval is at most 20 %."""
    out = math.fsum(
        chance
        for chance, wins in courses(p, 9)
        if any(not low - 1e-9 <= p <= high + 1e-9 for i, won in enumerate(wins, 1) for low, high in [mean_interval(won, i, 0.2)])
    )

    assert out <= 0.2


def test_the_evidence_against_the_true_mean_is_worth_one():
    """Of thumbs the expected evidence against the truth is exactly 1; of scores between it is at most 1."""
    for p in (0.2, 0.5):
        worth = math.fsum(chance * math.exp(log_against(p, wins[-1], 8)) for chance, wins in courses(p, 8))
        scores = math.fsum(chance * math.exp(log_against(0.25 + p / 2, 2 + wins[-1] / 2, 8)) for chance, wins in courses(p, 8))

        assert worth == pytest.approx(1)
        assert scores <= 1


@pytest.mark.parametrize("p", [0.5, 0.4, 0.1])
def test_by_exact_enumeration_preferences_call_nobody_better_by_chance(p):
    """Where the candidate is preferred at most half of the time, the stake on it is worth at most 1 (exactly 1 at one half)."""
    up = math.fsum(chance * math.exp(preferred(wins[-1], 10 - wins[-1])[0]) for chance, wins in courses(p, 10))

    assert up <= 1 + 1e-9
    if p == 0.5:
        assert up == pytest.approx(1)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1)])
def test_a_sound_division_is_worth_one_and_a_broken_one_is_found(shares):
    """The expected evidence against sound shares is exactly 1; losing a third of the candidate's people is found in 3,000 units."""
    p = shares[1]
    worth = math.fsum(chance * math.exp(log_ratio_broken((10 - wins[-1], wins[-1]), shares)) for chance, wins in courses(p, 10))
    lost = (round(4000 * shares[0]), round(4000 * shares[1] * 2 / 3))

    assert worth == pytest.approx(1)
    assert log_ratio_broken(lost, shares) > math.log(1000)
    assert log_ratio_broken((round(4000 * shares[0]), round(4000 * shares[1])), shares) < 0
