"""How many made rows of each kind are kept: a stated share at most of the kinds that teach least, the others alike."""

from __future__ import annotations

from collections.abc import Mapping

MIX: Mapping[str, int] = {"typo": 10, "unknown": 10}
"""Per cent of all made rows that a kind may have at most, where nothing else is said. The kinds not named share the rest alike."""


def shares(found: Mapping[str, int], mix: Mapping[str, int], most: int) -> dict[str, int]:
    """Return how many rows of each kind to keep, of `found` that can be made: as many as possible, `most` in all.

    A kind in `mix` has at most so many per cent of what is kept; the shares sum to at most 100. Where every kind has a share, they
    are taken as parts of their sum: typos alone were asked for, and are all that is made.

    >>> shares({"reword": 60, "typo": 100, "polite": 100}, {"typo": 10}, 100)
    {'reword': 45, 'typo': 10, 'polite': 45}
    >>> shares({"reword": 9, "typo": 100}, {"typo": 10}, 100), shares({"typo": 100}, {"typo": 10}, 50)
    ({'reword': 9, 'typo': 1}, {'typo': 50})
    """
    limits = {kind: mix[kind] for kind in found if kind in mix and found[kind]}
    free = {kind: count for kind, count in found.items() if kind not in mix}
    whole = 100 if free else min(100, sum(limits.values())) or 100
    total = min(most, sum(found.values()))
    while True:  # from above to the greatest number that the limits allow
        kept = {kind: min(found[kind], limit * total // whole) for kind, limit in limits.items()}
        possible = sum(free.values()) + sum(kept.values())
        if possible >= total:
            break
        total = possible
    return dict.fromkeys(found, 0) | kept | _alike(free, total - sum(kept.values()))


def _alike(free: Mapping[str, int], rest: int) -> dict[str, int]:
    """Return `rest` in equal parts, more of a kind where another has less."""
    kept: dict[str, int] = {}
    for left, kind in enumerate(sorted(free, key=lambda one: free[one])):
        kept[kind] = min(free[kind], rest // (len(free) - left))
        rest -= kept[kind]
    return {kind: kept[kind] for kind in free}
