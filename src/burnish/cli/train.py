"""`burnish train DATA`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from burnish.cli.events import follow
from burnish.cli.options import Column, Debug, Holdout, Home, Json, Model, Recipe, Set, Start, Suite, at, columns_of
from burnish.cli.show import Screen, screen

AS_BEGUN = ("model", "method", "start", "recipe", "set_", "suite", "holdout", "column", "folds", "memory", "promote")
"""What a run that has begun was told already, and what a second try takes from the first."""


def train(
    context: typer.Context,
    data: Annotated[Path | None, typer.Argument(help="A JSONL or JSON file of rows.", show_default=False)] = None,
    model: Model = None,
    method: Annotated[str | None, typer.Option("--method", help="How to train: sft.")] = None,
    start: Start = None,
    recipe: Recipe = None,
    set_: Set = None,
    suite: Suite = None,
    holdout: Holdout = None,
    column: Column = None,
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds", min=2, max=20, help="Judge every row, in K trainings on the rest; then train on all rows. For few rows."
        ),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(
            "--memory", min=0, max=20, help="Carry the rows: put the K nearest before each question. 1 is best for small models."
        ),
    ] = None,
    promote: Annotated[bool, typer.Option("--promote/--no-promote", help="Make the new version live unless it is worse.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Plan, time a step and quote; train nothing.")] = False,
    resume: Annotated[str | None, typer.Option("--resume", help="Go on with an unfinished run: its id, or last.")] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Train again what forgot earlier sessions, with more replay or a lower rate.")
    ] = False,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Train a version on your rows, judge it before and after, and make it live unless it is worse or forgot."""
    if sum((data is not None, resume is not None, retry)) != 1:
        raise typer.BadParameter("name a file of rows, or a run with --resume, or --retry")
    if data is None:
        _as_begun(context, resumed=resume is not None)
    columns = columns_of(column)
    with screen(as_json=json, debug=debug) as out:
        from burnish.cli.plan import show_planned
        from burnish.flow.recipes import chosen_recipe
        from burnish.flow.request import Request
        from burnish.flow.train import Trained, resume as resume_work, retry as retry_work, train as work

        if resume is not None:
            result: Any = follow(out, resume_work(resume, home=home))
        elif retry:
            result = follow(out, retry_work(home=home, dry_run=dry_run))
        else:
            settings = [
                *(set_ or ()),
                *([f"train.method={method}"] if method else []),
                *([f"data.folds={folds}"] if folds else []),
                *([f"memory.k={memory}"] if memory is not None else []),
            ]
            request = Request(
                data=str(Path(data or "").resolve()),
                model=model,
                recipe=chosen_recipe(recipe, settings),
                start=start,
                suites=tuple(str(Path(s).resolve()) if Path(s).exists() else s for s in suite or ()),
                promote=promote,
                holdout=str(holdout.resolve()) if holdout else None,
                columns=columns,
            )
            result = follow(out, work(request, home=home, dry_run=dry_run))
        if isinstance(result, Trained):
            show_trained(out, result, home)
            broken_version(out, result)
            closed_gates(out, result)
        else:
            show_planned(out, result.planned, tables=False)


def _as_begun(context: typer.Context, *, resumed: bool) -> None:
    """Raise BadParameter where more is asked of a run than it was begun with: to pass it over in silence would do something else."""
    fixed = {*AS_BEGUN, "dry_run"} if resumed else {*AS_BEGUN}
    typed = [
        "/".join((option.opts[0], *option.secondary_opts))
        for option in context.command.params
        if option.name in fixed and getattr(context.get_parameter_source(option.name), "name", "") == "COMMANDLINE"
    ]
    if typed:
        way = "--resume goes on with a run as it was begun" if resumed else "--retry tries a run again as it was begun"
        raise typer.BadParameter(f"{way}: leave out {', '.join(typed)}, or name the rows for a new run")


def show_trained(out: Screen, trained: Any, home: str | None = None) -> None:
    """Say where everything lies, for people and for programs."""
    if trained.before_after is not None:
        out.say(f"answers side by side: {trained.before_after}")
        out.say(f"report:               {trained.report}")
        out.say(
            " | ".join(f"{each}{at(home)}" for each in ("next: burnish chat", "burnish log", "burnish train MORE_ROWS.jsonl"))
        )
    out.answer(trained_json(trained))


def closed_gates(out: Screen, trained: Any) -> None:
    """Leave with exit code 1 and one block where a gate is closed: the version is kept, and `live` stays where it was."""
    if not trained.closed:
        return
    out.fail(
        f"{trained.run.decision}: version {trained.run.id} is kept, but a gate of this project is closed",
        seen=trained.closed,
        remedy="; ".join(f"{one.name}: {one.advice}" for one in trained.run.gates if one.advice)
        or f"read the answers, or make it live all the same: burnish promote {trained.run.id}",
    )


def broken_version(out: Screen, trained: Any) -> None:
    """Leave with exit code 1 and one block where the version is broken: it is kept to be looked at, and `live` stays where it was."""
    run = trained.run
    if run.broken:
        out.fail(f"version {run.id} is broken, and not made live", seen=run.broken, remedy=run.broken_remedy)


def trained_json(trained: Any) -> dict[str, Any]:
    """Return the keys that `train --json` promises."""
    run = trained.run
    return {
        "run": str(trained.folder),
        "version": run.id,
        "parents": list(run.parents),
        "steps": run.steps,
        "rows": run.rows,
        "tokens": run.tokens,
        "supervised_tokens": run.supervised_tokens,
        "tokens_per_second": run.tokens_per_second,
        "train_seconds": run.train_seconds,
        "wall_seconds": run.wall_seconds,
        "peak_bytes": run.peak_bytes,
        "loss_first": run.loss_first,
        "loss_last": run.loss_last,
        "loss_epochs": list(run.loss_epochs),
        "loss_start": run.loss_start,
        "loss_kept": run.loss_kept,
        "loss_rows": run.loss_rows or None,
        "adapter": str(trained.adapter),
        "adapter_hash": run.adapter_hash,
        "trainable_parameters": run.trainable_parameters,
        "ledger": dict(run.ledger),
        "verdict": run.verdict,
        "memory": dict(run.memory) or None,
        "parts": [
            {
                "name": one.name,
                "verdict": one.verdict,
                "before": one.before,
                "after": one.after,
                "low": one.low,
                "high": one.high,
                "n": one.n,
            }
            for one in run.parts
        ],
        "broken": run.broken or None,
        "scores": dict(run.scores),
        "retention": run.retention or None,
        "live": trained.promoted,
        "reason": trained.promotion_reason,
        "gates": [
            {"name": one.name, "rule": one.rule, "status": one.status, "seen": one.seen, "advice": one.advice}
            for one in trained.run.gates
        ],
        "decision": trained.run.decision or None,
        "report": str(trained.report) if trained.report else None,
        "before_after": str(trained.before_after) if trained.before_after else None,
    }
