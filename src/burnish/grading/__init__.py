"""(Task, answer) -> Score. One grader a file; evaluation scores with the same objects that reinforcement learning rewards.

A grader is pure: the same task and answer give the same score, and nothing outside them is looked at. But for two that ask another
model: `judge`, over HTTP, and `similar` where it compares meanings, an embedder on this machine.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from burnish.grading import (
    abstains,
    choice,
    contains,
    exact,
    instructions,
    judge,
    keeps_numbers,
    keeps_urls,
    length,
    number,
    polite,
    refusal,
    similar,
    structure,
)
from burnish.grading.asking import Ask
from burnish.grading.example import Example
from burnish.grading.text import broken
from burnish.records.report import Score
from burnish.records.task import Task

__all__ = ["GRADERS", "Ask", "Grader", "asks_another", "by_likelihood", "grade", "task_faults"]


@dataclass(frozen=True, slots=True)
class Grader:
    """One way to score an answer."""

    grade: Callable[..., Score]
    """(task, answer) -> a value from 0 to 1 and why. The target must have no faults; the answer must be one (not broken)."""
    faults: Callable[[Task], list[str]]
    """task -> what is wrong with its target, one sentence a fault."""
    what: str
    """What is right, in one sentence: the module's own first sentence."""
    example: Example
    """What the target may be, and a task with answers and their scores."""
    by_likelihood: bool = False
    """Whether evaluation lets the model choose among the target's `options` instead of writing an answer."""
    asks: Callable[[Task], bool] = lambda _: False
    """Whether another model is asked to grade a task's answers: then `grade` takes the way to ask it as a third argument."""


def _of(module: ModuleType, **more: Any) -> Grader:
    """Return the grader that a module holds, with what it says of itself."""
    said = " ".join((module.__doc__ or "").split("\n\n")[0].split()).partition(": ")[2]
    return Grader(module.grade, module.faults, what=said[:1].upper() + said[1:], example=module.EXAMPLE, **more)


GRADERS: dict[str, Grader] = {
    "abstains": _of(abstains),
    "choice": _of(choice, by_likelihood=True),
    "contains": _of(contains),
    "exact": _of(exact),
    "instructions": _of(instructions),
    "judge": _of(judge, asks=lambda _: True),
    "keeps_numbers": _of(keeps_numbers),
    "keeps_urls": _of(keeps_urls),
    "length": _of(length),
    "number": _of(number),
    "polite": _of(polite),
    "refusal": _of(refusal),
    "similar": _of(similar, asks=similar.by_meaning),
    "structure": _of(structure),
}
"""By the name a task calls it."""


def grade(task: Task, answer: str, ask: Ask | None = None) -> Score:
    """Return the score of one answer, 0 to 1. An empty answer, or one that repeats itself, is worth 0 whatever is asked.

    The task must be one in which `task_faults` finds nothing. `ask` is how a grader that asks another model asks it. Raises
    EndpointError where one is needed and cannot be asked.
    """
    why = broken(answer)
    if why:
        return Score(value=0.0, detail=why)
    grader = GRADERS[task.grader]
    return grader.grade(task, answer, ask) if grader.asks(task) else grader.grade(task, answer)


def by_likelihood(task: Task) -> bool:
    """Return whether the model chooses among a task's options instead of writing an answer."""
    return bool(task.grader) and GRADERS[task.grader].by_likelihood


def asks_another(task: Task) -> bool:
    """Return whether another model is asked to grade a task's answers."""
    return bool(task.grader) and GRADERS[task.grader].asks(task)


def task_faults(task: Task) -> list[str]:
    """Return all that is wrong with a task's grader and target, one sentence a fault; [] where it can be graded, or has no grader."""
    if not task.grader:
        return []
    if task.grader not in GRADERS:
        near = difflib.get_close_matches(task.grader, GRADERS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(GRADERS)}"
        return [f"there is no grader {task.grader!r}: {hint}"]
    return GRADERS[task.grader].faults(task)
