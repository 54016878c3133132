"""Several reports on the same tasks -> a ranking: every two compared in pairs, corrected for the number of pairs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from string import ascii_lowercase

from burnish.errors import DataError
from burnish.evaluate.compare import compare
from burnish.evaluate.run import score_suite
from burnish.evaluate.statistics import holm, judged
from burnish.records.ranking import PairOf, Ranking, Standing
from burnish.records.report import EvalReport, SuiteScore

MOST = len(ascii_lowercase)
"""Models that a ranking takes; more would need 351 comparisons and find nothing."""


def rank(reports: Sequence[EvalReport]) -> Ranking:
    """Return the models by their mean over all prompts, with letters for those that cannot be told apart.

    Names that come twice are numbered. Raises DataError for fewer than two or more than MOST reports, and as `compare` does
    where they are not on the same tasks.
    """
    if not 2 <= len(reports) <= MOST:
        remedy = f"name 2 to {MOST} versions or models"
        raise DataError("a ranking needs several models", seen=f"{len(reports)} of them", remedy=remedy)
    names = distinct([report.model for report in reports])
    scores = [_over_all(report) for report in reports]
    order = sorted(range(len(reports)), key=lambda i: (-scores[i].mean, i))
    pairs = list(itertools.combinations(order, 2))
    found = [compare(reports[worse], reports[better]).overall for better, worse in pairs]
    corrected = [judged(one, p) for one, p in zip(found, holm([one.p for one in found]), strict=True)]
    apart = {frozenset(pair) for pair, one in zip(pairs, corrected, strict=True) if one.verdict != "cannot tell"}
    letters = _letters(order, apart)
    standings = [
        Standing(
            model=names[i],
            rank=1 + sum(frozenset((i, j)) in apart for j in order[:place]),
            groups=letters[i],
            mean=scores[i].mean,
            low=scores[i].low,
            high=scores[i].high,
            n=scores[i].n,
            suites={name: (suite.mean, suite.low, suite.high) for name, suite in reports[i].suites.items()},
        )
        for place, i in enumerate(order)
    ]
    told = [
        PairOf(a=names[worse], b=names[better], comparison=one) for (better, worse), one in zip(pairs, corrected, strict=True)
    ]
    return Ranking(models=tuple(standings), pairs=tuple(told))


def _over_all(report: EvalReport) -> SuiteScore:
    """Return the score over all suites; a task's id and a cluster's name hold within their suite."""
    import dataclasses

    answers = [
        dataclasses.replace(answer, id=f"{name}\0{answer.id}", cluster=answer.cluster and f"{name}\0{answer.cluster}")
        for name, suite in report.suites.items()
        for answer in suite.answers
    ]
    return score_suite(answers)


def distinct(names: Sequence[str]) -> list[str]:
    """Return the names, those that come twice numbered."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    count: dict[str, int] = {}
    told = []
    for name in names:
        count[name] = count.get(name, 0) + 1
        told.append(f"{name} ({count[name]})" if seen[name] > 1 else name)
    return told


def _letters(order: Sequence[int], apart: set[frozenset[int]]) -> dict[int, str]:
    """Return each model's letters: one for each largest set of models of which no two can be told apart."""
    groups = sorted(
        (sorted(clique, key=order.index) for clique in _cliques(set(), set(order), set(), apart)),
        key=lambda g: [order.index(i) for i in g],
    )
    return {i: "".join(_letter(number) for number, group in enumerate(groups) if i in group) for i in order}


def _letter(number: int) -> str:
    return ascii_lowercase[number % MOST] + "'" * (number // MOST)


def _cliques(chosen: set[int], open_: set[int], done: set[int], apart: set[frozenset[int]]) -> list[set[int]]:
    """Return the largest sets without a pair that is apart (Bron and Kerbosch 1973, algorithm 457)."""
    if not open_ and not done:
        return [chosen]
    found = []
    for i in sorted(open_):
        near = {j for j in open_ | done if j != i and frozenset((i, j)) not in apart}
        found += _cliques(chosen | {i}, open_ & near, done & near, apart)
        open_, done = open_ - {i}, done | {i}
    return found
