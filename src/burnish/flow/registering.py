"""The end of a training: what the answers say, the version with its reports, whether it goes live, and what a person is told."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.evaluate.compare import compare
from burnish.evaluate.gates import judge_gates
from burnish.evaluate.retention import retention
from burnish.evaluate.thinking import newly_broken
from burnish.flow.adjust import Evidence
from burnish.flow.alike import as_then
from burnish.flow.broken import broken_version
from burnish.flow.environment import environment
from burnish.flow.events import Work
from burnish.flow.folds import folds_note
from burnish.flow.gating import closed, said_gates
from burnish.flow.judging import HELD_OUT
from burnish.flow.probing import questions_answered
from burnish.flow.road import Road, overlap_of, suites_asked
from burnish.flow.rows_measured import carried_of
from burnish.flow.run_files import NOTES, durable_json
from burnish.flow.sessions import GENERAL, asked_again, read_base
from burnish.flow.taught import facts_verdict, not_learned, parts_of, taught_of
from burnish.flow.telling import losses_of, next_steps, said_carried, said_questions, said_retention, said_verdict
from burnish.model.source import lasting
from burnish.records.codec import to_json
from burnish.records.report import EvalReport
from burnish.records.retention import FORGOT
from burnish.records.run import Run
from burnish.records.taught import headline

if TYPE_CHECKING:
    from burnish.flow.broken import Broken
    from burnish.records.carried import RowsMeasured
    from burnish.records.plan import Plan
    from burnish.records.questions import Questions
    from burnish.records.report import Comparison
    from burnish.records.retention import Retention
    from burnish.records.taught import Taught, VerdictPart
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


def register(road: Road, before: EvalReport | None, after: EvalReport | None, finished: Finished) -> Work[Trained]:
    """Make the run a version, decide whether it goes live, and tell it all; typed again after a kill, whatever of it is missing."""
    found = _found(road, before, after, finished)
    made = road.run_id in road.registry.versions()  # a kill may come after this and before all is told
    run = road.registry.get(road.run_id) if made else _sealed(road, found, finished)
    promoted, reason = _promotion(road, run, found)
    if promoted and road.registry.live != run.id:
        road.registry.promote(run.id, reason)
    yield from said_retention(found.kept)
    yield from said_questions(found.questions)
    yield from said_verdict(run, found.comparison, promoted, reason)
    yield from said_carried(found.carried)
    yield from said_gates(run.gates, run.decision)
    road.registry.told(run.id)
    report, side_by_side = (road.folder / name for name in ("report.html", "before_after.md"))
    return Trained(
        run=run,
        folder=road.folder,
        comparison=found.comparison,
        promoted=promoted,
        promotion_reason=reason,
        closed=closed(run.gates),
        adapter=road.folder / "adapter",
        report=report if report.exists() else None,
        before_after=side_by_side if side_by_side.exists() else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the answers before and after say."""

    before: EvalReport | None
    after: EvalReport | None
    """On this session's own suites."""
    comparison: Comparison | None
    notes: tuple[str, ...]
    """What the comparison must be read with."""
    questions: Questions | None
    kept: Retention | None
    broken: Broken | None
    taught: Taught | None
    """What it knows of the facts that its rows state; None where they are not about facts."""
    parts: tuple[VerdictPart, ...]
    carried: RowsMeasured | None
    """What the rows that it carries do for it; None where it carries none."""


