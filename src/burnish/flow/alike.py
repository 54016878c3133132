"""Earlier sessions' answers, computed as this session's are: what was said then and what is said now differ by training alone.

An earlier version may have been judged in another dtype, on another machine. Before its answers of then are set beside those of now
it answers once more, in the dtype of the run that asks; what has been answered so before is not answered again.

runs/<id>/then.json   by earlier version: what it says to its own session's questions in this run's dtype
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.flow.events import Said, Work
from burnish.flow.judging import judge
from burnish.flow.kept import kept_answers
from burnish.flow.project import carrying, load_weights, run_dtype
from burnish.flow.run_files import durable_json
from burnish.flow.sessions import began_of
from burnish.records.codec import from_json, to_json
from burnish.records.report import EvalReport

if TYPE_CHECKING:
    from burnish.flow.project import Opened
    from burnish.flow.road import Road
    from burnish.flow.sessions import Session
    from burnish.tokens.template import Chat

THEN = "then.json"


def ask_then(road: Road, should_stop: Callable[[], bool]) -> Work[None]:
    """Let each earlier version that was judged in another dtype answer its session's questions in this run's, and keep it."""
    dtype = road.planned.plan.dtype
    others = [one for one in road.sessions if one.tasks and run_dtype(one.run) != dtype]
    if not others or (road.folder / THEN).exists():
        return
    found: dict[str, EvalReport] = {}
    for one in others:
        yield Said(text=f"{one.name} was judged in {run_dtype(one.run)}: version {one.run.id} answers again in {dtype}, as now")
        opened = replace(road.planned.opened, label=one.run.id, adapter=road.registry.adapter_folder(one.run.id))
        opened = carrying(opened, road.registry.runs / one.run.id)
        moment = began_of(road.registry, one)  # a template's date is that of the session's questions, then and now
        kept = kept_answers(opened, dtype, road.registry.home, moment=moment)
        load = partial(_loaded, opened, dtype, moment)
        stage = f"{one.run.id} answering as then"
        suites = {one.name: one.tasks}
        found[one.run.id] = yield from judge(load, one.run.id, suites, stage=stage, should_stop=should_stop, kept=kept)
    durable.write_json(road.folder / THEN, to_json(found))


def _loaded(opened: Opened, dtype: str, moment: datetime) -> tuple[Any, Chat]:
    return load_weights(opened, dtype=dtype), opened.chat.at(moment)


def as_then(folder: Path, sessions: Sequence[Session]) -> tuple[Session, ...]:
    """Return the sessions with the answers of then as the run in `folder` had them made, where it had."""
    found = read_then(folder)
    return tuple(
        replace(one, answers=found[one.run.id].suites[one.name].answers) if one.run.id in found else one for one in sessions
    )


def read_then(folder: Path) -> Mapping[str, EvalReport]:
    """Return by version what it said once more for the run in `folder`; nothing where that was not needed."""
    saved = durable_json(folder / THEN) if (folder / THEN).exists() else {}
    return {version: from_json(EvalReport, report) for version, report in saved.items()}
