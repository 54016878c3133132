"""The method `rolling`: the summary that is taken along turn by turn (`fold`), cut to the room there is now.

The room for a note changes with every question; a summary that was folded for one room cannot be gone on with in another. So it is
folded for a room that depends on the budget alone, and only what is written of it is cut to the room of the moment.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from burnish.context.fold import narrowed
from burnish.context.ruler import Ruler
from burnish.context.shape import Lines, Parts


def rolling(parts: Parts, ruler: Ruler) -> Callable[[int], Lines]:
    """Return a function from room in tokens to the lines (turn, role, text) to keep."""
    return partial(narrowed, ruler.rolled(parts.middle, room_for(parts.budget)))


def room_for(budget: int) -> int:
    """Return the room of the summary that goes along: the power of two that holds the budget.

    So budgets that are nearly the same, as those of answers of different lengths are, share one summary.

    >>> [room_for(budget) for budget in (1, 1024, 1025, 1792, 2047)]
    [1, 1024, 2048, 2048, 2048]
    """
    return 1 << max(0, budget - 1).bit_length()
