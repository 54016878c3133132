"""One line for trying a grader: used by the tables of examples in the graders' docstrings."""

from __future__ import annotations

from burnish.records.codec import JSON
from burnish.records.conversation import Message
from burnish.records.task import Task


def score(grader: str, target: JSON, answer: str, prompt: str = "?") -> float:
    """Return the score of an answer to a prompt, rounded to 3 decimals.

    >>> score("exact", "Tokyo", "tokyo.")
    1.0
    """
    from burnish.grading import grade

    task = Task(id="example", messages=(Message(role="user", content=prompt),), grader=grader, target=target)
    return round(grade(task, answer).value, 3)
