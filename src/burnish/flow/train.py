"""The verb `train`: rows to a version with a verdict. A run folder mirrors the road, so that `--resume` takes it up anywhere."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import BurnishError, DataError, EndpointError, RegistryError, TrainError
from burnish.evaluate.compare import compare
from burnish.evaluate.gates import judge_gates
from burnish.evaluate.retention import retention
from burnish.evaluate.suite import SHIPPED
from burnish.evaluate.thinking import newly_broken
from burnish.flow import planning
from burnish.flow.adjust import Evidence
from burnish.flow.anchors import anchor_examples
from burnish.flow.environment import environment
from burnish.flow.events import Said, Shown, Work
from burnish.flow.folds import Fold, folds_note, make_folds, pooled, said_offer
from burnish.flow.gating import check_gates, closed, gate_suites, said_gates, said_limits
from burnish.flow.interrupt import stop_requests
from burnish.flow.judging import HELD_OUT, gather_suites, judge
from burnish.flow.kept import kept_answers
from burnish.flow.overlap import Overlap, said_overlap, without_trained
from burnish.flow.pace import Pace
from burnish.flow.probing import extra_questions, probe, questions_answered
from burnish.flow.project import Opened, load_weights, open_registry
from burnish.flow.request import Request, read_request, recipe_toml
from burnish.flow.retry import retried
from burnish.flow.rows import ledger_lines, prepare
from burnish.flow.run_files import NOTES, durable_json
from burnish.flow.sessions import (
    BASE,
    GENERAL,
    Session,
    asked_again,
    base_general,
    keep_session,
    read_base,
    replay_examples,
    suites_of,
)
from burnish.flow.starting import starting
from burnish.flow.telling import losses_of, next_steps, said_questions, said_quote, said_retention, said_verdict, settings_table
from burnish.flow.unfinished import begun
from burnish.model.chain import merge, read_saved
from burnish.records.codec import from_json, to_json
from burnish.records.report import EvalReport
from burnish.records.retention import FORGOT
from burnish.records.run import Run

if TYPE_CHECKING:
    from burnish.records.example import Example
    from burnish.records.plan import Plan
    from burnish.records.questions import Questions
    from burnish.records.report import Comparison
    from burnish.records.retention import Retention
    from burnish.records.task import Task
    from burnish.registry.store import Registry
    from burnish.train.events import Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a finished training gives."""

    run: Run
    folder: Path
    comparison: Comparison | None
    promoted: bool
    promotion_reason: str
    closed: str
    """Which of the project's gates are not met, in words; empty where all are."""
    adapter: Path
    report: Path | None
    before_after: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What `--dry-run` gives: the plan, its measured quote, and the books."""

    planned: planning.Planned


@dataclass(slots=True, kw_only=True)
class _Road:
    """What the stages of one training hand to each other."""

    request: Request
    registry: Registry
    planned: planning.Planned
    began: float
    run_id: str = ""
    folder: Path = Path()
    start: Opened | None = None
    sessions: tuple[Session, ...] = ()
    """Those that led to the start, oldest first."""
    replay: tuple[Example, ...] = ()
    """Their rows."""
    weights: Any = None
    """The loaded base; let go before the result is loaded, so that two models are never in memory at once."""


def train(request: Request, *, home: str | None, dry_run: bool = False) -> Work[Trained | Quoted]:
    """Train a version and judge it against where it started. Raises BurnishError; whatever was saved can be resumed."""
    registry = open_registry(home, make=True)
    road = yield from _plan(request, registry, home)
    broken_off = None if dry_run else begun(registry, _asked(road))
    if broken_off:
        yield Said(text=f"going on with run {broken_off}, which the same words began")
        return (yield from resume(broken_off, home=home))
    _trained_weights(road)
    yield Said(text="timing one step on this machine")
    road.planned = replace(road.planned, plan=planning.measure(road.planned, road.weights))
    yield from _said_plan(road.planned)
    yield from said_offer(road.planned.plan, road.planned.profile.rows)
    yield from said_limits(request.recipe.gates, road.planned.plan.quote)
    if dry_run:
        return Quoted(planned=road.planned)
    road.run_id, road.folder = registry.new_run()
    with registry.training(road.run_id):
        _write_start(road)
        return (yield from _drive(road))


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
    road = yield from _plan(request, registry, home)
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
    road.run_id, road.folder = run_id, folder
    with registry.training(run_id):
        return (yield from _drive(road))


def _unfinished(registry: Registry, reference: str) -> tuple[str, Path]:
    waiting = registry.unfinished()
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


def _plan(request: Request, registry: Registry, home: str | None) -> Work[_Road]:
    began = time.monotonic()
    start = yield from starting(request.start, request.model, registry, home)
    planned = yield from planning.make(Path(request.data), start.model, request.recipe, home=registry.home, past=start.past)
    road = _Road(request=request, registry=registry, planned=planned, began=began, start=start.opened, sessions=start.sessions)
    road.replay, refused = replay_examples(start.sessions, planned.opened.chat, planned.plan.max_length)
    if refused:
        yield Said(text=f"{refused} earlier rows are longer than {planned.plan.max_length} tokens and not replayed", level="warn")
    overlap = _overlap(road)
    yield from said_overlap(overlap)
    suites = overlap.suites
    check_gates(request.recipe.gates, suites)
    if planned.plan.folds:
        make_folds(planned.prepared, planned.plan, suites.get(HELD_OUT, ()))  # refused now, where it would be refused later
    return road


def _said_plan(planned: planning.Planned) -> Work[None]:
    yield settings_table(planned.plan)
    yield Shown(title="where the rows go", columns=("", "rows", "share", "tokens"), rows=ledger_lines(planned.prepared.ledger))
    yield said_quote(planned.plan)


def _write_start(road: _Road) -> None:
    """Write what a resume and the sessions to come need, before anything is spent."""
    planned = road.planned
    own = {name: tasks for name, tasks in _suites(road).items() if not (planned.plan.folds and name == HELD_OUT)}
    keep_session(road.folder, planned.prepared, own)
    durable.write_text(road.folder / "recipe.toml", recipe_toml(road.request.recipe))
    durable.write_json(road.folder / "plan.json", to_json(planned.plan))
    durable.write_json(
        road.folder / "ledger.json", {**planned.prepared.ledger.summary(), "entries": to_json(planned.prepared.ledger.entries)}
    )
    durable.write_json(road.folder / "request.json", _asked(road))  # last: a run that has it has all that a resume needs


def _asked(road: _Road) -> dict[str, Any]:
    """Return what was asked for, and of which rows, base and version: the same again goes on with a run that was broken off."""
    return {
        **road.request.to_json(),
        "start": road.start.label if road.start is not None else "base",
        "data_hash": road.planned.profile.data_hash,
        "base_hash": road.planned.opened.source.weights_hash,
    }


def _drive(road: _Road) -> Work[Trained]:
    """Judge the start, train, judge the result, and register it."""
    try:
        with stop_requests() as should_stop:
            before = yield from _before(road, should_stop)
            for fold in _folds(road):
                yield from _judge_fold(road, fold, should_stop)
            finished = yield from _train(road, should_stop)
            _let_go(road)
            after = yield from _after(road, should_stop)
    except EndpointError as error:
        way = f"{error.remedy}; go on with: burnish train --resume {road.run_id}"
        raise EndpointError(error.what, seen=error.seen, remedy=way) from None
    except BurnishError as error:
        if not error.remedy or "--resume" not in error.remedy:
            raise
        raise type(error)(
            error.what, seen=error.seen, remedy=f"nothing is lost; go on with: burnish train --resume {road.run_id}"
        ) from None
    return (yield from _register(road, before, after, finished))


def _suites(road: _Road) -> dict[str, tuple[Task, ...]]:
    return _overlap(road).suites


def _overlap(road: _Road) -> Overlap:
    """Return the suites to judge by, without what the rows teach."""
    prepared = road.planned.prepared
    asked = prepared.train_rows if road.planned.plan.folds else prepared.held_out_rows
    gathered = gather_suites(gate_suites(road.request.recipe.gates, road.request.suites), asked)
    earlier = [row for one in road.sessions for row in one.trained]
    return without_trained(gathered, [*prepared.train_rows, *earlier])


def _let_go(road: _Road) -> None:
    """Let the loaded model go, so that two are never in memory at once."""
    road.weights = None
    gc.collect()


def _folds(road: _Road) -> tuple[Fold, ...]:
    """Return the folds to judge by; none where none were asked for."""
    planned = road.planned
    return make_folds(planned.prepared, planned.plan, _suites(road).get(HELD_OUT, ())) if planned.plan.folds else ()


def _judge_fold(road: _Road, fold: Fold, should_stop: Callable[[], bool]) -> Work[EvalReport | None]:
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
    yield from _train(road, should_stop, folder, fold.train)
    _let_go(road)
    opened = replace(road.planned.opened, label=road.run_id, adapter=folder / "adapter")
    weights = load_weights(opened, dtype=road.planned.plan.dtype)
    suite = {HELD_OUT: fold.tasks}
    report = yield from judge(
        lambda: (weights, opened.chat), road.run_id, suite, stage=f"{name} answering", should_stop=should_stop
    )
    durable.write_json(saved, to_json(report))
    return report


def _trained_weights(road: _Road) -> Any:
    """Return the model that the adapter is trained on: the base, with the earlier sessions merged in where the plan says so."""
    if road.weights is None:
        road.weights = load_weights(road.planned.opened, dtype=road.planned.plan.dtype)
        if road.planned.plan.strategy == "merge" and road.start is not None and road.start.adapter is not None:
            merge(road.weights, read_saved(road.start.adapter))
    return road.weights


def _start_weights(road: _Road) -> Any:
    """Return the model where the training starts: the base that is loaded, or the version it continues from in its place."""
    if road.start is None:
        return _trained_weights(road)
    _let_go(road)
    return load_weights(road.start, dtype=road.planned.plan.dtype)


def _base_weights(road: _Road) -> Any:
    """Return the base itself, without any session."""
    if road.planned.plan.strategy != "merge":
        return _trained_weights(road)
    _let_go(road)
    return load_weights(road.planned.opened, dtype=road.planned.plan.dtype)


def _before(road: _Road, should_stop: Callable[[], bool]) -> Work[EvalReport | None]:
    """Judge where the training starts: the base, or the version it continues from."""
    saved = road.folder / "before.json"
    if saved.exists():
        return from_json(EvalReport, durable_json(saved))
    probes = road.folder / "before_probes.json"
    suites = _suites(road)
    if not suites and probes.exists():
        return None
    yield Said(text="before: the model answers the questions it will be judged on", level="head")
    weights = _start_weights(road)
    label = road.start.label if road.start is not None else "base"
    yield from probe(
        probes,
        weights,
        label,
        road.planned.opened.chat,
        extra_questions(road.planned),
        stage="asking before",
        should_stop=should_stop,
    )
    yield from _base_answers(road, weights, suites, should_stop)
    if not suites:
        return None
    kept = kept_answers(road.start or road.planned.opened, road.planned.plan.dtype, road.registry.home)
    chat = road.planned.opened.chat
    report = yield from judge(
        lambda: (weights, chat), label, suites, stage="answering before", should_stop=should_stop, kept=kept
    )
    durable.write_json(saved, to_json(report))
    return report


def _base_answers(
    road: _Road, weights: Any, suites: Mapping[str, tuple[Task, ...]], should_stop: Callable[[], bool]
) -> Work[None]:
    """Let the base answer this session's questions and the general probes: what transfer and drift are measured from.

    The probes are answered once a chain; `weights` are the start's, of which the adapter is taken off meanwhile.
    """
    if road.start is None:
        return
    asked = {name: tasks for name, tasks in suites.items() if name not in SHIPPED}
    known = base_general(road.registry, road.sessions)
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


def _train(
    road: _Road, should_stop: Callable[[], bool], folder: Path | None = None, rows: tuple[Example, ...] | None = None
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
        road.folder, road.planned.plan.anchor, road.planned.opened.chat, lambda: _base_weights(road)
    )
    job = Job(
        model=_trained_weights(road),
        plan=road.planned.plan,
        train=(road.planned.prepared.train if rows is None else rows) + anchors,
        held_out=road.planned.prepared.held_out,
        pad_id=road.planned.opened.chat.pad_id,
        folder=folder,
        base_name=road.planned.opened.label,
        resume=True,
        should_stop=should_stop,
        init_adapter=road.start.adapter if road.start is not None else None,
        replay=road.replay,
    )
    pace = Pace()
    for event in loop(job):
        durable.append_line(folder / "events.jsonl", line(event))
        yield from pace.told(event)
        if isinstance(event, Stopped):
            raise TrainError(f"stopped after step {event.step}: {event.reason}", remedy="--resume")
        if isinstance(event, Finished):
            durable.write_json(done, to_json(event))
            return event
    raise AssertionError("the loop ends with Finished or Stopped")


def _after(road: _Road, should_stop: Callable[[], bool]) -> Work[EvalReport | None]:
    """Judge what lies on the disk, not what is in memory: the adapter is loaded again from its folder."""
    saved = road.folder / "after.json"
    if saved.exists():
        return from_json(EvalReport, durable_json(saved))
    probes = road.folder / "after_probes.json"
    suites = {**_suites(road), **_kept_suites(road)}
    if not suites and probes.exists():
        return None
    own = suites.pop(HELD_OUT, ()) if road.planned.plan.folds else ()
    yield Said(text="after: the trained version answers the same questions", level="head")
    opened = replace(road.planned.opened, label=road.run_id, adapter=road.folder / "adapter")
    weights = load_weights(opened, dtype=road.planned.plan.dtype)
    yield from probe(
        probes, weights, road.run_id, opened.chat, extra_questions(road.planned), stage="asking after", should_stop=should_stop
    )
    if not suites:
        return _with_folds(road, EvalReport(model=road.run_id, suites={}), own) if own else None
    kept = kept_answers(opened, road.planned.plan.dtype, road.registry.home)
    report = yield from judge(
        lambda: (weights, opened.chat), road.run_id, suites, stage="answering after", should_stop=should_stop, kept=kept
    )
    return _with_folds(road, report, own)


def _kept_suites(road: _Road) -> dict[str, tuple[Task, ...]]:
    """Return what a version that continues another is asked beside its own questions: the earlier ones, and the general probes."""
    return {**suites_of(road.sessions), **gather_suites((GENERAL,))} if road.sessions else {}


def _with_folds(road: _Road, report: EvalReport, own: Sequence[Task]) -> EvalReport:
    """Return the report with the answers of all folds as one suite, and keep it."""
    if own:
        answered = [from_json(EvalReport, durable_json(path)) for path in sorted((road.folder / "folds").glob("*/after.json"))]
        report = replace(report, suites={HELD_OUT: pooled(answered, own), **report.suites})
    durable.write_json(road.folder / "after.json", to_json(report))
    return report


def _register(road: _Road, before: EvalReport | None, after: EvalReport | None, finished: Finished) -> Work[Trained]:
    kept = _retention(road, after)
    if kept is not None and after is not None:
        durable.write_json(road.folder / "retention.json", to_json(kept))
        after = replace(after, suites={name: after.suites[name] for name in _suites(road) if name in after.suites})
        after = after if after.suites else None
    comparison = compare(before, after) if before is not None and after is not None else None
    if comparison is not None:
        notes = [*_overlap(road).notes(), *([folds_note(road.planned.plan)] if road.planned.plan.folds else [])]
        comparison = replace(comparison, notes=(*notes, *comparison.notes))
        durable.write_json(road.folder / NOTES, notes)
    questions = questions_answered(road.planned, road.folder, (before, after), comparison)
    run = _gated(road, _run_record(road, comparison, finished, questions), comparison, finished)
    run = replace(run, retention=kept.verdict if kept is not None else "")
    paths = _reports(road, (before, after), comparison, run, finished, questions)
    for spent in ("checkpoints", "folds"):
        durable.remove_folder(road.folder / spent)
    road.registry.add(run)
    promoted, reason = _promotion(road, run, questions, kept)
    if promoted:
        road.registry.promote(run.id, reason)
    yield from said_retention(kept)
    yield from said_questions(questions)
    yield from said_verdict(run, comparison, promoted, reason)
    yield from said_gates(run.gates, run.decision)
    return Trained(
        run=run,
        folder=road.folder,
        comparison=comparison,
        promoted=promoted,
        promotion_reason=reason,
        closed=closed(run.gates),
        adapter=road.folder / "adapter",
        report=paths.get("report.html"),
        before_after=paths.get("before_after.md"),
    )


def _retention(road: _Road, after: EvalReport | None) -> Retention | None:
    """Return what was kept of earlier sessions and of the base; None where there is no earlier session."""
    if not road.sessions or after is None:
        return None
    base = read_base(road.folder)
    general = None
    if base is not None and GENERAL in base.suites and GENERAL in after.suites:
        general = (base.suites[GENERAL].answers, after.suites[GENERAL].answers)
    return retention(asked_again(road.sessions, after), general, road.planned.plan.margin)


def _promotion(road: _Road, run: Run, questions: Questions | None, kept: Retention | None) -> tuple[bool, str]:
    if not road.request.promote:
        return False, "you asked for --no-promote"
    if questions is not None and questions.thinking is not None and questions.thinking.verdict == "broken":
        return False, f"the thinking mode is broken: {questions.thinking.reason}"
    if run.verdict == "worse":
        return False, "the verdict is worse than where it started"
    if kept is not None and kept.verdict == FORGOT:
        return False, f"it forgot: {kept.reason}"
    if not all(gate.met for gate in run.gates):
        return False, closed(run.gates)
    return True, f"verdict: {run.verdict}"


def _gated(road: _Road, run: Run, comparison: Comparison | None, finished: Finished) -> Run:
    """Return the run with what came of the project's gates."""
    used = {"peak_bytes": float(run.peak_bytes), "train_seconds": run.train_seconds, "wall_seconds": run.wall_seconds}
    planned = road.planned
    evidence = Evidence(
        plan=planned.plan,
        profile=planned.profile,
        machine=planned.machine,
        shape=planned.shape,
        epoch_kept=finished.epoch_kept,
        held_out_losses=tuple(loss for _, loss in losses_of(road.folder / "events.jsonl")[1]),
        used=used,
    )
    gates, decision = judge_gates(road.request.recipe.gates, comparison, used, own=HELD_OUT, advise=evidence.advice)
    return replace(run, gates=gates, decision=decision)


