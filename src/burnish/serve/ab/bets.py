"""How much the votes say against "the candidate is no better" and against "it is no worse", readable after every vote.

A bet at fair odds cannot be expected to grow (Ville 1939): a stake of 1 that has become 40 is evidence of 40 to 1, however often it was
looked at. Votes are taken in blocks of `m` of the incumbent's and `n` of the candidate's, in the order in which each arm got them
(blocks: Turner, Ly & Grünwald 2024, "Generic E-variables for exact sequential k-sample tests that allow for optional stopping").
For a supposed difference d of the means, a block with votes x_i and y_j in [0, 1] multiplies the stake by

    prod_i (1 - b n (x_i - t)) * prod_j (1 + b m (y_j - t - d))

with a bet b and a centre t chosen from earlier blocks only (bets as in Waudby-Smith & Ramdas 2024, "Estimating means of bounded random
variables by betting"). If the means are s and s + d, each vote is independent of the others, and u = s - t, then its expectation is
(1 - b n u)^m (1 + b m u)^n <= exp(-b n m u + b m n u) = 1, whatever s is, since 1 + z <= exp(z). With b >= 0 it is also at most 1 where
the difference is smaller than d, so this side tests "at most d"; with b <= 0, "at least d". The bound needs no knowledge of the means
nor of the shape of votes, and the bet follows their spread, so that scores which vary little are read sooner than thumbs.

Not covered: several votes of one person, which are not independent of each other (only the first may enter), and arms whose mean drifts.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

STEP = 0.01
"""Between two differences that are tested, of the interval from -1 to 1."""
BOLDEST = 0.9
"""The share of the stake that a single vote may cost at most."""
TINY = 1e-9
"""At the ends of the scale no vote can cost anything, and the wish alone says how much is bet."""
MOST_OF_SMALLER = 5
"""Votes of the arm with fewer of them in a block, at most."""
Values = NDArray[np.float64]


def block_of(shares: tuple[float, float]) -> tuple[int, int]:
    """Return how many votes of each arm make a block: the shares as a small ratio.

    >>> block_of((0.9, 0.1)), block_of((0.5, 0.5)), block_of((0.3, 0.7)), block_of((0.999, 0.001))
    ((9, 1), (1, 1), (3, 7), (999, 1))
    """
    larger = Fraction(max(shares) / min(shares)).limit_denominator(MOST_OF_SMALLER)
    found = (larger.numerator, larger.denominator)
    return found if shares[0] >= shares[1] else found[::-1]


@dataclass(slots=True)
class Seen:
    """What is known of one arm from earlier blocks: figures, or arrays of them (one a simulated experiment)."""

    votes: float = 0.0
    total: float | Values = 0.0
    squares: float | Values = 0.0

    @property
    def mean(self) -> float | Values:
        """The mean, drawn to 0.5 by one half vote for and one against (Krichevsky & Trofimov 1981)."""
        return (self.total + 0.5) / (self.votes + 1)

    @property
    def variance(self) -> float | Values:
        """The variance, with the same two half votes."""
        return (self.squares + 0.5) / (self.votes + 1) - self.mean**2

    def add(self, votes: Values) -> None:
        """Take in a block's votes, along the last axis."""
        self.votes += votes.shape[-1]
        self.total = self.total + votes.sum(-1)
        self.squares = self.squares + (votes**2).sum(-1)


