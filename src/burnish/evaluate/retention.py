"""Did a new session make the model forget? Earlier sessions' questions, each compared with its answer right after it was learnt.

The matrix of scores by version and session, and the transfers read off it, follow Lopez-Paz and Ranzato 2017 ("Gradient Episodic
Memory", sec. 2): R[i][j] is the score on session j after session i was trained, b[j] the base's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from burnish.evaluate.statistics import paired
from burnish.records.report import GradedAnswer, SuiteComparison
from burnish.records.retention import FELL, FEWEST_LOST, FORGOT, KEPT, NOT_ASKED, Lost, Retention, SessionKept, moved_words

LOST = 0.5
"""A score that falls by so much is a question lost: from right to wrong, or half of a graded scale."""

Answers = Mapping[str, Sequence[GradedAnswer]]
"""Answers by the task's id; several where several samples were drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One earlier session's questions, answered then and now."""

    name: str
    version: str
    then: Sequence[GradedAnswer]
    now: Sequence[GradedAnswer]


def retention(
    sessions: Sequence[Asked], general: tuple[Sequence[GradedAnswer], Sequence[GradedAnswer]] | None, margin: float
) -> Retention:
    """Return what was kept. `general`: the probes of general ability, answered by the base and now; None where not asked.

    `margin`: points of 100 that a session, all together or the general probes may lose.
    """
    kept = tuple(_session(one, margin) for one in sessions)
    pairs = [pair for one in sessions for pair in _pairs(one.then, one.now, one.name)]
    together = _compared(pairs)
    probes = _compared(_pairs(*general, "general")) if general is not None else None
    faults = [f"{one.name}: {_fell(one.change)}" for one in kept if one.verdict == FORGOT and one.change is not None]
    if together is not None and not faults and _verdict(together, *_moved(pairs), margin) == FORGOT:
        faults.append(f"all earlier sessions together: {_fell(together)}")
    # General probes are many, near chance for a small model, and flip both ways: their fall must also be shown.
    if probes is not None and probes.verdict == "worse" and -100 * probes.difference > margin:
        faults.append(f"general ability: {_fell(probes)}")
    fell = [one for one in (together, probes, *(session.change for session in kept)) if one is not None and one.high < 0]
    return Retention(
        verdict=FORGOT if faults else FELL if fell else KEPT,
        reason="; ".join(faults) or _kept_words(together, probes),
        margin=margin,
        sessions=kept,
        together=together,
        general=probes,
        lost=tuple(_lost(name, then, now) for then, now, name in pairs if then.score - now.score >= LOST),
    )


def _session(one: Asked, margin: float) -> SessionKept:
    pairs = _pairs(one.then, one.now, one.name)
    change = _compared(pairs)
    if change is None:
        return SessionKept(name=one.name, version=one.version, change=None)
    lost, gained = _moved(pairs)
    verdict = _verdict(change, lost, gained, margin)
    return SessionKept(name=one.name, version=one.version, change=change, lost=lost, gained=gained, verdict=verdict)


def _verdict(change: SuiteComparison, lost: int, gained: int, margin: float) -> str:
    """Return FORGOT, FELL or KEPT by the one rule that the plan states too (`records.retention.RULE`)."""
    shown = change.high < 0
    if -100 * change.difference > margin and (shown or lost - gained >= FEWEST_LOST):
        return FORGOT
    return FELL if shown else KEPT


Pair = tuple[GradedAnswer, GradedAnswer, str]


def _pairs(then: Sequence[GradedAnswer], now: Sequence[GradedAnswer], name: str) -> list[Pair]:
    """Return (then, now, session) of each question that was answered both times."""
    by_id = {answer.id: answer for answer in now}
    return [(answer, by_id[answer.id], name) for answer in then if answer.id in by_id]


def _compared(pairs: Sequence[Pair]) -> SuiteComparison | None:
    if not pairs:
        return None
    clusters = [(name, then.cluster or then.id) for then, _, name in pairs]
    return paired([then.score for then, _, _ in pairs], [now.score for _, now, _ in pairs], clusters)


def _moved(pairs: Sequence[Pair]) -> tuple[int, int]:
    """Return how many questions fell and how many rose by LOST or more."""
    changes = [now.score - then.score for then, now, _ in pairs]
    return sum(change <= -LOST for change in changes), sum(change >= LOST for change in changes)


def _fell(change: SuiteComparison) -> str:
    return f"{change.mean_a:.2f} when trained, {change.mean_b:.2f} now on {change.n} questions"


def _kept_words(together: SuiteComparison | None, general: SuiteComparison | None) -> str:
    parts = []
    if together is not None:
        parts.append(f"earlier sessions {together.mean_a:.2f} when trained, {together.mean_b:.2f} now on {together.n} questions")
    if general is not None:
        parts.append(f"general ability {general.mean_a:.2f} in the base, {general.mean_b:.2f} now on {general.n} probes")
    return "; ".join(parts) or NOT_ASKED


def _lost(name: str, then: GradedAnswer, now: GradedAnswer) -> Lost:
    target = then.target if isinstance(then.target, str) else str(then.target)
    return Lost(session=name, id=then.id, prompt=then.prompt, target=target, then=then.text, now=now.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A mean over sessions of differences in score, with its 95 % interval over the questions."""

    mean: float
    low: float
    high: float
    questions: int

    @property
    def words(self) -> str:
        """What the interval says."""
        return moved_words(self.mean, self.low, self.high)


def transfer(differences: Mapping[str, Sequence[float]]) -> Transfer | None:
    """Return the mean of question-wise differences, by session; None where nothing was asked.

    Backward transfer: R[last][j] - R[j][j] of each question of every session but the last; below 0 is forgetting. Forward
    transfer: R[j-1][j] - b[j]: what earlier sessions already gave for one that was not yet trained. Each session weighs as many
    as it has questions.
    """
    values = [value for one in differences.values() for value in one]
    if not values:
        return None
    found = paired([0.0] * len(values), values)
    return Transfer(mean=sum(values) / len(values), low=found.low, high=found.high, questions=len(values))
