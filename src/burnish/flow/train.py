"""The verb `train`: rows to a version with a verdict. A run folder mirrors the road, so that `--resume` takes it up anywhere."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import BurnishError, DataError, EndpointError, RegistryError
from burnish.flow import planning
from burnish.flow.alike import ask_then
from burnish.flow.began import read_began
from burnish.flow.carried import carry_rows
from burnish.flow.events import Said, Shown, Work
from burnish.flow.folds import make_folds, said_offer
from burnish.flow.gating import check_gates, said_limits
from burnish.flow.interrupt import stop_requests
from burnish.flow.judging import HELD_OUT
from burnish.flow.overlap import said_overlap
from burnish.flow.project import open_registry
from burnish.flow.registering import Trained, register
from burnish.flow.request import Request, read_request
from burnish.flow.retry import retried
from burnish.flow.road import Road, asked, let_go, overlap_of, trained_weights, write_start
from burnish.flow.rows import ledger_lines, prepare
from burnish.flow.run_files import durable_json
from burnish.flow.sessions import replay_examples
from burnish.flow.stages import folds_of, judge_after, judge_before, judge_fold, train_rows
from burnish.flow.starting import starting
from burnish.flow.telling import said_quote, settings_table
from burnish.flow.unfinished import begun
from burnish.model.source import lasting
from burnish.records.codec import from_json

if TYPE_CHECKING:
    from datetime import datetime

    from burnish.registry.store import Registry

__all__ = ["Quoted", "Trained", "resume", "retry", "train"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What `--dry-run` gives: the plan, its measured quote, and the books."""

    planned: planning.Planned


def train(request: Request, *, home: str | None, dry_run: bool = False) -> Work[Trained | Quoted]:
    """Train a version and judge it against where it started. Raises BurnishError; whatever was saved can be resumed."""
    registry = open_registry(home, make=True)
    request = replace(request, model=request.model and lasting(request.model))  # the run may be resumed in another folder
    road = yield from _plan(request, registry, home)
    broken_off = None if dry_run else begun(registry, asked(road))
    if broken_off:
        yield Said(text=f"going on with run {broken_off}, which the same words began")
        return (yield from resume(broken_off, home=home))
    trained_weights(road)
    measured = yield from planning.measure(road.planned, lambda: road.weights)
    road.planned = replace(road.planned, plan=measured)
    yield from _said_plan(road.planned)
    yield from said_offer(road.planned.plan, road.planned.profile.rows)
    yield from said_limits(request.recipe.gates, road.planned.plan.quote)
    if dry_run:
        return Quoted(planned=road.planned)
    road.run_id, road.folder = registry.new_run()
    with registry.training(road.run_id):
        write_start(road)
        return (yield from _drive(road, home))


def retry(*, home: str | None, dry_run: bool = False) -> Work[Trained | Quoted]:
    """Train again what forgot, with what should be changed. Raises RegistryError where there is nothing to try again."""
    request, words = retried(open_registry(home))
    yield Said(text=words, level="head")
    return (yield from train(request, home=home, dry_run=dry_run))


def resume(reference: str, *, home: str | None) -> Work[Trained]:
    """Take an unfinished run up where its last whole checkpoint is. Raises RegistryError, or DataError when its rows changed."""
    registry = open_registry(home)
    run_id, folder = _unfinished(registry, reference)
    request = read_request(folder)
    yield Said(text=f"resuming {run_id}", level="head")
    road = yield from _plan(request, registry, home, read_began(folder))
    saved = from_json(type(road.planned.plan), durable_json(folder / "plan.json"))
    state = durable_json(folder / "request.json")
    if state["data_hash"] != road.planned.profile.data_hash:
        raise DataError(
            f"the rows of run {run_id} have changed since it began",
            seen=f"{request.data}: rows {road.planned.profile.data_hash[:12]}, the run began with {state['data_hash'][:12]}",
            remedy=f"put the old rows back to resume, or begin a new run: burnish train {request.data}",
        )
    if state["base_hash"] != road.planned.opened.source.weights_hash:
        raise RegistryError(
            f"the base model of run {run_id} has changed since it began",
            seen=f"{road.planned.opened.label}: weights {road.planned.opened.source.weights_hash[:12]}",
            remedy=f"put the old model back to resume, or begin a new run: burnish train {request.data}",
        )
    # The saved numbers rule: a machine that is busier today must not change the batches of a run that is under way.
    prepared = prepare(road.planned.tokenised, road.planned.opened.chat, saved)
    road.planned = replace(road.planned, plan=saved, prepared=prepared)
    road.replay, _ = replay_examples(road.sessions, road.planned.opened.chat, saved.max_length)
    road.run_id, road.folder = run_id, folder
    with registry.training(run_id):
        return (yield from _drive(road, home))


