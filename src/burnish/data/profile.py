"""The facts of the data that a plan is made from."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from burnish.data.fact_rows import fact_rows
from burnish.data.novelty import new_shares
from burnish.data.split import holdable
from burnish.records.conversation import Conversation
from burnish.records.profile import DataProfile


def make_profile(conversations: Sequence[Conversation], lengths: Sequence[int], supervised: Sequence[int]) -> DataProfile:
    """Return the facts of rows, given the tokens and the supervised tokens of each. Zeros when there are no rows."""
    ordered, stated = sorted(lengths), fact_rows(conversations)
    return DataProfile(
        rows=len(conversations),
        tokens=sum(lengths),
        supervised_tokens=sum(supervised),
        token_p50=_quantile(ordered, 0.5),
        token_p90=_quantile(ordered, 0.9),
        token_p99=_quantile(ordered, 0.99),
        token_max=max(lengths, default=0),
        lengths=tuple(lengths),
        novelty=_mean(new_shares(conversations)),
        fact_rows=sum(stated.states),
        facts=stated.facts,
        data_hash=hashlib.sha256("\n".join(conversation.id for conversation in conversations).encode()).hexdigest(),
        holdable_rows=holdable(conversations),
    )


def _quantile(ordered: Sequence[int], share: float) -> int:
    """Return the smallest length that at least `share` of the rows do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0


def _mean(shares: Sequence[float]) -> float:
    return sum(shares) / len(shares) if shares else 0.0
