"""Has the loss diverged? The same rows are looked at before the first step and again: only like is compared with like.

These are the held-out rows, or the rows of the first step where none is held out. A step's own loss is that of other rows each
time; it only says when to look. Rows that are learnt by heart raise the held-out loss too, slowly and while the training loss
falls: that is no divergence, and early stopping and the answers judge it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

FAR = 2.0
"""A loss is far above its start by so many nats a token: the right token is then 7 times less likely than before. See docs/log.md."""
RECENT = 4
"""Steps whose mean loss says when to look: one batch may be of hard rows."""
LOOK_EVERY = 8
"""Steps between two looks within an epoch: each costs a pass over the rows that are looked at."""


def far_above(loss: float | None, start: float | None) -> bool:
    """Return whether a loss is far above the start's on the same rows; False where either was not measured.

    >>> far_above(4.4, 2.7), far_above(21.6, 2.7), far_above(math.nan, 2.7), far_above(None, 2.7)
    (False, True, True, False)
    """
    if loss is None or start is None:
        return False
    return not math.isfinite(loss) or loss - start > FAR


def worth_a_look(recent: Sequence[float], first: float, start: float | None, since: int) -> bool:
    """Return whether the last steps' losses are so high that the watched rows should be looked at before the epoch ends.

    `first`: the first step's loss; `since`: steps since the last look.
    """
    if start is None or len(recent) < RECENT or since < LOOK_EVERY:
        return False
    return far_above(math.fsum(recent) / len(recent), max(first, start))


def learnt_by_heart(last: float, first: float) -> bool:
    """Return whether the training rows are known better than before, so that a high held-out loss is no divergence.

    `last`: the mean training loss since the last epoch began; `first`: the first step's.
    """
    return last < first


def diverged_words(rows: str, loss: float, start: float) -> str:
    """Return what shows it, for people."""
    return f"the loss of the {rows} rows is {loss:.2f} nats a token, {start:.2f} before training"
