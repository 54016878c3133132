"""What a grader shows of itself: the target it takes and an example; and one line for trying a grader, for the tables of examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.records.codec import JSON
from burnish.records.conversation import Message
from burnish.records.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A grader's own words on its target, and one task with answers and their scores. Each grader's module holds one."""

    wants: str
    """What the target may be."""
    prompt: str
    target: JSON
    answers: tuple[tuple[str, float], ...]
    """Answers, each with its score, rounded to 2 decimals; the first is the best."""
    reply: str = ""
    """What another model replies in this example, where the grader asks one."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """The names that the target may hold, each with what it takes; empty where `wants` says all."""
    needs: str = ""
    """What must be set up first; empty: nothing."""

    def task(self, grader: str) -> Task:
        """Return the example as a task."""
        return Task(id=grader, messages=(Message(role="user", content=self.prompt),), grader=grader, target=self.target)

    def line(self, grader: str) -> dict[str, JSON]:
        """Return the example as a suite's line says it; no target where the grader needs none."""
        target = {} if self.target is None else {"target": self.target}
        return {"id": grader, "prompt": self.prompt, "grader": grader, **target}


def score(grader: str, target: JSON, answer: str, prompt: str = "?") -> float:
    """Return the score of an answer to a prompt, rounded to 3 decimals.

    >>> score("exact", "Tokyo", "tokyo.")
    1.0
    """
    from burnish.grading import grade

    task = Task(id="example", messages=(Message(role="user", content=prompt),), grader=grader, target=target)
    return round(grade(task, answer).value, 3)