def _unfinished(registry: Registry, reference: str) -> tuple[str, Path]:
    waiting = sorted([*registry.unfinished(), *registry.untold()])
    if reference == "last" and waiting:
        reference = waiting[-1]
    matches = [one for one in waiting if one.startswith(reference)]
    if len(matches) != 1:
        finished = registry.has(reference)
        raise RegistryError(
            f"run {reference} is already finished" if finished else f"there is no unfinished run {reference!r}",
            seen=f"unfinished runs: {', '.join(waiting) or 'none'}",
            remedy="name one of these, or `last`" if waiting else "begin a new run: burnish train DATA",
        )
    return matches[0], registry.home / "runs" / matches[0]


def _plan(request: Request, registry: Registry, home: str | None, moment: datetime | None = None) -> Work[Road]:
    began = time.monotonic()
    start = yield from starting(request.start, request.model, registry, home)
    planned = yield from planning.make(
        Path(request.data),
        start.model,
        request.recipe,
        home=registry.home,
        past=start.past,
        holdout=Path(request.holdout) if request.holdout else None,
        columns=request.columns,
        moment=moment,
    )
    # one base, asked on one date
    opened = (
        replace(start.opened, words=planned.opened.words.beside(start.opened.words.memory)) if start.opened is not None else None
    )
    road = Road(request=request, registry=registry, planned=planned, began=began, start=opened, sessions=start.sessions)
    road.replay, refused = replay_examples(start.sessions, planned.opened.chat, planned.plan.max_length)
    if refused:
        yield Said(text=f"{refused} earlier rows are longer than {planned.plan.max_length} tokens and not replayed", level="warn")
    overlap = overlap_of(road)
    yield from said_overlap(overlap)
    suites = overlap.suites
    thinks, held_out = planned.opened.chat.tags_thoughts, len(planned.prepared.held_out_rows) or planned.plan.folds
    check_gates(request.recipe.gates, suites, thinks=thinks, held_out=held_out)
    if planned.plan.folds:
        make_folds(planned.prepared, planned.plan, suites.get(HELD_OUT, ()))  # refused now, where it would be refused later
    return road


def _said_plan(planned: planning.Planned) -> Work[None]:
    yield settings_table(planned.plan)
    yield Shown(title="where the rows go", columns=("", "rows", "share", "tokens"), rows=ledger_lines(planned.prepared.ledger))
    yield said_quote(planned.plan)


def _drive(road: Road, home: str | None) -> Work[Trained]:
    """Judge the start, train, judge the result, and register it."""
    again = f"go on with: burnish train --resume {road.run_id}" + (f" --home {shlex.quote(home)}" if home else "")
    try:
        with stop_requests() as should_stop:
            yield from carry_rows(road, should_stop)
            before = yield from judge_before(road, should_stop)
            for fold in folds_of(road):
                yield from judge_fold(road, fold, should_stop)
            finished = yield from train_rows(road, should_stop)
            let_go(road)
            after = yield from judge_after(road, should_stop)
            yield from ask_then(road, should_stop)
    except EndpointError as error:
        raise EndpointError(error.what, seen=error.seen, remedy=f"{error.remedy}; {again}") from None
    except BurnishError as error:
        if not error.remedy or "--resume" not in error.remedy:
            raise
        raise type(error)(error.what, seen=error.seen, remedy=f"nothing is lost; {again}") from None
    return (yield from register(road, before, after, finished))
