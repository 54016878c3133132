"""How sure a mean is, and whether one list of scores is higher than another, item by item.

Right/wrong scores: Wilson's interval of a share (Wilson 1927), the exact McNemar test of two (a sign test of the items on
which they differ), and for the difference the interval of Bonett and Price 2012 ("Adjusted Wald confidence interval for a
difference of binomial proportions based on paired data", eq. 2). Other scores: Student's t interval of a mean; for two, the
sign-flip permutation test (Fisher 1935) and the interval of all differences that this test does not reject.

Chosen by simulated coverage of the 95 % interval of a difference (600 draws; n = 20, 50, 200; a tenth to half of the items
changed; scores right/wrong, continuous, skewed, tied). Right/wrong: Bonett-Price 94.3 to 98.3 %, and 100 % at n = 20 with one
item in ten changed, where t and every bootstrap fell to 80 to 82 %. Others: the inverted permutation test 93.2 to 95.8 %,
where on tied scores the percentile bootstrap fell to 90.7 % and BCa to 87.7 %.

Right/wrong is tested exactly, not by its mid-p value: over n = 5 to 200 and every share of changed items the exact test has at
most 4.4 % false alarms; mid-p comes nearer to 5 % (n = 50, a tenth of the items changed: 2.5 instead of 0.9 %), but reaches 7.0 % at
n = 8 and 6.5 % at n = 50 where all items change. A tool that says "better" must not do so more often than it says.

Where items are one question in several wordings (clusters), all of this is done by cluster: whole clusters are flipped, and the
interval of a mean is the cluster-robust one. Of right/wrong scores that is Wilson's for as many items as their spread between clusters is
worth (Korn and Graubard 1998, "Confidence intervals for proportions with small expected number of positive counts estimated from survey
data"). Simulated over 2 to 30 clusters of 2 or 4 items, shares of 0.5 and 0.9, and wordings from independent to nearly the same, it
holds the share in 94.5 to 100 %; Student's t in 87 to 100 % (an interval without width where all clusters did equally well, and 91 %
with 30 clusters of 4 and a share of 0.9). Benchmarks hold the calibration: benchmarks/aa_calibration.py, benchmarks/cluster_coverage.py.

Everything is deterministic: resampling starts from one fixed seed.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Hashable, Sequence

from burnish.errors import DataError
from burnish.evaluate.flips import ALPHA, all_equal, cluster_sums, flip_test
from burnish.evaluate.power import detectable, more_items
from burnish.records.report import SuiteComparison

Z = 1.959964
"""The normal quantile of a two-sided 5 %."""
TINY = 1e-9
"""What a spread is at least taken for, that it may be divided by."""


def mean_interval(values: Sequence[float], clusters: Sequence[Hashable] | None = None) -> tuple[float, float]:
    """Return the 95 % interval (low, high) of the mean of scores from 0 to 1, within 0 and 1.

    `clusters` names for each item the cluster it belongs to; None: each item stands for itself. No values: (0, 1), since
    nothing is known. Equal values that are not right/wrong, a single one, or clusters of equal means: as wide as if the next item were
    unlike them at the rate that n equal items (or clusters) leave open (1 - 0.05^(1/n), the "rule of three").
    """
    clusters = _clusters_or_none(clusters)
    sums, sizes = cluster_sums(values, clusters)
    n = len(sums)
    if n == 0:
        return 0.0, 1.0
    mean = math.fsum(values) / len(values)
    discrete = right_or_wrong(values)
    if discrete and (clusters is None or len(set(values)) == 1):
        return _wilson(mean, n)
    if n == 1 or (not discrete and all_equal(sums / sizes)):
        unlike = 1 - ALPHA ** (1 / n)
        return mean * (1 - unlike), mean + (1 - mean) * unlike
    from scipy.special import stdtrit

    spread = math.sqrt(float(((sums - sizes * mean) ** 2).sum()) * n / (n - 1)) / len(values)
    sure = float(stdtrit(n - 1, 1 - ALPHA / 2))
    if discrete:
        return _wilson(mean, min(len(values), mean * (1 - mean) / max(spread, TINY) ** 2) * (Z / sure) ** 2)
    return max(0.0, mean - sure * spread), min(1.0, mean + sure * spread)


def paired(a: Sequence[float], b: Sequence[float], clusters: Sequence[Hashable] | None = None) -> SuiteComparison:
    """Return how B's scores compare with A's on the same items in the same order: the difference B minus A, and a verdict.

    `clusters` names for each item the cluster (one question in several wordings) it belongs to; None: each stands for itself.
    "better" or "worse" where p < 0.05, else "cannot tell". The interval and the verdict never contradict each other: the
    interval of a "cannot tell" holds 0, if need be by being widened to it, and no other one does. Raises DataError when there
    are no items.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} and {len(b)} scores are not pairs")
    if not a:
        raise DataError("there is nothing to compare", seen="no answers", remedy="use a suite with at least one task")
    differences = [y - x for x, y in zip(a, b, strict=True)]
    clusters = _clusters_or_none(clusters)
    discrete = right_or_wrong([*a, *b]) and clusters is None
    p, low, high = _sign_test(differences) if discrete else flip_test(differences, clusters)
    difference, shown = math.fsum(differences) / len(a), detectable(a, b, clusters, discrete=discrete)
    more, more_for = more_items(len(a), difference, shown)
    found = SuiteComparison(
        verdict="cannot tell",
        difference=difference,
        low=low,
        high=high,
        p=p,
        n=len(a),
        mean_a=math.fsum(a) / len(a),
        mean_b=math.fsum(b) / len(b),
        detectable=shown,
        clusters=len(a) if clusters is None else len(set(clusters)),
        more=more,
        more_for=more_for,
    )
    return judged(found, p)


