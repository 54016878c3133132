"""Evidence that depends on counts alone, and may be read after every one of them: an arm's mean, blind preferences, the sample ratio.

All three are mixtures of likelihood ratios: for each possible truth, the average of the others' likelihood over its own, which is a bet
at fair odds (Ville 1939), so that it reaches 1 / level with a probability of at most `level`, at any time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

HALVINGS = 40
"""Steps in which a bound is found: to 1e-12."""
PRIOR_UNITS = 100.0
"""How firmly a broken ratio is supposed to be near the wanted one: as if seen on so many units."""


def log_beta(a: float, b: float) -> float:
    """Return the logarithm of the beta function."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def log_against(mean: float, total: float, votes: float) -> float:
    """Return the logarithm of the evidence against a mean of votes from 0 to 1 that sum up to `total`.

    The beta-binomial mixture with Beta(1/2, 1/2), valid for any votes in [0, 1] with that mean, not only 0 and 1 (Howard 2021,
    "Time-uniform, nonparametric, nonasymptotic confidence sequences", prop. 7: they are sub-Bernoulli).
    """
    rest = votes - total
    if (mean <= 0 and total > 0) or (mean >= 1 and rest > 0):
        return math.inf
    told = log_beta(0.5 + total, 0.5 + rest) - log_beta(0.5, 0.5)
    return told - (total * math.log(mean) if total else 0.0) - (rest * math.log1p(-mean) if rest else 0.0)


def mean_interval(total: float, votes: float, level: float) -> tuple[float, float]:
    """Return bounds of an arm's mean that hold at all times together, but with a probability of `level`.

    >>> mean_interval(0, 0, 0.05)
    (0.0, 1.0)
    >>> low, high = mean_interval(80, 100, 0.05)
    >>> round(low, 2), round(high, 2)
    (0.66, 0.9)
    """
    if not votes:
        return 0.0, 1.0
    need, middle = -math.log(level), total / votes
    return _edge(0.0, middle, total, votes, need), _edge(1.0, middle, total, votes, need)


def _edge(outer: float, inner: float, total: float, votes: float, need: float) -> float:
    """Return where the evidence, which grows from `inner` to `outer`, reaches what is needed."""
    if log_against(outer, total, votes) < need:
        return outer
    for _ in range(HALVINGS):
        middle = (outer + inner) / 2
        outer, inner = (middle, inner) if log_against(middle, total, votes) >= need else (outer, middle)
    return outer


def preferred(wins: int, losses: int) -> tuple[float, float]:
    """Return the logarithms of the stakes on "the candidate is preferred more often than not" and on "less often".

    The average over all shares above one half (below it), evenly, of their likelihood over that of one half. On that side of one half
    the truth makes it smaller still, so each is also evidence against the whole other side.

    >>> up, down = preferred(9, 1)
    >>> round(math.exp(up), 1), round(math.exp(down), 2)
    (18.5, 0.11)
    """
    return _above_half(wins, losses), _above_half(losses, wins)


def _above_half(wins: int, losses: int) -> float:
    """Return log of 2 * integral from 1/2 to 1 of q^wins (1 - q)^losses dq / (1/2)^(wins + losses).

    The incomplete beta function with whole parameters is a binomial sum: the chance of at most `wins` heads in n + 1 fair throws.
    """
    n = wins + losses
    heads = [math.lgamma(n + 2) - math.lgamma(k + 1) - math.lgamma(n + 2 - k) for k in range(wins + 1)]
    tail = _log_sum(heads) - (n + 1) * math.log(2)
    return math.log(2) + log_beta(wins + 1, losses + 1) + tail + n * math.log(2)


def _log_sum(logs: Sequence[float]) -> float:
    largest = max(logs)
    return largest + math.log(sum(math.exp(one - largest) for one in logs))


def log_ratio_broken(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return the logarithm of the evidence that units do not fall to the arms by their shares.

    The Dirichlet-multinomial mixture around the wanted shares (Lindon & Malek 2022, "Anytime-valid inference for multinomial count
    data", eq. 5).

    >>> log_ratio_broken((900, 100), (0.9, 0.1)) < 0 < log_ratio_broken((850, 150), (0.9, 0.1))
    True
    """
    prior = [PRIOR_UNITS * share for share in shares]
    total = sum(counts)
    mixed = math.lgamma(PRIOR_UNITS) - math.lgamma(PRIOR_UNITS + total)
    mixed += sum(math.lgamma(one + count) - math.lgamma(one) for one, count in zip(prior, counts, strict=True))
    return mixed - sum(count * math.log(share) for count, share in zip(counts, shares, strict=True) if count)