def gains(a: Seen, b: Seen, difference: float | Values, x: Values, y: Values) -> tuple[Values, Values]:
    """Return the logarithms by which a block multiplies the stakes on "more than `difference`" and on "less than it".

    `x` are the block's votes of the incumbent and `y` of the candidate, along the last axis; the other axes go with those of
    `difference` and of what was seen. The bet is the one that grows fastest to second order if the means stay as seen.
    """
    m, n = x.shape[-1], y.shape[-1]
    weight_a, weight_b = m / a.variance, n / b.variance
    centre = (weight_a * a.mean + weight_b * (b.mean - difference)) / (weight_a + weight_b)
    centre = np.clip(centre, np.maximum(0.0, -np.asarray(difference)), np.minimum(1.0, 1.0 - np.asarray(difference)))
    other = centre + difference
    gap = b.mean - a.mean - difference
    spread = n * (a.variance + (a.mean - centre) ** 2) + m * (b.variance + (b.mean - other) ** 2)
    wish = gap / spread
    most_up, most_down = np.maximum(n * (1 - centre), m * other), np.maximum(n * centre, m * (1 - other))
    up = np.minimum(np.maximum(wish, 0.0), BOLDEST / np.maximum(most_up, TINY))
    down = np.minimum(np.maximum(-wish, 0.0), BOLDEST / np.maximum(most_down, TINY))
    x_off, y_off = x - centre[..., None], y - other[..., None]
    more = np.log1p(-(up * n)[..., None] * x_off).sum(-1) + np.log1p((up * m)[..., None] * y_off).sum(-1)
    less = np.log1p((down * n)[..., None] * x_off).sum(-1) + np.log1p(-(down * m)[..., None] * y_off).sum(-1)
    return more, less


def _grid() -> Values:
    steps = round(1 / STEP)
    return np.arange(-steps, steps + 1) / steps


@dataclass(slots=True)
class Bets:
    """The stakes for each supposed difference of two arms, vote by vote."""

    block: tuple[int, int]
    """Votes of the incumbent and of the candidate in a block."""
    votes: list[int] = field(default_factory=lambda: [0, 0])
    """All votes taken in, of each arm; those of a block that is not full yet wait."""
    _seen: tuple[Seen, Seen] = field(default_factory=lambda: (Seen(), Seen()))
    _waiting: tuple[deque[float], deque[float]] = field(default_factory=lambda: (deque(), deque()))
    _differences: Values = field(default_factory=_grid)
    _more: Values = field(default_factory=lambda: np.zeros_like(_grid()))
    _less: Values = field(default_factory=lambda: np.zeros_like(_grid()))
    _most: tuple[Values, Values] = field(default_factory=lambda: (np.zeros_like(_grid()), np.zeros_like(_grid())))

    def add(self, arm: int, vote: float) -> None:
        """Take in a vote from 0 to 1 for the incumbent (0) or the candidate (1)."""
        self.votes[arm] += 1
        self._waiting[arm].append(vote)
        while all(len(waiting) >= size for waiting, size in zip(self._waiting, self.block, strict=True)):
            x, y = (
                np.array([waiting.popleft() for _ in range(size)])
                for waiting, size in zip(self._waiting, self.block, strict=True)
            )
            self._bet(x, y)

    def _bet(self, x: Values, y: Values) -> None:
        more, less = gains(*self._seen, self._differences, x, y)
        self._more += more
        self._less += less
        for most, now in zip(self._most, (self._more, self._less), strict=True):
            np.maximum(most, now, out=most)
        for seen, votes in zip(self._seen, (x, y), strict=True):
            seen.add(votes)

    @property
    def means(self) -> tuple[float, float]:
        """The arms' means in full blocks, each drawn to 0.5 by two half votes."""
        return float(self._seen[0].mean), float(self._seen[1].mean)

    @property
    def better(self) -> float:
        """The logarithm of the stake on "the candidate is better" now."""
        return float(self._more[len(self._more) // 2])

    @property
    def worse(self) -> float:
        """The logarithm of the stake on "the candidate is worse" now."""
        return float(self._less[len(self._less) // 2])

    def interval(self, level: float) -> tuple[float, float]:
        """Return bounds of the difference that hold at all times together, but with a probability of `level`.

        A bound moves only over differences that were rejected one by one from the end on: then the first tested one beyond the true
        difference must be among them, and that single one is rejected with a probability of at most half the level.
        """
        need = np.log(2 / level)
        below = int(np.argmin(np.append(self._most[0] >= need, False)))
        above = int(np.argmin(np.append((self._most[1] >= need)[::-1], False)))
        low = self._differences[below - 1] if below else -1.0
        high = self._differences[::-1][above - 1] if above else 1.0
        return float(low), float(high)

    @property
    def pace(self) -> float:
        """What a vote is expected to add to the logarithm of the larger stake, if the means stay as they were seen."""
        a, b = self._seen
        m, n = self.block
        gap = float(b.mean - a.mean)
        return m * n * gap**2 / float(n * a.variance + m * b.variance) / 2 / (m + n)
