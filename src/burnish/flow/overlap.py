"""Suites that ask what the training rows teach: such tasks show recall, never generalisation, and are kept out of the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from burnish.data.near import near_clusters
from burnish.flow.events import Said, Work
from burnish.flow.judging import HELD_OUT

if TYPE_CHECKING:
    from burnish.records.conversation import Conversation, Message
    from burnish.records.task import Task

SHOWN = 20
"""Pairs of task and row told one by one; of more, their number."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What is left of the suites, and what was taken out of them."""

    suites: dict[str, tuple[Task, ...]]
    """Without the tasks taken out; a suite with none left is gone."""
    taken: dict[str, list[tuple[Task, Conversation]]]
    """By suite: each task with the first row that asks the same."""

    def notes(self) -> list[str]:
        """Return a line for each suite that lost tasks, for the report."""
        return [
            f"{name}: {len(pairs)} of {len(pairs) + len(self.suites.get(name, ()))} tasks ask what a row trained on asks "
            f"({', '.join(_pair(*pair) for pair in pairs[:3])}{', ...' * (len(pairs) > 3)}): recall counts that, this verdict does not"
            for name, pairs in self.taken.items()
        ]


def without_trained(suites: Mapping[str, tuple[Task, ...]], rows: Sequence[Conversation]) -> Overlap:
    """Return the suites without tasks whose prompt is the same or near-same as a trained row's.

    Held-out rows are left alone, and so are tasks without a grader, which are in no verdict.
    """
    asked = [(name, task) for name, suite in suites.items() if name != HELD_OUT for task in suite if task.grader]
    if not asked or not rows:
        return Overlap(dict(suites), {})
    numbers = near_clusters([*(_words(row.prompt) for row in rows), *(_words(task.messages) for _, task in asked)])
    first: dict[int, Conversation] = {}
    for row, number in zip(rows, numbers, strict=False):
        first.setdefault(number, row)
    taken: dict[str, list[tuple[Task, Conversation]]] = {}
    for (name, task), number in zip(asked, numbers[len(rows) :], strict=True):
        if number in first:
            taken.setdefault(name, []).append((task, first[number]))
    gone = {name: {task.id for task, _ in pairs} for name, pairs in taken.items()}
    left = {name: tuple(task for task in suite if task.id not in gone.get(name, ())) for name, suite in suites.items()}
    return Overlap({name: suite for name, suite in left.items() if suite}, taken)


def _words(messages: Sequence[Message]) -> str:
    return "\n".join(message.content for message in messages if message.role != "system")


def _pair(task: Task, row: Conversation) -> str:
    return f"{task.origin or task.id} is row {row.origin or row.id}"


def said_overlap(overlap: Overlap) -> Work[None]:
    """Name the tasks taken out with their rows, one by one."""
    for name, pairs in overlap.taken.items():
        yield Said(
            text=f"{name}: {len(pairs)} tasks ask what a row trained on asks; they count as recall, not here:", level="warn"
        )
        for pair in pairs[:SHOWN]:
            yield Said(text=f"  {_pair(*pair)}", level="warn")
        if len(pairs) > SHOWN:
            yield Said(text=f"  and {len(pairs) - SHOWN} more", level="warn")