def _found(road: Road, before: EvalReport | None, after: EvalReport | None, finished: Finished) -> _Found:
    """Return what the answers say; nothing is written."""
    kept = _retention(road, after)
    if kept is not None and after is not None:
        own = {name: after.suites[name] for name in suites_asked(road) if name in after.suites}
        shown = {name: after.shown[name] for name in suites_asked(road) if name in after.shown}
        after = replace(after, suites=own, shown=shown) if own or shown else None
    scored = before is not None and after is not None and bool(before.suites)
    comparison = compare(before, after) if scored and before is not None and after is not None else None
    notes: tuple[str, ...] = ()
    if comparison is not None:
        notes = (*overlap_of(road).notes(), *([folds_note(road.planned.plan)] if road.planned.plan.folds else []))
        comparison = replace(comparison, notes=(*notes, *comparison.notes))
    questions = questions_answered(road.planned, road.folder, (before, after), comparison)
    broken = broken_version(road.planned, road.folder, (before, after), finished)
    taught = taught_of(road.planned, (before, after), questions)
    return _Found(
        before=before,
        after=after,
        comparison=comparison,
        notes=notes,
        questions=questions,
        kept=kept,
        broken=broken,
        taught=taught,
        parts=parts_of(taught, comparison),
        carried=carried_of(road),
    )


def _sealed(road: Road, found: _Found, finished: Finished) -> Run:
    """Write the reports and make the run a version."""
    if found.kept is not None:
        durable.write_json(road.folder / "retention.json", to_json(found.kept))
    if found.comparison is not None:
        durable.write_json(road.folder / NOTES, list(found.notes))
    if found.carried is not None:
        durable.write_json(road.folder / "carried.json", to_json(found.carried))
    if found.taught is not None:
        durable.write_json(road.folder / "taught.json", to_json(found.taught))
    run = _gated(road, _run_record(road, found, finished), found, finished)
    run = replace(run, retention=found.kept.verdict if found.kept is not None else "")
    _reports(road, found, run, finished)
    for spent in ("checkpoints", "folds"):
        durable.remove_folder(road.folder / spent)
    road.registry.add(run)
    return run


def _retention(road: Road, after: EvalReport | None) -> Retention | None:
    """Return what was kept of earlier sessions and of the base; None where there is no earlier session."""
    if not road.sessions or after is None:
        return None
    base = read_base(road.folder)
    general = None
    if base is not None and GENERAL in base.suites and GENERAL in after.suites:
        general = (base.suites[GENERAL].answers, after.suites[GENERAL].answers)
    return retention(asked_again(as_then(road.folder, road.sessions), after), general, road.planned.plan.margin)


def _promotion(road: Road, run: Run, found: _Found) -> tuple[bool, str]:
    """Return whether the version goes live, and why, or what keeps it from that."""
    against = _against(road, run, found)
    return not against, against or f"verdict: {run.verdict}"


def _against(road: Road, run: Run, found: _Found) -> str:
    """Return what keeps a version from going live, the gravest first; empty where nothing does."""
    thinking = found.questions.thinking if found.questions is not None else None
    reasons = (
        f"it is broken: {run.broken}" if run.broken else "",
        "you asked for --no-promote" if not road.request.promote else "",
        f"the thinking mode is broken: {thinking.reason}" if thinking is not None and thinking.verdict == "broken" else "",
        "the verdict is worse than where it started" if run.verdict == "worse" else "",
        f"it forgot: {found.kept.reason}" if found.kept is not None and found.kept.verdict == FORGOT else "",
        not_learned(run.parts),
        _start_was_best(road, run) if run.verdict != "better" else "",
        closed(run.gates),
    )
    return next((reason for reason in reasons if reason), "")


def _start_was_best(road: Road, run: Run) -> str:
    """Return what says that the best epoch is the start itself, where the plan goes by the held-out loss; else nothing."""
    start, kept = run.loss_start, run.loss_kept
    if road.planned.plan.keep != "best" or run.loss_rows != "held-out" or start is None or kept is None or kept < start:
        return ""
    return f"no epoch had a lower held-out loss than the start ({start:.3f}; the lowest after was {kept:.3f}), nor are the answers shown to be better"


