"""Is B better than A? Two reports on the same tasks, compared answer by answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from burnish.errors import DataError
from burnish.evaluate.statistics import holm, judged, paired
from burnish.grading.text import broken, spoken
from burnish.records.report import Comparison, EvalReport, GradedAnswer, SuiteComparison, SuiteScore

STOPS_FELL = 0.10
"""Worth a note: answers that end by themselves fell by more than this share."""
MUCH_LONGER = 1.5
"""Worth a note: answers grew by more than this factor, and by more than LONGER_BY tokens."""
LONGER_BY = 10

Pair = tuple[GradedAnswer, GradedAnswer]


def compare(a: EvalReport, b: EvalReport) -> Comparison:
    """Return whether B is better than A: by suite (p-values corrected for their number, Holm), by category, and overall.

    Overall every item of every suite weighs the same; this verdict is one test and needs no correction. Categories are for
    reading and are not corrected. Several answers to one prompt count as their mean, and tasks of one cluster as one piece of
    evidence. Raises DataError naming suites, or tasks of a suite, that only one of the reports has, and tasks that one side
    answered more often.
    """
    pairs = _pairs(a, b)
    found = {name: _paired(suite) for name, suite in pairs.items()}
    corrected = holm([suite.p for suite in found.values()])
    overall = _compared([_Item.of(name, answers) for name, suite in pairs.items() for answers in _by_prompt(suite)])
    return Comparison(
        a=a.model,
        b=b.model,
        verdict=overall.verdict,
        overall=overall,
        suites={name: judged(suite, p) for (name, suite), p in zip(found.items(), corrected, strict=True)},
        categories=_categories(pairs),
        notes=tuple(note for name, suite in pairs.items() for note in _notes(name, suite)),
    )


def _paired(pairs: Sequence[Pair], suite: str = "") -> SuiteComparison:
    """Return the comparison of one suite's pairs, by cluster; several answers to one prompt are averaged first."""
    return _compared([_Item.of(suite, answers) for answers in _by_prompt(pairs)])


@dataclass(frozen=True, slots=True)
class _Item:
    """One prompt: the mean score of A's answers and of B's, and the cluster it belongs to."""

    a: float
    b: float
    cluster: tuple[str, str, str]

    @classmethod
    def of(cls, suite: str, answers: Sequence[Pair]) -> _Item:
        first = answers[0][0]
        return cls(
            a=math.fsum(before.score for before, _ in answers) / len(answers),
            b=math.fsum(after.score for _, after in answers) / len(answers),
            cluster=(suite, "cluster", first.cluster) if first.cluster else (suite, "id", first.id),
        )


def _by_prompt(pairs: Sequence[Pair]) -> list[list[Pair]]:
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(pair[0].id, []).append(pair)
    return list(groups.values())


def _compared(items: Sequence[_Item]) -> SuiteComparison:
    return paired([item.a for item in items], [item.b for item in items], [item.cluster for item in items])


def _pairs(a: EvalReport, b: EvalReport) -> dict[str, list[Pair]]:
    """Return the answers of each suite in pairs, by the task's id. Raises DataError for what has no partner, all at once."""
    faults = _unpartnered("suite", "", a.suites, b.suites)
    pairs: dict[str, list[Pair]] = {}
    for name in (name for name in a.suites if name in b.suites):
        before, after = _by_id(a.suites[name]), _by_id(b.suites[name])
        faults += _unpartnered("task", f" of suite {name}", before, after)
        faults += _unevenly_sampled(name, before, after)
        pairs[name] = [pair for id_ in before if id_ in after for pair in zip(before[id_], after[id_], strict=False)]
    if faults:
        raise DataError(
            "the two reports are not on the same tasks, so their answers cannot be paired",
            seen="; ".join(faults),
            remedy="evaluate both on the same suites, then compare again",
        )
    return pairs


def _by_id(suite: SuiteScore) -> dict[str, list[GradedAnswer]]:
    """Return the answers to each task: one, or several samples."""
    found: dict[str, list[GradedAnswer]] = {}
    for answer in suite.answers:
        found.setdefault(answer.id, []).append(answer)
    return found


def _unevenly_sampled(name: str, a: Mapping[str, Sequence[GradedAnswer]], b: Mapping[str, Sequence[GradedAnswer]]) -> list[str]:
    uneven = [f"{id_} ({len(a[id_])} and {len(b[id_])})" for id_ in a if id_ in b and len(a[id_]) != len(b[id_])]
    return [f"not as many answers on both sides: task {', '.join(uneven)} of suite {name}"] if uneven else []


def _unpartnered(what: str, where: str, a: Mapping[str, object], b: Mapping[str, object]) -> list[str]:
    sides = (("first", [key for key in a if key not in b]), ("second", [key for key in b if key not in a]))
    return [f"only in the {side}: {what} {', '.join(keys)}{where}" for side, keys in sides if keys]


def _categories(pairs: Mapping[str, Sequence[Pair]]) -> dict[str, SuiteComparison]:
    groups: dict[str, list[Pair]] = {}
    for name, suite in pairs.items():
        for pair in suite:
            groups.setdefault(f"{name}/{pair[0].category}", []).append(pair)
    return {key: _paired(group) for key, group in groups.items()}


def _notes(name: str, pairs: Sequence[Pair]) -> list[str]:
    """Return what a person should know that the scores do not say: endless, empty, repeated or much longer answers of B."""
    notes = []
    stops = [sum(answer.natural_stop for answer in side) / len(pairs) for side in zip(*pairs, strict=True)]
    if stops[0] - stops[1] > STOPS_FELL:
        notes.append(f"{name}: fewer answers end by themselves: {stops[1]:.0%}, before {stops[0]:.0%}")
    before, after = (sum(bool(answer.fault) for answer in side) for side in zip(*pairs, strict=True))
    if before or after:
        notes.append(f"{name}: {after} of {len(pairs)} answers could not be judged and count 0, before {before}")
    for what, fault in (("empty", "empty"), ("repeat themselves", "repeats")):
        before, after = (
            sum(broken(spoken(answer.text)).startswith(fault) for answer in side) for side in zip(*pairs, strict=True)
        )
        if after > before:
            notes.append(f"{name}: {after} of {len(pairs)} answers {'are ' if what == 'empty' else ''}{what}, before {before}")
    tokens = [sum(answer.tokens for answer in side) / len(pairs) for side in zip(*pairs, strict=True)]
    if tokens[1] > MUCH_LONGER * tokens[0] and tokens[1] - tokens[0] > LONGER_BY:
        notes.append(f"{name}: answers are much longer: {tokens[1]:.0f} tokens on average, before {tokens[0]:.0f}")
    return notes
