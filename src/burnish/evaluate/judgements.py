"""Another model asked for judgements: only where a task wants one, and never twice for the same question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from burnish.errors import EndpointError
from burnish.evaluate.kept import Said
from burnish.grading import GRADERS
from burnish.grading.endpoint import endpoint_of

if TYPE_CHECKING:
    from burnish.evaluate.kept import Kept
    from burnish.grading import Ask
    from burnish.grading.judge import Read
    from burnish.records.report import SuiteScore
    from burnish.records.task import Task


def judged_tasks(tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks whose answers are sent to another model."""
    return [task for task in tasks if GRADERS[task.grader].asks is not None]


def asking(tasks: Sequence[Task], kept: Kept | None) -> Ask | None:
    """Return the way to ask the judge that the environment names, or None where no task wants one.

    A reply that could be read is kept with the answers and not asked for again. Raises EndpointError, naming the first task, where
    no endpoint is named.
    """
    wanting = judged_tasks(tasks)
    if not wanting:
        return None
    try:
        endpoint = endpoint_of()
    except EndpointError as error:
        where = f"{wanting[0].origin}, " if wanting[0].origin else ""
        more = f" and {len(wanting) - 1} more" if len(wanting) > 1 else ""
        seen = f"{where}task {wanting[0].id!r}{more} ask{'' if more else 's'} for a judge; {error.seen}"
        raise EndpointError(error.what, seen=seen, remedy=error.remedy) from None

    def ask(question: str, read: Read) -> float:
        key = kept.key({"judge": endpoint.model, "at": endpoint.url, "question": question}) if kept is not None else ""
        said = kept.get(key) if kept is not None else None
        if said is not None:
            return read(said.text)
        reply = endpoint.ask(question)
        value = read(reply)
        if kept is not None:
            kept.put(key, Said(text=reply, tokens=0, natural_stop=True))
        return value

    return ask


def judging_words(name: str, suite: SuiteScore) -> list[str]:
    """Return what a person should know of the judgements of one suite; nothing where there were none."""
    lines = []
    if suite.not_judged:
        share = suite.not_judged / len(suite.answers)
        lines.append(
            f"{name}: {suite.not_judged} of {len(suite.answers)} answers could not be judged and count 0 "
            f"(judged right, they would make the score {suite.mean + share:.2f}): {_first_fault(suite)}"
        )
    judged = sum(bool(answer.orders) for answer in suite.answers)
    if suite.orders_agree is not None:
        lines.append(f"{name}: the judge says the same in both orders for {suite.orders_agree:.0%} of {judged} answers")
    return lines


def _first_fault(suite: SuiteScore) -> str:
    return next(f"{answer.id}: {answer.fault}" for answer in suite.answers if answer.fault)