def _run_record(road: _Road, comparison: Comparison | None, finished: Finished, questions: Questions | None) -> Run:
    from burnish.machine.memory import peak_bytes

    planned = road.planned
    return Run(
        id=road.run_id,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        parents=(road.start.label,) if road.start is not None else (),
        method=planned.plan.method,
        base_model=planned.opened.label,
        base_hash=planned.opened.source.weights_hash,
        data_files=(str(road.request.data),),
        data_hash=planned.profile.data_hash,
        adapter_hash=finished.adapter_hash,
        rows=len(planned.prepared.train),
        steps=finished.steps,
        tokens=finished.tokens,
        supervised_tokens=finished.supervised_tokens,
        loss_first=finished.loss_first,
        loss_last=finished.loss_last,
        train_seconds=finished.seconds + _fold_seconds(road),
        wall_seconds=time.monotonic() - road.began,
        peak_bytes=peak_bytes(),
        tokens_per_second=finished.tokens_per_second,
        trainable_parameters=planned.shape.adapter_parameters(planned.plan.lora_rank, planned.plan.lora_targets),
        verdict=_verdict(comparison, questions),
        scores=_scores(comparison),
        ledger=planned.prepared.ledger.summary(),
        environment=environment(planned.machine, planned.plan),
    )


def _fold_seconds(road: _Road) -> float:
    """Return the seconds that the trainings of the folds took: they are part of what the run cost, as of what was quoted."""
    return sum(float(durable_json(path)["seconds"]) for path in (road.folder / "folds").glob("*/finished.json"))


