"""An artefact's next-token distributions against those of the trained model and its base: three checks from one set of figures.

Legend: P places, V vocabulary, S the tokens an engine told of (it tells of the likeliest only; the rest count as one).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from burnish.export.proof import Check, Tolerance
from burnish.export.reference import Reference

if TYPE_CHECKING:
    from torch import Tensor

REST = 1e-6
"""The least probability that the tokens nobody told of are taken to have together."""
EXACT = 0.001
"""A kind that may be no further than this (nats) changes no weight: nothing of an effect may be hidden in it."""
KEPT = (0.5, 1.5)
"""The part of the adapter's effect that an artefact must have kept: 1 is all of it, 0 is the base."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One distribution of an artefact: the tokens told of, and their log-probabilities in nats."""

    tokens_S: Tensor
    logprobs_S: Tensor


def seen_in(told: Mapping[int, float]) -> Seen:
    """Return an engine's {id: log-probability} as tensors."""
    import torch

    return Seen(torch.tensor(list(told), dtype=torch.long), torch.tensor(list(told.values())))


def whole(logprobs_PV: Tensor) -> list[Seen]:
    """Return a torch model's distributions, of which every token is known."""
    import torch

    tokens = torch.arange(logprobs_PV.shape[1])
    return [Seen(tokens, row) for row in logprobs_PV]


def divergence(wanted_V: Tensor, seen: Seen) -> float:
    """Return KL(wanted || seen) in nats, at least 0; over the tokens told of and the rest as one (a lower bound)."""
    p_S, q_S = wanted_V[seen.tokens_S].double().exp(), seen.logprobs_S.double().exp()
    rest_p, rest_q = max(1 - float(p_S.sum()), 0.0), max(1 - float(q_S.sum()), REST)
    told = float((p_S * (wanted_V[seen.tokens_S].double() - seen.logprobs_S.double())).sum())
    return max(told + (rest_p * math.log(rest_p / rest_q) if rest_p > 0 else 0.0), 0.0)


def mean_divergence(wanted_PV: Tensor, seen: Sequence[Seen]) -> float:
    """Return the mean over all places of KL(wanted || seen), in nats."""
    each = [divergence(row, one) for row, one in zip(wanted_PV, seen, strict=True)]
    return sum(each) / len(each)


@dataclass(frozen=True, slots=True)
class Kept:
    """The part of the adapter's effect that is in an artefact: 1 is all of it, 0 is the base; with its 95 % interval."""

    part: float
    low: float
    high: float


def kept_effect(reference: Reference, seen: Sequence[Seen]) -> Kept:
    """Return the artefact's shift from the base, projected on the trained shift, over all places.

    Weighted by the trained model's probabilities, so that rounding in tokens nobody would say counts little. The interval is the
    jackknife's over conversations (Miller 1974, of a ratio): rounding that happens to point the adapter's way in one is not an effect.
    """
    import scipy.stats

    sums = _projected(reference, seen)
    along, shared = (math.fsum(column) for column in zip(*sums, strict=True))
    if along <= 0:
        return Kept(0.0, 0.0, 0.0)
    left = [(shared - one_shared) / (along - one_along) for one_along, one_shared in sums if along > one_along]
    part, n = shared / along, len(left)
    if n < 3:
        return Kept(part, -math.inf, math.inf)
    middle = math.fsum(left) / n
    error = math.sqrt((n - 1) / n * math.fsum((one - middle) ** 2 for one in left))
    wide = float(scipy.stats.t.ppf(0.975, n - 1)) * error
    return Kept(part, part - wide, part + wide)


def _projected(reference: Reference, seen: Sequence[Seen]) -> list[tuple[float, float]]:
    """Return (trained shift squared, artefact's shift along it) of each conversation, summed over its places."""
    assert reference.base_PV is not None
    places = iter(zip(reference.trained_PV, reference.base_PV, seen, strict=True))
    sums = []
    for walk in reference.walks:
        along = shared = 0.0
        for _ in walk.places():
            trained_V, base_V, one = next(places)
            weight_S = trained_V[one.tokens_S].double().exp()
            shift_S = (trained_V - base_V)[one.tokens_S].double()
            found_S = one.logprobs_S.double() - base_V[one.tokens_S].double()
            along += float((weight_S * shift_S * shift_S).sum())
            shared += float((weight_S * shift_S * found_S).sum())
        sums.append((along, shared))
    return sums


