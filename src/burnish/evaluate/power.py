"""What a comparison could have seen: the smallest difference with 80 % power, and how many more items would do.

Right/wrong: the power of the exact McNemar test itself, summed over what could be drawn (Connor 1987, "Sample size for testing
differences in proportions for the paired-sample design"). Other scores: Student's t. Both take three things into account that a
formula with known deviation leaves out, and without which the true power of what was told was 53 to 75 % instead of 80 %
(benchmarks/aa_calibration.py at n = 20): how much changes by chance is itself only estimated, so power is averaged over what it
may be (O'Hagan 2005, "Assurance in clinical trial design"); a gain that rights wrong answers makes more items change; and where
scores are tied, a gain comes in lumps on some items and nothing on others, which spreads the differences.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from burnish.evaluate.flips import ALPHA, cluster_sums

if TYPE_CHECKING:
    from burnish.evaluate.flips import Floats

POWER = 0.80
"""How often a difference of the size told would be seen."""
FEWEST = 6
"""Six items that all change the same way are the fewest that any of the tests calls significant (2 / 2^6 = 0.031)."""
AIM = 0.05
"""The smallest difference worth looking for, in points of the 0 to 1 scale; how many rows "would do" never means less."""
STEPS = 14
"""Halvings of a search from 0 to 1: what is found is exact to 1 / 2^14."""
MAYBES = 9
"""Values of a nuisance (the true deviation, the true share that changes) that power is averaged over, each as likely."""


def detectable(a: Sequence[float], b: Sequence[float], clusters: Sequence[Hashable] | None = None, *, discrete: bool) -> float:
    """Return the smallest true difference, 0 to 1, that these items would show with 80 % power; 1 where they cannot show any.

    `discrete`: the scores are right/wrong and every item stands for itself, so the test is McNemar's. Looked for is a gain, or a
    loss where there is no room for so large a gain.
    """
    import numpy as np

    both = np.asarray([a, b], dtype=np.float64)
    for rooms in (1 - both, both):
        found = _detectable_in(rooms, both[1] - both[0], clusters, discrete=discrete)
        if found <= float(rooms.mean()):
            return found
    return 1.0


def _detectable_in(rooms: Floats, changes: Floats, clusters: Sequence[Hashable] | None, *, discrete: bool) -> float:
    """Return the difference that would be seen where the scores (2, n) have so much room left in its direction."""
    import numpy as np

    sums, sizes = cluster_sums(changes, clusters)
    changed = int(np.count_nonzero(changes))
    if len(sums) < FEWEST:
        return 1.0
    if discrete or changed == 0:
        return _detectable_mcnemar(len(sums), changed, round(float(rooms.mean()), 3) if discrete else 1.0)
    return _detectable_t(changes, sums, sizes, rooms)


def more_items(n: int, difference: float, detectable_now: float) -> tuple[int, float]:
    """Return (items more, the difference they are for): how many would show, with 80 % power, a difference as large as seen.

    A difference under AIM counts as AIM: less is not worth looking for. What is detectable falls with the root of the items.
    """
    aim = max(AIM, abs(difference))
    return max(0, math.ceil(n * (detectable_now / aim) ** 2) - n), aim


def _detectable_t(changes: Floats, sums: Floats, sizes: Floats, rooms: Floats) -> float:
    """Return the difference that is `_reach` times its own standard error, from the (n,) changes and the (2, n) rooms."""
    import numpy as np

    n, mean = len(changes), float(changes.mean())
    clustered = float(((sums - sizes * mean) ** 2).sum()) * len(sums) / (len(sums) - 1) / n**2  # the variance of the mean
    if clustered == 0:
        return FEWEST / len(sums) * float(np.abs(changes).max())
    # Clusters of unequal size count as fewer equal ones (Kish 1965, "Survey Sampling", sec. 8.2).
    reach2 = _reach(n**2 / float((sizes**2).sum()) - 1) ** 2
    design = clustered / (float(((changes - mean) ** 2).sum()) / (n - 1) / n)
    # Half of the items tied or more: gains come in lumps, in proportion to the room. No ties: every item gains alike.
    lumpy = min(1.0, 2 * float((changes == 0).mean()))
    room, room2, grain = float(rooms.mean()), float((rooms**2).mean()), float(np.abs(changes[changes != 0]).min())

    def variance(difference: float) -> float:
        share = min(1.0, difference / room)
        gains = share**2 * room2 + share * (1 - share) * room * grain - difference**2
        return clustered * (1 - lumpy * share) + lumpy * design * max(0.0, gains) / n

    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if middle**2 < reach2 * variance(middle) else (low, middle)
    return high


@functools.lru_cache(maxsize=1024)
def _reach(freedom: float) -> float:
    """Return how many estimated standard errors a difference must be for 80 % power, averaged over what the true error may be."""
    from scipy.special import chdtri, nctdtr, stdtrit

    critical = float(stdtrit(freedom, 1 - ALPHA / 2))
    # chi-square quantiles: the true error is the estimated one times sqrt(freedom / chi).
    shrinks = [math.sqrt(float(chdtri(freedom, share)) / freedom) for share in _midpoints()]

    def power(reach: float) -> float:
        return sum(1 - float(nctdtr(freedom, reach * shrink, critical)) for shrink in shrinks) / MAYBES

    low, high = 0.0, 4 * critical
    for _ in range(2 * STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle) < POWER else (low, middle)
    return high


def _midpoints() -> list[float]:
    return [(i + 0.5) / MAYBES for i in range(MAYBES)]


@functools.lru_cache(maxsize=4096)
def _detectable_mcnemar(n: int, changed: int, room: float) -> float:
    """Return the difference that McNemar's exact test shows where `changed` of `n` items change by chance alone.

    A share `room` of the answers of both could still gain. The share that truly changes is unknown: Beta(changed + 1/2,
    rest + 1/2).
    """
    import numpy as np
    from scipy.special import betaincinv

    shares = betaincinv(changed + 0.5, n - changed + 0.5, np.array(_midpoints()))
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _power_mcnemar(n, shares, room, middle) < POWER else (low, middle)
    return high


def _power_mcnemar(n: int, shares: Floats, room: float, difference: float) -> float:
    """Return how often n items, of which one of `shares` changes by chance, are called better when B gains `difference`.

    The gain rights wrong answers at random: those that both had wrong begin to change, those that B lost no longer do.
    """
    import numpy as np
    from scipy.stats import binom

    numbers, most_lost = _critical(n)
    room = max(room, difference)  # beyond the room `detectable` says 1
    lost = np.minimum(shares / 2, room) * (1 - difference / room)
    won = lost + difference
    changing = np.clip(won + lost, 1e-12, 1.0)
    weights = binom.pmf(numbers, n, changing[:, None])
    return float((weights * binom.cdf(most_lost, numbers, (lost / changing)[:, None])).sum(axis=1).mean())


@functools.lru_cache(maxsize=64)
def _critical(n: int) -> tuple[Floats, Floats]:
    """Return, for each number of changed items from FEWEST to n, the most of them that may be lost for p to stay under 5 %."""
    import numpy as np
    from scipy.stats import binom

    numbers = np.arange(FEWEST, n + 1, dtype=np.float64)
    most = binom.ppf(ALPHA / 2, numbers, 0.5)
    # `ppf` is the least count whose tail reaches 2.5 %; the test needs a tail below it.
    return numbers, np.where(2 * binom.cdf(most, numbers, 0.5) < ALPHA, most, most - 1)
