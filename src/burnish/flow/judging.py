"""Suites by name, and a model judged on them with its progress shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.data.near import near_clusters
from burnish.errors import DataError, TrainError
from burnish.evaluate.answering import Answering
from burnish.evaluate.judgements import asking, judging_words, sent_tasks
from burnish.evaluate.lm_eval_tasks import PREFIX
from burnish.evaluate.run import DEFAULTS, Progress, Reused, evaluate_loading
from burnish.evaluate.suite import SHIPPED, held_out_suite, read_suite, shipped
from burnish.flow.events import Advanced, Said, Work
from burnish.flow.kept import said_reused
from burnish.flow.row_suites import holds_rows, row_suite
from burnish.grading.endpoint import endpoint_of

if TYPE_CHECKING:
    from burnish.evaluate.kept import Kept
    from burnish.records.conversation import Conversation
    from burnish.records.report import EvalReport
    from burnish.records.task import Task
    from burnish.tokens.template import Chat

HELD_OUT = "held-out rows"
"""The name of the suite made of the person's own held-out rows."""


def gather_suites(names: Sequence[str], held_out: Sequence[Conversation] = ()) -> dict[str, tuple[Task, ...]]:
    """Return {name: tasks} for shipped names, files and `all`, with the held-out rows first.

    A folder means every JSONL in it; a file of rows asks each row as a held-out one is asked. A suite is called by its shipped name or its file's name without the ending. Raises DataError for a suite that is not there or
    has faults, and for two different ones of one name, since one would hide the other;
    EndpointError where tasks want a judge or an embedder and none is named.
    """
    suites: dict[str, tuple[Task, ...]] = {}
    sources = {HELD_OUT: "the rows held out"}
    if held_out:
        suites[HELD_OUT] = _clustered(held_out_suite(held_out))
    theirs = [name for name in names if name.startswith(PREFIX)]
    if theirs:
        raise DataError(
            "tasks of lm-eval are not part of a training's verdict",
            seen=f"--suite {theirs[0]}",
            remedy=f"train without it, then: burnish compare base live --suite {theirs[0]}",
        )
    for name in dict.fromkeys(one for asked in names for one in _each(asked)):
        path = Path(name)
        if name not in SHIPPED and not path.exists():
            raise DataError(
                f"there is no suite {name!r}",
                seen=f"shipped suites: {', '.join(SHIPPED)}; no such file either",
                remedy="name a shipped suite, `all`, a JSONL or TOML file, or a folder of JSONL files",
            )
        called, source = (name, "the shipped one") if name in SHIPPED else (path.stem, str(path.resolve()))
        if sources.setdefault(called, source) != source:
            raise DataError(
                f"two suites are called {called!r}: their answers could not be told apart",
                seen=f"{sources[called]} and {source}",
                remedy="rename one of the files, or ask one at a time",
            )
        suites[called] = shipped(name) if name in SHIPPED else _of_file(path)
    asking([task for suite in suites.values() for task in suite], None)
    return suites


def _of_file(path: Path) -> tuple[Task, ...]:
    """Return the tasks of a suite file, or those made of a file of rows."""
    return _clustered(row_suite(path)) if holds_rows(path) else read_suite(path)


def _each(asked: str) -> tuple[str, ...]:
    """Return the suites that one name means. Raises DataError for a folder without any."""
    if asked == "all":
        return SHIPPED
    if asked in SHIPPED or not Path(asked).is_dir():
        return (asked,)
    found = tuple(str(path) for path in sorted(Path(asked).glob("*.jsonl")))
    if not found:
        remedy = "put suites into it as JSONL files, or name another"
        raise DataError("there is no suite in the folder", seen=f"{asked}: no file ends in .jsonl", remedy=remedy)
    return found


def _clustered(tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """Return the tasks with near-same prompts in one cluster: the same question twice is not two pieces of evidence."""
    numbers = near_clusters(["\n".join(message.content for message in task.messages) for task in tasks])
    several = {number for number, count in Counter(numbers).items() if count > 1}
    return tuple(
        replace(task, cluster=f"near-same {number}") if number in several else task
        for task, number in zip(tasks, numbers, strict=True)
    )


def judge(
    load: Callable[[], tuple[Any, Chat]],
    label: str,
    suites: Mapping[str, tuple[Task, ...]],
    *,
    stage: str,
    should_stop: Callable[[], bool] = lambda: False,
    settings: Answering = DEFAULTS,
    kept: Kept | None = None,
) -> Work[EvalReport]:
    """Let a model answer every task (real generation) and grade the answers. Raises TrainError when a stop was asked for.

    `load` gives the model and its chat; it is not called where all answers are `kept` from before.
    """
    yield from _said_sent(suites)
    report = None
    for item in evaluate_loading(load, suites, settings, label=label, kept=kept):
        if isinstance(item, Progress):
            yield Advanced(stage=stage, done=item.done, total=item.total, unit="answers", seconds=item.seconds)
        elif isinstance(item, Reused):
            yield from said_reused(item)
        else:
            report = item
        if should_stop():
            raise TrainError(f"stopped while {stage}, as you asked", remedy="nothing is lost: continue with --resume")
    if report is None:
        raise AssertionError("evaluate ends with a report")
    for name, suite in report.suites.items():
        for line in judging_words(name, suite):
            yield Said(text=line, level="warn" if suite.not_judged else "info")
    return report


def _said_sent(suites: Mapping[str, tuple[Task, ...]]) -> Work[None]:
    """Say where texts go before any goes anywhere."""
    sent = len(sent_tasks([task for suite in suites.values() for task in suite]))
    if sent:
        judge_ = endpoint_of()
        yield Said(text=f"the answers to {sent} prompts are sent to {judge_.url}, to be judged by {judge_.model}", level="warn")