def judged(found: SuiteComparison, p: float) -> SuiteComparison:
    """Return the comparison with this p-value (its own, or one corrected for many tests), the verdict and a fitting interval."""
    if p < ALPHA:
        return dataclasses.replace(found, p=p, verdict="better" if found.difference > 0 else "worse")
    return dataclasses.replace(found, p=p, verdict="cannot tell", low=min(found.low, 0.0), high=max(found.high, 0.0))


def holm(ps: Sequence[float]) -> list[float]:
    """Return the p-values corrected for being several (Holm 1979): the chance of any false alarm among them stays under 5 %."""
    corrected = [0.0] * len(ps)
    running = 0.0
    for rank, i in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        running = max(running, min(1.0, (len(ps) - rank) * ps[i]))
        corrected[i] = running
    return corrected


def right_or_wrong(values: Sequence[float]) -> bool:
    """Return whether every score is 0 or 1."""
    return all(value in {0.0, 1.0} for value in values)


def _clusters_or_none(clusters: Sequence[Hashable] | None) -> Sequence[Hashable] | None:
    """Return None where every item is a cluster of its own: then the tests of single items hold, and are the sharper ones."""
    return None if clusters is None or len(set(clusters)) == len(clusters) else clusters


def _wilson(share: float, n: float) -> tuple[float, float]:
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    # At 0 and at 1 the formula ends there exactly; rounding must not move it.
    return (0.0 if share == 0 else max(0.0, centre - reach)), (1.0 if share == 1 else min(1.0, centre + reach))


def _sign_test(differences: Sequence[float]) -> tuple[float, float, float]:
    """Return (p, low, high) of right/wrong items: exact McNemar, Bonett and Price."""
    from scipy.stats import binomtest

    n, won, lost = len(differences), sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    p = float(binomtest(won, won + lost).pvalue) if won + lost else 1.0
    centre = (won - lost) / (n + 2)
    reach = Z * math.sqrt(((won + lost + 2) / (n + 2) - centre**2) / (n + 2))
    return p, max(-1.0, centre - reach), min(1.0, centre + reach)