def _verdict(comparison: Comparison | None, questions: Questions | None) -> str:
    """Return the run's verdict: that of the comparison, and "worse" where a thinking mode that was kept is broken now."""
    if questions is not None and newly_broken(questions.thinking):
        return "worse"
    return comparison.verdict if comparison is not None else "not judged"


def _scores(comparison: Comparison | None) -> dict[str, Any]:
    if comparison is None:
        return {}
    return {name: to_json(suite) for name, suite in comparison.suites.items()}


def _reports(
    road: _Road,
    reports: tuple[EvalReport | None, EvalReport | None],
    comparison: Comparison | None,
    run: Run,
    finished: Finished,
    questions: Questions | None,
) -> dict[str, Path]:
    from burnish.evaluate.report import ReportInput, write_reports
    from burnish.evaluate.report_input import GateLine

    losses, held_out = losses_of(road.folder / "events.jsonl")
    plan: Plan = road.planned.plan
    return write_reports(
        road.folder,
        ReportInput(
            title=Path(road.request.data).name,
            run_id=run.id,
            comparison=comparison,
            before=reports[0],
            after=reports[1],
            questions=questions,
            gates=tuple(GateLine(name=one.name, line=f"{one.rule}: {one.seen}", passed=one.met) for one in run.gates),
            ledger=road.planned.prepared.ledger,
            plan=plan,
            losses=losses,
            held_out=held_out,
            environment=run.environment,
            kept=finished.reason,
            train_seconds=run.train_seconds,
            wall_seconds=run.wall_seconds,
            peak_bytes=run.peak_bytes,
            next_steps=next_steps(run),
            notes=comparison.notes if comparison is not None else (),
        ),
    )
