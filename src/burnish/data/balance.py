"""Rows by a stated mix: as many as the scarcest category allows, none twice, and what is missing for more."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from burnish.data.groups import children
from burnish.records.conversation import Conversation

THINKING, PLAIN = "thinking", "plain"
"""Names of a mix by whether a row carries a thought, instead of by category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balanced:
    """Which rows make the mix."""

    kept: tuple[int, ...]
    """Indices, in file order."""
    have: dict[str, int]
    """Rows there are of each name in the mix, and of those that have no share in it."""
    take: dict[str, int]
    """Rows kept of each name in the mix."""
    missing: dict[str, int]
    """Rows of each name that would have to be added for every row of the mix's names to be used."""


def name_of(row: Conversation, category: str, mix: Mapping[str, float]) -> str:
    """Return under which name a row counts in this mix."""
    if set(mix) <= {THINKING, PLAIN}:
        return THINKING if any(message.reasoning_content for message in row.messages) else PLAIN
    return category


def balance(rows: Sequence[Conversation], names: Sequence[str], mix: Mapping[str, float], seed: int) -> Balanced:
    """Return the largest choice of rows with the mix's shares (which sum to 1), drawn by the seed; rows made from others go first."""
    have = Counter(names)
    total = math.floor(min(have[name] / share for name, share in mix.items()) + 1e-9)
    take = _quotas(mix, total, have)
    made = set(children(rows))
    drawn = sorted(range(len(rows)), key=lambda i: (i in made, hashlib.sha256(f"{seed} {rows[i].id} {i}".encode()).digest()))
    left, kept = dict(take), []
    for i in drawn:
        if left.get(names[i], 0) > 0:
            left[names[i]] -= 1
            kept.append(i)
    whole = max(have[name] / share for name, share in mix.items())
    missing = {name: math.ceil(share * whole - 1e-9) - have[name] for name, share in mix.items()}
    return Balanced(
        kept=tuple(sorted(kept)),
        have=dict(have),
        take=take,
        missing={name: count for name, count in missing.items() if count > 0},
    )


def _quotas(mix: Mapping[str, float], total: int, have: Mapping[str, int]) -> dict[str, int]:
    """Return the rows of each name by largest remainder, never more than there are."""
    quotas = {name: math.floor(share * total + 1e-9) for name, share in mix.items()}
    for name in sorted(mix, key=lambda name: (quotas[name] - mix[name] * total, name))[: total - sum(quotas.values())]:
        quotas[name] = min(quotas[name] + 1, have.get(name, 0))
    return quotas
