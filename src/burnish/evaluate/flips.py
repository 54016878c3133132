"""The sign-flip permutation test of paired differences (Fisher 1935, "The Design of Experiments", sec. 21), and its interval.

If neither of two models is better, each difference could as well have had the other sign. So the data are set against what
flipping signs at random gives. No distribution is assumed, only that the differences lie symmetrically about their mean.

Items that are one question in several wordings are not several pieces of evidence: a cluster is flipped as a whole.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Signs = NDArray[np.int8]

ALPHA = 0.05
"""What counts as too rare for chance; one minus the confidence of every interval here."""
ENUMERATED = 13
"""Up to this many items (or clusters) all 2^n sign flips are tried; above, RESAMPLES of them."""
RESAMPLES = 10_000
CELLS = 1_000_000
"""Signs held in memory at once (8 bytes each)."""
KEPT = 1_000
"""Up to this many items the signs drawn are kept for the next test (1 byte each)."""
SEED = 1935
ROUNDING = 1e-12
"""What sums of scores may be off by."""


def flip_test(differences: Sequence[float], clusters: Sequence[Hashable] | None = None) -> tuple[float, float, float]:
    """Return (p, low, high): two-sided p of no difference, and the 95 % interval of the mean difference, within -1 and 1.

    `clusters` names for each item the cluster it belongs to; None: each item stands for itself. A shift t is not rejected
    where at least 5 % of the flips of (differences - t) have a mean as far from 0 as they have themselves. For one flip with
    mean sign B and mean flipped difference A, the shifts for which it lies that far out are those between (m - A) / (1 - B)
    and (m + A) / (1 + B), with m the mean difference; so the interval is read off the sorted ends, and p is the share of flips
    whose stretch holds 0. No search, and p and interval agree by construction. Where all differences (or the means of all
    clusters) are the same the interval is at least what n such items leave open: 1 - 0.05^(1/n), the "rule of three", of the
    difference itself, or of a whole point where it is 0.
    """
    import numpy as np

    values, sizes = cluster_sums(differences, clusters)
    unlike = 1 - ALPHA ** (1 / len(values)) if all_equal(values / sizes) else 0.0
    if unlike and abs(values[0]) <= ROUNDING:
        return 1.0, -unlike, unlike
    ends = [_ends(values, sizes, signs) for signs in _flips(len(values))]
    lows, highs = np.concatenate([low for low, _ in ends]), np.concatenate([high for _, high in ends])
    p = float(np.mean((lows <= ROUNDING) & (highs >= -ROUNDING)))
    kept = math.ceil(ALPHA * len(lows)) - 1
    low, high = np.partition(lows, kept)[kept], np.partition(highs, len(highs) - 1 - kept)[len(highs) - 1 - kept]
    open_still = unlike * abs(float(values[0] / sizes[0]))
    return p, max(-1.0, float(low) - open_still), min(1.0, float(high) + open_still)


def all_equal(values: Floats) -> bool:
    """Return whether values are the same number, but for rounding."""
    return float(values.max() - values.min()) <= ROUNDING


def cluster_sums(values: Sequence[float] | Floats, clusters: Sequence[Hashable] | None) -> tuple[Floats, Floats]:
    """Return for each cluster, in order of first appearance, (the sum of its values, the number of its items)."""
    import numpy as np

    items = np.asarray(values, dtype=np.float64)
    if clusters is None:
        return items, np.ones(len(items))
    seen: dict[Hashable, int] = {}
    numbers = [seen.setdefault(cluster, len(seen)) for cluster in clusters]
    return np.bincount(numbers, weights=items).astype(np.float64), np.bincount(numbers).astype(np.float64)


def _flips(n: int) -> Iterator[Floats]:
    """Yield blocks (flips, n) of signs -1 and 1: all 2^n of them for small n, else RESAMPLES, the first one all 1."""
    import numpy as np

    if n <= ENUMERATED:
        yield (((np.arange(2**n)[:, None] >> np.arange(n)) & 1) * 2 - 1).astype(np.float64)
        return
    for signs in _kept_blocks(n) if n <= KEPT else _drawn_blocks(n):
        yield signs.astype(np.float64)


@functools.lru_cache(maxsize=2)
def _kept_blocks(n: int) -> tuple[Signs, ...]:
    return tuple(_drawn_blocks(n))


def _drawn_blocks(n: int) -> Iterator[Signs]:
    import numpy as np

    random = np.random.default_rng(SEED)
    rows = max(1, CELLS // n)
    for start in range(0, RESAMPLES, rows):
        signs = random.integers(0, 2, size=(min(rows, RESAMPLES - start), n), dtype=np.int8) * 2 - 1
        if start == 0:
            signs[0] = 1
        yield signs


def _ends(values: Floats, sizes: Floats, signs: Floats) -> tuple[Floats, Floats]:
    """Return, for each flip, the lowest and the highest shift at which it lies as far out as the data (infinite for all-equal signs).

    `values` (n,) are the sums of the clusters' differences, `sizes` (n,) their items, `signs` (flips, n).
    """
    import numpy as np

    items = sizes.sum()
    mean, flipped, balance = values.sum() / items, signs @ values / items, signs @ sizes / items
    inner = np.abs(balance) < 1
    divisor_minus, divisor_plus = np.where(inner, 1 - balance, 1), np.where(inner, 1 + balance, 1)
    one, other = (mean - flipped) / divisor_minus, (mean + flipped) / divisor_plus
    return np.where(inner, np.minimum(one, other), -np.inf), np.where(inner, np.maximum(one, other), np.inf)