def checks(reference: Reference, seen: Sequence[Seen], tolerance: Tolerance) -> list[Check]:
    """Return the checks of effect, distributions and greedy answers."""
    found = [_distributions(reference, seen, tolerance), _greedy(reference, seen, tolerance)]
    return [_effect(reference, seen, tolerance), *found] if reference.base_PV is not None else found


def _effect(reference: Reference, seen: Sequence[Seen], tolerance: Tolerance) -> Check:
    """Return whether the adapter is in the artefact: shown, refuted, or hidden by the rounding that this kind is allowed."""
    assert reference.base_PV is not None
    moved = mean_divergence(reference.trained_PV, whole(reference.base_PV))
    alive = float((reference.trained_PV - reference.base_PV).abs().max()) > 0
    kept = kept_effect(reference, seen)
    inside = KEPT[0] <= kept.low and kept.high <= KEPT[1]
    refuted = kept.high < KEPT[0] or kept.low > KEPT[1]
    # A training smaller than what rounding may do is told from it by the interval alone; a larger one by the part itself.
    small = moved < 2 * tolerance.divergence and tolerance.divergence >= EXACT
    passed = alive and (not refuted if small else KEPT[0] <= kept.part <= KEPT[1])
    shown = inside or not small
    said = f"the artefact holds {100 * kept.part:.0f} % of the training's effect ({moved:.2g} nats from the base)"
    if passed and not shown:
        said = (
            f"the training moved the model by {moved:.2g} nats, and this kind may round by {tolerance.divergence:g}: how much of it "
            f"is left cannot be told ({100 * kept.low:.0f} to {100 * kept.high:.0f} %); --quant f16 would show it"
        )
    return Check(
        name="the adapter has an effect",
        passed=passed,
        shown=shown,
        seen=said,
        remedy=_EXPORT_AGAIN,
        figures={
            "training_moved_nats": moved,
            "kept": kept.part,
            **({"kept_low": kept.low, "kept_high": kept.high} if math.isfinite(kept.low) else {}),
        },
    )


_EXPORT_AGAIN = "the adapter is not in it as trained: export again; if it stays so, export `adapter`, which changes no weight"


def _distributions(reference: Reference, seen: Sequence[Seen], tolerance: Tolerance) -> Check:
    mean = mean_divergence(reference.trained_PV, seen)
    return Check(
        name="next-token distributions agree",
        passed=mean <= tolerance.divergence,
        seen=f"{mean:.2g} nats from the trained model on the mean of {len(seen)} places, {tolerance.divergence:g} allowed",
        remedy="it answers differently from what was trained: take a kind with more bits (--quant q8_0 or f16)",
        figures={"mean_divergence_nats": mean, "places": len(seen)},
    )


def _greedy(reference: Reference, seen: Sequence[Seen], tolerance: Tolerance) -> Check:
    """Compare the likeliest token at each place; a place where the trained model wavers counts for either."""
    wrong = same = 0
    for trained_V, one in zip(reference.trained_PV, seen, strict=True):
        best = int(one.tokens_S[one.logprobs_S.argmax()])
        lead = float(trained_V.max() - trained_V[best])
        same += lead == 0.0
        wrong += lead > tolerance.undecided
    return Check(
        name="greedy answers agree",
        passed=wrong == 0,
        seen=f"{same} of {len(seen)} likeliest tokens are the same; {wrong} differ where the trained model is decided",
        remedy="it answers differently from what was trained: take a kind with more bits (--quant q8_0 or f16)",
        figures={"same": same, "wrong": wrong, "places": len(seen)},
    )