def _gated(road: Road, run: Run, found: _Found, finished: Finished) -> Run:
    """Return the run with what came of the project's gates."""
    used = {"peak_bytes": float(run.peak_bytes), "train_seconds": run.train_seconds, "wall_seconds": run.wall_seconds}
    planned = road.planned
    evidence = Evidence(
        plan=planned.plan,
        profile=planned.profile,
        machine=planned.machine,
        shape=planned.shape,
        epoch_kept=finished.epoch_kept,
        held_out_losses=tuple(loss for step, loss in losses_of(road.folder / "events.jsonl")[1] if step),
        used=used,
    )
    gates, decision = judge_gates(
        road.request.recipe.gates, found.comparison, used, own=HELD_OUT, advise=evidence.advice, questions=found.questions
    )
    return replace(run, gates=gates, decision=decision)


def _run_record(road: Road, found: _Found, finished: Finished) -> Run:
    from burnish.machine.memory import peak_bytes

    planned = road.planned
    return Run(
        id=road.run_id,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        parents=(road.start.label,) if road.start is not None else (),
        method=planned.plan.method,
        base_model=lasting(planned.opened.label),
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
        base_parameters=planned.shape.parameters,
        verdict=_verdict(found),
        scores=_scores(found.comparison),
        ledger=planned.prepared.ledger.summary(),
        environment=environment(planned.machine, planned.plan),
        loss_epochs=finished.loss_epochs,
        loss_start=finished.loss_start,
        loss_kept=finished.loss_kept,
        loss_rows=finished.loss_rows,
        parts=found.parts,
        memory=_memory(found.carried),
        broken=found.broken.reason if found.broken is not None else "",
        broken_remedy=found.broken.remedy if found.broken is not None else "",
    )


def _memory(carried: RowsMeasured | None) -> dict[str, Any]:
    return {**to_json(carried), "invented": carried.invented} if carried is not None else {}


def _fold_seconds(road: Road) -> float:
    """Return the seconds that the trainings of the folds took: they are part of what the run cost, as of what was quoted."""
    return sum(float(durable_json(path)["seconds"]) for path in (road.folder / "folds").glob("*/finished.json"))


def _verdict(found: _Found) -> str:
    """Return the run's verdict: that of the comparison; "worse" for a broken version, or where a thinking mode that was kept is broken."""
    if found.broken is not None or (found.questions is not None and newly_broken(found.questions.thinking)):
        return "worse"
    if found.taught is not None:
        return facts_verdict(found.taught, found.parts, found.comparison)
    return found.comparison.verdict if found.comparison is not None else "not judged"


def _scores(comparison: Comparison | None) -> dict[str, Any]:
    if comparison is None:
        return {}
    return {name: to_json(suite) for name, suite in comparison.suites.items()}


def _reports(road: Road, found: _Found, run: Run, finished: Finished) -> None:
    from burnish.evaluate.report import ReportInput, write_reports
    from burnish.evaluate.report_input import GateLine

    losses, held_out = losses_of(road.folder / "events.jsonl")
    plan: Plan = road.planned.plan
    write_reports(
        road.folder,
        ReportInput(
            title=Path(road.request.data).name,
            run_id=run.id,
            comparison=found.comparison,
            before=found.before,
            after=found.after,
            questions=found.questions,
            broken=run.broken,
            taught=found.taught,
            carried=found.carried,
            facts_verdict=run.verdict if found.taught is not None else "",
            facts_sentence=headline(run.parts),
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
            notes=(*(found.comparison.notes if found.comparison is not None else ()), *_kept_notes(found.kept)),
        ),
    )


def _kept_notes(kept: Retention | None) -> list[str]:
    """Return what the reports say of earlier sessions: the verdict, and each question that was lost."""
    if kept is None:
        return []
    lost = [f"lost ({one.session}): {one.prompt!r}: then {one.then!r}, now {one.now!r}" for one in kept.lost]
    each = [f"{one.name}: {one.words(kept.margin)}" for one in kept.sessions if one.change is not None]
    return [f"earlier sessions: {kept.verdict}: {kept.reason}", *each, *lost]
