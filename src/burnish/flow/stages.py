"""The stages of a training: the start is judged, the rows are trained, the result is judged. Each is kept, and not done twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import TrainError
from burnish.evaluate.suite import SHIPPED
from burnish.flow.anchors import anchor_examples
from burnish.flow.events import Said, Work
from burnish.flow.folds import Fold, make_folds, pooled
from burnish.flow.judging import HELD_OUT, gather_suites, judge
from burnish.flow.kept import kept_answers
from burnish.flow.pace import Pace
from burnish.flow.probing import extra_questions, probe
from burnish.flow.project import load_weights
from burnish.flow.road import Road, base_weights, kept_suites, let_go, start_weights, suites_asked, trained_weights
from burnish.flow.rows_measured import ask_without, asked_without
from burnish.flow.run_files import durable_json
from burnish.flow.sessions import BASE, GENERAL, base_general, began_of
from burnish.model.source import lasting
from burnish.records.codec import from_json, to_json
from burnish.records.report import EvalReport

if TYPE_CHECKING:
    from datetime import datetime

    from burnish.flow.project import Opened
    from burnish.records.example import Example
    from burnish.records.task import Task
    from burnish.tokens.template import Chat
    from burnish.train.events import Finished


def folds_of(road: Road) -> tuple[Fold, ...]:
    """Return the folds to judge by; none where none were asked for."""
    planned = road.planned
    return make_folds(planned.prepared, planned.plan, suites_asked(road).get(HELD_OUT, ())) if planned.plan.folds else ()


def judge_fold(road: Road, fold: Fold, should_stop: Callable[[], bool]) -> Work[EvalReport | None]:
    """Train on the other folds, and let what lies on the disk answer this one's questions."""
    folder = road.folder / "folds" / str(fold.number)
    saved = folder / "after.json"
    if saved.exists():
        return from_json(EvalReport, durable_json(saved))
    if not fold.tasks:
        return None
    name = f"fold {fold.number} of {road.planned.plan.folds}"
    yield Said(text=f"{name}: training on {len(fold.train)} rows", level="head")
    durable.make_folder(folder)
    yield from train_rows(road, should_stop, folder, fold.train)
    let_go(road)
    opened = replace(road.planned.opened, label=road.run_id, adapter=folder / "adapter")
    weights = load_weights(opened, dtype=road.planned.plan.dtype)
    suite = {HELD_OUT: fold.tasks}
    report = yield from judge(
        lambda: (weights, opened.chat), road.run_id, suite, stage=f"{name} answering", should_stop=should_stop
    )
    durable.write_json(saved, to_json(report))
    return report


def judge_before(road: Road, should_stop: Callable[[], bool]) -> Work[EvalReport | None]:
    """Judge where the training starts: the base, or the version it continues from."""
    saved = road.folder / "before.json"
    if saved.exists():
        return from_json(EvalReport, durable_json(saved))
    probes = road.folder / "before_probes.json"
    suites = suites_asked(road)
    if not suites and probes.exists():
        return None
    yield Said(text="before: the model answers the questions it will be judged on", level="head")
    weights = start_weights(road)
    asked = road.start or road.planned.opened
    label = road.start.label if road.start is not None else "base"
    yield from probe(
        probes,
        weights,
        label,
        asked.chat,
        extra_questions(road.planned),
        stage="asking before",
        should_stop=should_stop,
    )
    yield from _base_answers(road, weights, suites, should_stop)
    if not suites:
        return None
    kept = kept_answers(asked, road.planned.plan.dtype, road.registry.home)
    chat = asked.chat
    report = yield from judge(
        lambda: (weights, chat), label, suites, stage="answering before", should_stop=should_stop, kept=kept
    )
    durable.write_json(saved, to_json(report))
    return report


def _base_answers(
    road: Road, weights: Any, suites: Mapping[str, tuple[Task, ...]], should_stop: Callable[[], bool]
) -> Work[None]:
    """Let the base answer this session's questions and the general probes: what transfer and drift are measured from.

    The probes are answered once a chain; `weights` are the start's, of which the adapter is taken off meanwhile.
    """
    if road.start is None:
        return
    asked = {name: tasks for name, tasks in suites.items() if name not in SHIPPED}
    known = base_general(road.registry, road.sessions, road.planned.plan.dtype, road.planned.opened.chat)
    if known is None:
        asked |= gather_suites((GENERAL,))
    report = EvalReport(model="base", suites={})
    if asked:
        with weights.disable_adapter():
            opened = road.planned.opened
            kept = kept_answers(opened, road.planned.plan.dtype, road.registry.home)
            words = "the base answering"
            report = yield from judge(
                lambda: (weights, opened.chat), "base", asked, stage=words, should_stop=should_stop, kept=kept
            )
    if known is not None:
        report = replace(report, suites={**report.suites, GENERAL: known})
    durable.write_json(road.folder / BASE, to_json(report))


