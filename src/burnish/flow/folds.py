"""K-fold evaluation: every row is asked of a model that never saw it, and all pairs are pooled into one verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from burnish.data.folds import folds
from burnish.evaluate.run import score_suite
from burnish.flow.events import Said, Work
from burnish.flow.judging import HELD_OUT
from burnish.plan.table import FOLDS, FOLDS_UNDER_ROWS

if TYPE_CHECKING:
    from burnish.flow.rows import Prepared
    from burnish.records.conversation import Origin
    from burnish.records.example import Example
    from burnish.records.plan import Plan
    from burnish.records.report import EvalReport, GradedAnswer, SuiteScore
    from burnish.records.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One part of the rows held out, and the others to train on."""

    number: int
    """Counts from 1."""
    train: tuple[Example, ...]
    tasks: tuple[Task, ...]
    """The questions of this fold's rows, as they stand in the suite of all rows; a row that asks nothing has none."""


def make_folds(prepared: Prepared, plan: Plan, suite: Sequence[Task]) -> tuple[Fold, ...]:
    """Return the folds of all rows that are trained in the end. Raises DataError where there are fewer questions than folds."""
    by_origin: dict[Origin | None, Task] = {}
    for task in suite:
        by_origin.setdefault(task.origin, task)
    made = []
    for number, held in enumerate(folds(prepared.train_rows, plan.folds, plan.seed), start=1):
        tasks = (by_origin.get(prepared.train_rows[i].origin) for i in held)
        kept = tuple(example for i, example in enumerate(prepared.train) if i not in held)
        made.append(Fold(number=number, train=kept, tasks=tuple(task for task in tasks if task is not None)))
    return tuple(made)


def pooled(reports: Sequence[EvalReport], suite: Sequence[Task]) -> SuiteScore:
    """Return the folds' answers as one suite, in the order of the tasks."""
    answers: Mapping[str, GradedAnswer] = {answer.id: answer for one in reports for answer in one.suites[HELD_OUT].answers}
    return score_suite([answers[task.id] for task in suite])


def folds_note(plan: Plan) -> str:
    """Return what a person should know of a verdict by folds."""
    return (
        f"{HELD_OUT}: each was asked of a model trained on the other {plan.folds - 1} of {plan.folds} folds; "
        "the version itself was trained on all rows"
    )


def said_offer(plan: Plan, rows: int) -> Work[None]:
    """Offer folds where few rows can be held out, or say what the folds asked for will cost."""
    if plan.folds:
        text = (
            f"{plan.folds} folds: {plan.folds} trainings on the rest of the rows and one on all of them; the quote holds them all"
        )
        yield Said(text=text)
    elif 2 * FOLDS <= rows < FOLDS_UNDER_ROWS:
        held = f"only {plan.holdout} of {rows} rows are held out to judge with"
        yield Said(text=f"{held}; --folds {FOLDS} would judge all of them, for about {FOLDS} times the training time")
