"""From a file and a recipe to a plan with a measured quote: what `plan` shows and `train` does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.data.read import read_rows
from burnish.flow.events import Said, Work
from burnish.flow.holdout import asks_all, with_holdout
from burnish.flow.project import Opened, open_base
from burnish.flow.rowless import said_rowless
from burnish.flow.rows import Prepared, Tokenised, prepare, profile_of, refused_rows, said_refusals, said_unused, tokenise
from burnish.flow.speeds import this_machine
from burnish.flow.timed import keep_timing, kept_timing, timing_key
from burnish.plan.make import follow_steps, make_plan
from burnish.plan.quote import StepTiming, check_fits, make_quote
from burnish.plan.sessions import FRESH
from burnish.records.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from burnish.records.machine import Machine
    from burnish.records.model import ModelShape
    from burnish.records.past import Past
    from burnish.records.plan import Plan
    from burnish.records.profile import DataProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """All that is known before anything is spent."""

    opened: Opened
    tokenised: Tokenised
    prepared: Prepared
    profile: DataProfile
    machine: Machine
    shape: ModelShape
    plan: Plan


def make(
    path: Path,
    model: str | None,
    recipe: Recipe,
    *,
    home: Path,
    past: Past | None = None,
    holdout: Path | None = None,
    columns: Mapping[str, str] | None = None,
    moment: datetime | None = None,
) -> Work[Planned]:
    """Read, tokenise, probe, plan and split. The quote is reckoned, not measured yet (see `measure`).

    `past`: the version that the run continues from. `holdout`: a fixed test set. `columns`: which key holds what, where names do not tell.
    `moment`: when the run began, where it is taken up again.
    """
    from burnish.model.shape import read_shape

    read, fixed = read_rows(path, columns=columns), None
    if holdout is not None:
        read, fixed = yield from with_holdout(read, path, holdout, columns)
    opened = yield from open_base(model or recipe.get("model.name"), moment=moment)
    yield from said_rowless(opened)
    tokenised = replace((yield from tokenise(read, opened.chat)), fixed=fixed)
    profile = profile_of(tokenised, path)  # where no row is left, this tells why, once
    yield from said_refusals(refused_rows(tokenised), path, len(tokenised.usable))
    yield from said_unused(read, path)
    machine = this_machine(home)
    shape = read_shape(opened.source.folder)
    if fixed is not None:
        recipe = asks_all(recipe, sum(map(fixed.named, tokenised.usable)), fixed)
    plan = make_plan(recipe, profile, machine, shape, opened.label, past)
    if fixed is not None:
        plan = replace(plan, reasons={**plan.reasons, "data.holdout": f"the rows of {fixed.path}, as they are"})
    if plan.strategy == FRESH and recipe.get("session.strategy") is not None:
        yield Said(text=f"session.strategy: {plan.reasons['session.strategy']}")
    prepared = prepare(tokenised, opened.chat, plan)
    if prepared.split_reason:
        yield Said(text=prepared.split_reason)
    held = len(prepared.held_out)
    if held != plan.holdout:
        plan = replace(plan, holdout=held, reasons={**plan.reasons, "data.holdout": prepared.split_reason})
        plan = follow_steps(plan, profile.rows)
    quote = make_quote(plan, shape, profile, None, machine)
    check_fits(plan, quote, machine, shape)  # what cannot fit is refused before the weights are even loaded
    return Planned(
        opened=opened,
        tokenised=tokenised,
        prepared=prepared,
        profile=profile,
        machine=machine,
        shape=shape,
        plan=replace(plan, quote=quote),
    )


def measure(planned: Planned, weights: Callable[[], Any]) -> Work[Plan]:
    """Return the plan with a measured quote: a real step is timed, unless that was done within the hour (`flow.timed`).

    `weights` loads the model, and is called only where it is needed. Raises FitError when the run cannot fit.
    """
    key = timing_key(planned.plan, planned.machine, planned.shape, planned.opened.label, planned.profile.data_hash)
    step = kept_timing(key)
    if step is not None:
        yield Said(text="a step of this very plan was timed here within the hour: not again")
    else:
        yield Said(text="timing one step on this machine")
        step = _timed(planned, weights())
        keep_timing(key, step)
    quote = make_quote(planned.plan, planned.shape, planned.profile, step, planned.machine)
    check_fits(planned.plan, quote, planned.machine, planned.shape)
    return replace(planned.plan, quote=quote)


def _timed(planned: Planned, model: Any) -> StepTiming:
    from burnish.train.timing import time_step

    beside = planned.plan.rank_at_once - planned.plan.lora_rank
    timing = time_step(model, planned.prepared.train, planned.plan, planned.opened.chat.pad_id, beside=beside)
    return StepTiming(seconds=timing.seconds, tokens=timing.tokens, peak_bytes=timing.peak_bytes, load=planned.machine.load)
