"""Style: do the answers sound like the rows? Features, and a small classifier of rows against the base's own answers.

The classifier is a logistic regression on the features below, none of which is a content word. It learns from training and
held-out prompts alike what tells a row's answer from the base's answer to the same prompt, in folds by prompt; each answer is
judged by the fold that has not seen its prompt. The tuned model is judged on held-out prompts only: on others it may recite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from burnish.evaluate.classifier import auc_with_low, cross_judged
from burnish.evaluate.statistics import paired
from burnish.evaluate.style_features import FEATURES, measure
from burnish.grading.text import broken
from burnish.records.questions import CANNOT_TELL, Feature, Style

FEWEST_PAIRS = 20
"""Prompts with a row's and a base's answer that the classifier needs: sixteen of each kind to learn from in a fold. A choice, not measured."""
FEWEST_JUDGED = 6
"""Held-out prompts that the verdict needs (see `facts.FEWEST`)."""
TELLS = 0.6
"""Where the classifier's AUC may be as low as this, base and rows sound alike and nearness to either means nothing."""
CLOSER, FURTHER = "closer to the rows", "further from the rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voiced:
    """One prompt: the row's answer, the base's, and the tuned model's where the prompt was held out."""

    id: str
    row: str
    before: str
    after: str
    held_out: bool


def style(voices: Sequence[Voiced]) -> Style:
    """Return whether held-out answers came closer to how the rows are written; "cannot tell" with too little to tell by."""
    voices = [one for one in voices if one.row.strip()]
    judged = [i for i, one in enumerate(voices) if one.held_out]
    known = Style(verdict=CANNOT_TELL, reason="", rows=len(voices), judged=len(judged), features=_features(voices, judged))
    if len(voices) < FEWEST_PAIRS or len(judged) < FEWEST_JUDGED:
        return _with(
            known,
            reason=f"{len(voices)} prompts, {len(judged)} of them held out; at least {FEWEST_PAIRS} and {FEWEST_JUDGED} are needed",
        )
    none = sum(bool(broken(voices[i].after)) for i in judged)
    if 2 * none > len(judged):
        return _with(
            known, reason=f"{none} of {len(judged)} answers are empty or repeat themselves: they have no manner to compare"
        )
    return _judged(known, voices, judged)


def _judged(known: Style, voices: Sequence[Voiced], judged: Sequence[int]) -> Style:
    import numpy as np

    sides = [np.array([measure(getattr(one, side)) for one in voices]) for side in ("row", "before", "after")]
    row, before, after = cross_judged(*sides)
    auc, low = auc_with_low(row, before)
    told = {"auc": auc, "auc_low": low}
    if low <= TELLS:
        reason = f"the base's answers cannot be told from the rows by their style (AUC {auc:.2f}, perhaps {low:.2f})"
        return _with(known, reason=reason, **told)
    held = list(judged)
    compared = paired(before[held].tolist(), after[held].tolist())
    verdict = {"better": CLOSER, "worse": FURTHER}.get(compared.verdict, CANNOT_TELL)
    return _with(
        known,
        verdict=verdict,
        reason=f"a classifier that tells rows from the base's answers (AUC {auc:.2f} out of fold) judged {len(held)} held-out answers",
        like_rows=float(row[held].mean()),
        like_before=compared.mean_a,
        like_after=compared.mean_b,
        low=compared.low,
        high=compared.high,
        **told,
    )


def _features(voices: Sequence[Voiced], judged: Sequence[int]) -> tuple[Feature, ...]:
    """Return the mean of every feature on the held-out prompts, or on all where none was held out."""
    shown = [voices[i] for i in judged] or list(voices)
    if not shown:
        return ()
    means = {side: _means([measure(getattr(one, side)) for one in shown]) for side in ("row", "before", "after")}
    return tuple(
        Feature(name=name, group=group, rows=means["row"][i], before=means["before"][i], after=means["after"][i])
        for i, (name, group) in enumerate(FEATURES.items())
    )


def _means(table: Sequence[Sequence[float]]) -> list[float]:
    return [sum(column) / len(table) for column in zip(*table, strict=True)]


def _with(known: Style, **fields: object) -> Style:
    import dataclasses

    return dataclasses.replace(known, **fields)  # type: ignore[arg-type]