def train_rows(
    road: Road, should_stop: Callable[[], bool], folder: Path | None = None, rows: tuple[Example, ...] | None = None
) -> Work[Finished]:
    """Train the version, or, in a folder of its own and on some of the rows, one fold."""
    from burnish.train.events import Finished, Stopped, line
    from burnish.train.loop import Job, train as loop

    folder = folder or road.folder
    done = folder / "finished.json"
    if done.exists():
        return from_json(Finished, durable_json(done))
    yield Said(text="training", level="head")
    anchors = yield from anchor_examples(
        road.folder,
        road.planned.plan,
        road.planned.opened,
        earlier=[road.registry.runs / one.run.id for one in road.sessions],
        base=lambda: base_weights(road),
    )
    job = Job(
        model=trained_weights(road),
        plan=road.planned.plan,
        train=road.planned.prepared.train if rows is None else rows,
        held_out=road.planned.prepared.held_out,
        pad_id=road.planned.opened.chat.pad_id,
        folder=folder,
        base_name=lasting(road.planned.opened.label),
        resume=True,
        should_stop=should_stop,
        init_adapter=road.start.adapter if road.start is not None else None,
        replay=road.replay,
        anchors=anchors,
        recalling=road.recalling,
    )
    pace = Pace(every=road.planned.plan.logging_steps)
    for event in loop(job):
        durable.append_line(folder / "events.jsonl", line(event))
        yield from pace.told(event)
        if isinstance(event, Stopped):
            raise TrainError(f"stopped after step {event.step}: {event.reason}", remedy="--resume")
        if isinstance(event, Finished):
            durable.write_json(done, to_json(event))
            return event
    raise AssertionError("the loop ends with Finished or Stopped")


def judge_after(road: Road, should_stop: Callable[[], bool]) -> Work[EvalReport | None]:
    """Judge what lies on the disk, not what is in memory: the adapter is loaded again from its folder."""
    saved = road.folder / "after.json"
    if saved.exists():
        return from_json(EvalReport, durable_json(saved))
    probes = road.folder / "after_probes.json"
    suites, earlier = suites_asked(road), kept_suites(road)
    if not suites and not earlier and probes.exists() and asked_without(road):
        return None
    own = suites.pop(HELD_OUT, ()) if road.planned.plan.folds else ()
    earlier = {name: tasks for name, tasks in earlier.items() if name not in suites}
    yield Said(text="after: the trained version answers the same questions", level="head")
    opened = replace(road.planned.opened, label=road.run_id, adapter=road.folder / "adapter")
    weights = load_weights(opened, dtype=road.planned.plan.dtype)
    alone = opened.chat
    if road.memory is not None:
        opened = replace(opened, words=opened.words.beside(road.memory))
    yield from probe(
        probes, weights, road.run_id, opened.chat, extra_questions(road.planned), stage="asking after", should_stop=should_stop
    )
    yield from ask_without(road, weights, alone, suites.get(HELD_OUT, ()), should_stop)
    report = EvalReport(model=road.run_id, suites={})
    if not suites and not earlier:
        return _with_folds(road, report, own) if own else None
    kept = kept_answers(opened, road.planned.plan.dtype, road.registry.home)
    dates = _asked_on_another_day(road, opened.chat)
    today = {name: tasks for name, tasks in earlier.items() if name not in dates}
    # The suites that decide are asked by themselves, as they were before: in bfloat16 an answer depends on what else is in its batch.
    for asked, stage in ((suites, "answering after"), (today, "answering what was asked earlier")):
        if asked:
            told = yield from judge(
                lambda: (weights, opened.chat), road.run_id, asked, stage=stage, should_stop=should_stop, kept=kept
            )
            report = _joined(report, told)
    for name, moment in dates.items():
        one = yield from _judged_at(moment, name, earlier[name], road, opened, weights, should_stop)
        report = _joined(report, one)
    return _with_folds(road, report, own)


def _joined(report: EvalReport, more: EvalReport) -> EvalReport:
    """Return a report with what another one of the same model adds: its suites, what is shown and not scored, its seconds."""
    suites, shown = {**report.suites, **more.suites}, {**report.shown, **more.shown}
    return replace(report, suites=suites, shown=shown, seconds=report.seconds + more.seconds)


def _judged_at(
    moment: datetime,
    name: str,
    tasks: tuple[Task, ...],
    road: Road,
    opened: Opened,
    weights: Any,
    should_stop: Callable[[], bool],
) -> Work[EvalReport]:
    """Ask one suite with the date of another moment in its prompts."""
    kept = kept_answers(opened, road.planned.plan.dtype, road.registry.home, moment=moment)
    chat, stage = opened.chat.at(moment), f"answering {name} on its own date"
    return (
        yield from judge(lambda: (weights, chat), road.run_id, {name: tasks}, stage=stage, should_stop=should_stop, kept=kept)
    )


def _asked_on_another_day(road: Road, chat: Chat) -> dict[str, datetime]:
    """Return the earlier sessions whose questions had another date written into them, with the moment: they are asked again as then."""
    moments = {one.name: began_of(road.registry, one) for one in road.sessions if one.tasks}
    return {name: moment for name, moment in moments.items() if chat.at(moment).stamp != chat.stamp}


def _with_folds(road: Road, report: EvalReport, own: Sequence[Task]) -> EvalReport:
    """Return the report with the answers of all folds as one suite, and keep it."""
    if own:
        answered = [from_json(EvalReport, durable_json(path)) for path in sorted((road.folder / "folds").glob("*/after.json"))]
        report = replace(report, suites={HELD_OUT: pooled(answered, own), **report.suites})
    durable.write_json(road.folder / "after.json", to_json(report))
    return report
