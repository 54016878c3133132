"""Suites by name, and a model judged on them with its progress shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.data.near import near_clusters
from burnish.errors import DataError, TrainError
from burnish.evaluate.run import DEFAULTS, Answering, Progress, evaluate
from burnish.evaluate.suite import SHIPPED, held_out_suite, read_suite, shipped
from burnish.flow.events import Advanced, Work

if TYPE_CHECKING:
    from burnish.records.conversation import Conversation
    from burnish.records.report import EvalReport
    from burnish.records.task import Task
    from burnish.tokens.template import Chat

HELD_OUT = "held-out rows"
"""The name of the suite made of the person's own held-out rows."""


def gather_suites(names: Sequence[str], held_out: Sequence[Conversation] = ()) -> dict[str, tuple[Task, ...]]:
    """Return {name: tasks} for shipped names, files and `all`, with the held-out rows first. Raises DataError."""
    suites: dict[str, tuple[Task, ...]] = {}
    if held_out:
        suites[HELD_OUT] = _clustered(held_out_suite(held_out))
    for name in names:
        for one in SHIPPED if name == "all" else (name,):
            if one in SHIPPED:
                suites[one] = shipped(one)
            elif Path(one).exists():
                suites[Path(one).stem] = read_suite(Path(one))
            else:
                raise DataError(
                    f"there is no suite {one!r}",
                    seen=f"shipped suites: {', '.join(SHIPPED)}; no such file either",
                    remedy="name a shipped suite, `all`, or a JSONL or TOML file",
                )
    return suites


def _clustered(tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """Return the tasks with near-same prompts in one cluster: the same question twice is not two pieces of evidence."""
    numbers = near_clusters(["\n".join(message.content for message in task.messages) for task in tasks])
    several = {number for number, count in Counter(numbers).items() if count > 1}
    return tuple(
        replace(task, cluster=f"near-same {number}") if number in several else task
        for task, number in zip(tasks, numbers, strict=True)
    )


def judge(
    model: Any,
    label: str,
    chat: Chat,
    suites: Mapping[str, tuple[Task, ...]],
    *,
    stage: str,
    should_stop: Callable[[], bool] = lambda: False,
    settings: Answering = DEFAULTS,
) -> Work[EvalReport]:
    """Let the model answer every task (real generation) and grade the answers. Raises TrainError when a stop was asked for."""
    report = None
    for item in evaluate(model, chat, suites, settings, label=label):
        if isinstance(item, Progress):
            yield Advanced(stage=stage, done=item.done, total=item.total, unit="answers", seconds=item.seconds)
        else:
            report = item
        if should_stop():
            raise TrainError(f"stopped while {stage}, as you asked", remedy="nothing is lost: continue with --resume")
    if report is None:
        raise AssertionError("evaluate ends with a report")
    return report
