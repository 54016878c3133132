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


def kept_effect(reference: Reference, seen: Sequence[Seen]) -> float:
    """Return the part of the adapter's effect that is in the artefact: its shift from the base, projected on the trained shift.

    Weighted by the trained model's probabilities, so that rounding in tokens nobody would say counts little.
    """
    assert reference.base_PV is not None
    shared = along = 0.0
    for trained_V, base_V, one in zip(reference.trained_PV, reference.base_PV, seen, strict=True):
        weight_S = trained_V[one.tokens_S].double().exp()
        shift_S = (trained_V - base_V)[one.tokens_S].double()
        found_S = one.logprobs_S.double() - base_V[one.tokens_S].double()
        along += float((weight_S * shift_S * shift_S).sum())
        shared += float((weight_S * shift_S * found_S).sum())
    return shared / along if along > 0 else 0.0


def checks(reference: Reference, seen: Sequence[Seen], tolerance: Tolerance) -> list[Check]:
    """Return the checks of effect, distributions and greedy answers."""
    found = [_distributions(reference, seen, tolerance), _greedy(reference, seen, tolerance)]
    return [_effect(reference, seen, tolerance), *found] if reference.base_PV is not None else found


def _effect(reference: Reference, seen: Sequence[Seen], tolerance: Tolerance) -> Check:
    assert reference.base_PV is not None
    moved = mean_divergence(reference.trained_PV, whole(reference.base_PV))
    kept = kept_effect(reference, seen)
    figures = {"training_moved_nats": moved, "kept": kept}
    alive = float((reference.trained_PV - reference.base_PV).abs().max()) > 0
    if alive and moved < 2 * tolerance.divergence and not KEPT[0] <= kept <= KEPT[1]:
        said = f"the training moved the model by {moved:.2g} nats, less than this kind rounds: what of it is left cannot be told"
        exact = tolerance.divergence < 0.001
        return Check(name="the adapter has an effect", passed=not exact, seen=said, figures=figures, remedy=_EXPORT_AGAIN)
    return Check(
        name="the adapter has an effect",
        passed=alive and KEPT[0] <= kept <= KEPT[1],
        seen=f"the artefact holds {100 * kept:.0f} % of the training's effect ({moved:.2g} nats from the base)",
        remedy=_EXPORT_AGAIN,
        figures=figures,
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
