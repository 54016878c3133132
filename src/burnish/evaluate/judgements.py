"""Other models asked to grade: only where a task wants one, and never twice for the same question."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import EndpointError, ModelError
from burnish.evaluate.kept import Kept, Said
from burnish.grading import asks_another
from burnish.grading.endpoint import endpoint_of

if TYPE_CHECKING:
    from burnish.grading import Ask
    from burnish.grading.asking import Read
    from burnish.records.codec import JSON
    from burnish.records.report import SuiteScore
    from burnish.records.task import Task

EMBEDDER = "BURNISH_EMBEDDER"
"""Names the local folder of the model that `similar` compares meanings with."""


def sent_tasks(tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks whose answers leave this machine's process, to be judged."""
    return [task for task in tasks if task.grader == "judge"]


def asking(tasks: Sequence[Task], kept: Kept | None) -> dict[str, Ask]:
    """Return the ways to ask that the tasks want, by grader: an endpoint for `judge`, an embedder for `similar`.

    Both are what the environment names. A reply that could be read is kept with the answers and not asked for again. Raises
    EndpointError and ModelError, naming the first task, where what is wanted is not named or cannot be used.
    """
    found: dict[str, Ask] = {}
    for task in tasks:
        if task.grader not in found and asks_another(task):
            try:
                found[task.grader] = (_judge if task.grader == "judge" else _embedder)(kept)
            except (EndpointError, ModelError) as error:
                where = f"{task.origin}, " if task.origin else ""
                count = sum(one.grader == task.grader and asks_another(one) for one in tasks)
                more = f" and {count - 1} more" if count > 1 else ""
                seen = f"{where}task {task.id!r}{more}, graded by {task.grader}: {error.seen}"
                raise type(error)(error.what, seen=seen, remedy=error.remedy) from None
    return found


def _judge(kept: Kept | None) -> Ask:
    endpoint = endpoint_of()
    return _remembering({"judge": endpoint.model, "at": endpoint.url}, endpoint.ask, kept)


def _embedder(kept: Kept | None) -> Ask:
    from burnish.model.embed import Embedder

    named = os.environ.get(EMBEDDER, "").strip()
    if not named:
        remedy = f"set {EMBEDDER} to the local folder of an encoder, or give the target as a text: it is compared by its letters"
        raise EndpointError("no embedder is named to compare meanings with", seen=f"{EMBEDDER} is not set", remedy=remedy)
    embedder = Embedder(Path(named).expanduser())

    def likeness(question: str) -> str:
        one, other = json.loads(question)
        return repr(embedder.likeness(one, other))

    return _remembering({"embedder": embedder.digest}, likeness, kept)


def _remembering(whom: Mapping[str, JSON], answer: Callable[[str], str], kept: Kept | None) -> Ask:
    def ask(question: str, read: Read) -> float:
        key = kept.key({**whom, "question": question}) if kept is not None else ""
        said = kept.get(key) if kept is not None else None
        if said is not None:
            return read(said.text)
        reply = answer(question)
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
