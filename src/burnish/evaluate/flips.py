"""The sign-flip permutation test of paired differences (Fisher 1935, "The Design of Experiments", sec. 21), and its interval.

If neither of two models is better, each difference could as well have had the other sign. So the data are set against what
flipping signs at random gives. No distribution is assumed, only that the differences lie symmetrically about their mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALPHA = 0.05
"""What counts as too rare for chance; one minus the confidence of every interval here."""
ENUMERATED = 13
"""Up to this many items all 2^n sign flips are tried; above, RESAMPLES of them."""
RESAMPLES = 10_000
CELLS = 1_000_000
"""Signs held in memory at once (8 bytes each)."""
SEED = 1935


def flip_test(differences: Sequence[float]) -> tuple[float, float, float]:
    """Return (p, low, high): two-sided p of no difference, and the 95 % interval of the mean difference, within -1 and 1.

    A shift t is not rejected where at least 5 % of the flips of (differences - t) have a mean as far from 0 as they have
    themselves. For one flip with mean sign B and mean flipped difference A, the shifts for which it lies that far out are
    those between (m - A) / (1 - B) and (m + A) / (1 + B), with m the mean difference; so the interval is read off the sorted
    ends, and p is the share of flips whose stretch holds 0. No search, and p and interval agree by construction. Where all
    differences are the same the interval is at least what n such items leave open: 1 - 0.05^(1/n), the "rule of three", of
    the difference itself, or of a whole point where it is 0.
    """
    import numpy as np

    values = np.asarray(differences, dtype=np.float64)
    unlike = 1 - ALPHA ** (1 / len(values)) if np.ptp(values) == 0 else 0.0
    if not values.any():
        return 1.0, -unlike, unlike
    ends = [_ends(values, signs) for signs in _flips(len(values))]
    lows, highs = np.concatenate([low for low, _ in ends]), np.concatenate([high for _, high in ends])
    rounding = 1e-12
    p = float(np.mean((lows <= rounding) & (highs >= -rounding)))
    kept = math.ceil(ALPHA * len(lows)) - 1
    low, high = np.partition(lows, kept)[kept], np.partition(highs, len(highs) - 1 - kept)[len(highs) - 1 - kept]
    open_still = unlike * abs(float(values[0]))
    return p, max(-1.0, float(low) - open_still), min(1.0, float(high) + open_still)


def _flips(n: int) -> Iterator[Floats]:
    """Yield blocks (flips, n) of signs -1 and 1: all 2^n of them for small n, else RESAMPLES, the first one all 1."""
    import numpy as np

    if n <= ENUMERATED:
        yield (((np.arange(2**n)[:, None] >> np.arange(n)) & 1) * 2 - 1).astype(np.float64)
        return
    random = np.random.default_rng(SEED)
    rows = max(1, CELLS // n)
    for start in range(0, RESAMPLES, rows):
        size = (min(rows, RESAMPLES - start), n)
        signs = (random.integers(0, 2, size=size, dtype=np.int8) * 2 - 1).astype(np.float64)
        if start == 0:
            signs[0] = 1
        yield signs


def _ends(values: Floats, signs: Floats) -> tuple[Floats, Floats]:
    """Return, for each flip, the lowest and the highest shift at which it lies as far out as the data (infinite for all-equal signs)."""
    import numpy as np

    mean, flipped, balance = values.mean(), signs @ values / len(values), signs.mean(axis=1)
    inner = np.abs(balance) < 1
    divisor_minus, divisor_plus = np.where(inner, 1 - balance, 1), np.where(inner, 1 + balance, 1)
    one, other = (mean - flipped) / divisor_minus, (mean + flipped) / divisor_plus
    return np.where(inner, np.minimum(one, other), -np.inf), np.where(inner, np.maximum(one, other), np.inf)
