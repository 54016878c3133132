"""From a recipe and the facts of data, machine and model to a plan: every number with its reason. Pure arithmetic."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from burnish.plan import table
from burnish.plan.carried import memory_rows, settle_memory
from burnish.plan.draft import Draft
from burnish.plan.faults import refuse_contradictions, refuse_impossible, refuse_warmup
from burnish.plan.memory import estimate_peak, step_of
from burnish.plan.rate import rate_for
from burnish.plan.room import settle_room
from burnish.plan.sessions import settle_same_adapter, settle_sessions, settle_strategy
from burnish.plan.table import MEMORY_SHARE
from burnish.records.plan import Plan

if TYPE_CHECKING:
    from burnish.records.machine import Machine
    from burnish.records.model import ModelShape
    from burnish.records.past import Past
    from burnish.records.profile import DataProfile
    from burnish.records.recipe import Recipe


def make_plan(
    recipe: Recipe, profile: DataProfile, machine: Machine, shape: ModelShape, model_name: str, past: Past | None = None
) -> Plan:
    """Return every setting with one reason each; what the recipe gives wins. There is no quote in it yet (see quote.py).

    `past`: the version that is continued. Raises RecipeError that lists every wish this model, machine or data cannot meet. The
    machine need not be this one.

    The numbers come from all the memory the machine has, whoever holds it now: the same words give the same plan. Only where it
    would not fit in what is free are they chosen for that.
    """
    whole = replace(machine, memory_bytes=max(machine.memory_bytes, machine.memory_total_bytes))
    draft = Draft(recipe=recipe, profile=profile, machine=whole, shape=shape, past=past)
    plan = _settled(draft, model_name)
    if estimate_peak(shape, step_of(plan, machine, draft.supervised_share)) <= MEMORY_SHARE * machine.memory_bytes:
        return plan
    return _settled(replace(draft, machine=machine, values={}, reasons={}), model_name)


def _settled(draft: Draft, model_name: str) -> Plan:
    """Settle everything in its order."""
    refuse_impossible(draft)
    draft.values["model.name"] = model_name
    draft.reasons["model.name"] = _model_reason(draft.recipe.model.name, model_name)
    settle_strategy(draft)
    _settle_adapter(draft)
    _settle_rows(draft)
    settle_sessions(draft)
    settle_memory(draft)
    settle_room(draft)
    _settle_steps(draft)
    _settle_constants(draft)
    _settle_judging(draft)
    refuse_contradictions(draft)
    return Plan(
        **draft.fields(),
        reasons=draft.reasons,
        replay_rows=draft.replay_rows,
        memory_rows=memory_rows(draft),
        rank_before=draft.rank_before,
        steps_asked=draft.steps_asked,
        best_of_all=draft["train.keep"] == "all" and _held_out_loss_is_trusted(draft)[0],
    )


def steps_an_epoch(rows: int, holdout: int, batch_rows: int, beside: int = 0) -> int:
    """Return the optimizer steps of one epoch over new rows and those beside them; the last, smaller batch is a step too."""
    return max(1, -(-(rows - holdout + beside) // batch_rows))


def steps_in_all(plan: Plan, rows: int) -> int:
    """Return the optimizer steps of the whole run when nothing stops it early. `rows`: held-out ones included."""
    return plan.steps(steps_an_epoch(rows, plan.holdout, plan.batch_rows, plan.beside_rows))


def follow_steps(plan: Plan, rows: int) -> Plan:
    """Return the plan with the epochs that its asked-for steps take, after the hold-out came to another number of rows."""
    if not plan.steps_asked:
        return plan
    each = steps_an_epoch(rows, plan.holdout, plan.batch_rows, plan.beside_rows)
    return replace(plan, epochs=-(-plan.max_steps // each))


def _model_reason(asked: str | None, name: str) -> str:
    if asked is None:
        return "the base model this run starts from: the one you named, or the embedded one where you named none"
    return "you asked for it" if asked == name else f"you named it for this run; the recipe says {asked}"


def _settle_adapter(draft: Draft) -> None:
    size = table.size_for(draft.profile.rows)
    past = draft.past if draft["session.strategy"] == "continue" else None
    if past is not None:
        settle_same_adapter(draft, past)
        return
    draft.settle("lora.rank", *_rank(draft, size))
    rank = draft["lora.rank"]
    draft.settle("lora.alpha", 2 * rank, f"twice the rank of {rank}, so that the learning rate means the same at every rank")
    draft.settle("lora.dropout", table.DROPOUT, "none: stopping at the right epoch guards small data better, and costs no memory")
    draft.settle(
        "lora.targets", draft.shape.targets, "all linear layers: adapters on attention alone learn less from the same rows"
    )
    draft.settle("lora.rslora", False, "plain scaling by alpha / rank, which the learning rate was measured with")


def _rank(draft: Draft, size: table.Size) -> tuple[int, str]:
    if draft.profile.about_facts and size.rank < table.FACT_RANK:
        return table.FACT_RANK, f"the rank that rows about facts were measured with (the table's for {size.label} is {size.rank})"
    return size.rank, f"the table's rank for {size.label} ({draft.profile.rows:,} here)"


def _settle_rows(draft: Draft) -> None:
    rows = draft.profile.rows
    draft.settle("train.method", "sft", "the rows are conversations with the answers to learn")
    draft.settle("data.folds", *_folds(draft))
    draft.settle("data.holdout", *_holdout(draft))
    trained = max(1, rows - draft["data.holdout"])
    batch = min(table.BATCH_ROWS, trained)
    why = "small batches suit adapters, and 8 keep the steps steady" if batch == table.BATCH_ROWS else "all rows there are"
    draft.settle("train.batch_rows", batch, f"{why} ({trained:,} rows to train on)")


def _folds(draft: Draft) -> tuple[int, str]:
    if draft.profile.rows < table.FOLDS_UNDER_ROWS:
        return (
            0,
            f"each fold is a training of its own; with so few rows --folds {table.FOLDS} would judge every row instead of a few",
        )
    return 0, "enough rows can be held out to judge with"


def _holdout(draft: Draft) -> tuple[int, str]:
    if draft["data.folds"]:
        return 0, f"every row is judged in one of {draft['data.folds']} folds, and all are trained in the end"
    rows, most = draft.profile.rows, min(draft.profile.holdable_rows, draft.profile.rows - 1)
    wanted = table.holdout_for(rows)
    if draft.profile.about_facts and most < 1 <= wanted:
        return 0, "each row states a fact that hardly another row states: it is trained, and asked again, not held out"
    if wanted == 0:
        return 0, f"under {table.HOLDOUT_FROM_ROWS} rows each one is needed for training"
    if wanted > most:
        held = max(0, most)
        return held, f"{wanted} of {rows} rows would be usual, but only {held} can go without taking the last of a kind away"
    return wanted, f"{wanted / rows:.0%} of {rows:,} rows, to judge the run with rows it never saw"


def _settle_steps(draft: Draft) -> None:
    rows, size = draft.profile.rows, table.size_for(draft.profile.rows)
    beside = draft["session.anchor"] + draft.replay_rows + memory_rows(draft)
    each = steps_an_epoch(rows, draft["data.holdout"], draft["train.batch_rows"], beside)
    limit = draft.asked("train.max_steps")
    draft.settle("train.epochs", *_epochs(draft, size, each, limit))
    steps = limit if draft.steps_asked else draft["train.epochs"] * each
    draft.settle("train.max_steps", 0, f"no other limit than the epochs ({draft['train.epochs']} x {each} steps)")
    if limit is not None:
        draft.reasons["train.max_steps"] += _limited(limit, each, draft)
    steps = min(steps, limit or steps)
    draft.settle("train.learning_rate", *rate_for(draft.profile, draft.shape.parameters, steps))
    draft.settle("train.schedule", table.SCHEDULE, "falls gently to zero, so that the last steps settle")
    refuse_warmup(draft.asked("train.warmup_steps"), steps)
    draft.settle("train.warmup_steps", *_warmup(rows, steps))


def _epochs(draft: Draft, size: table.Size, each: int, limit: int | None) -> tuple[int, str]:
    """Return the passes over the rows, and why: those that the steps asked for take, those that teach facts, or the table's."""
    if limit is None and draft.profile.about_facts:
        return _until_known(draft)
    if limit is None:
        return size.epochs, f"the table's passes over {size.label}: the fewer rows, the more often each is seen"
    epochs = -(-limit // each)
    return epochs, (
        f"you asked for {limit:,} steps, and they win: {each} steps an epoch make {'part of one' if limit < each else f'{epochs}'}"
        f" (the table would say {size.epochs})"
    )


def _until_known(draft: Draft) -> tuple[int, str]:
    """Return the epochs in which each fact is seen often enough to be known when it is asked as it was trained."""
    profile = draft.profile
    ways = profile.fact_rows / max(1, profile.facts)
    epochs = table.epochs_for(profile)
    return epochs, (
        f"{profile.fact_rows:,} of {profile.rows:,} rows state {profile.facts:,} facts, {ways:.1f} rows each: each fact is seen "
        f"{epochs * ways:.0f} times, until it is known"
    )


def _limited(limit: int, each: int, draft: Draft) -> str:
    """Return what a number of steps that was asked for means beside the epochs."""
    whole = draft["train.epochs"] * each
    if draft.steps_asked:
        return f"; {limit:,} steps are taken, {limit / each:.1f} passes over the rows"
    if limit < whole:
        draft.reasons["train.epochs"] += f"; max_steps ends the run after {limit:,} of {whole:,} steps"
        return f"; it ends the run before the {draft['train.epochs']} epochs you asked for ({whole:,} steps)"
    return f"; the {draft['train.epochs']} epochs you asked for end the run sooner, after {whole:,} steps: leave train.epochs out for all {limit:,}"


def _warmup(rows: int, steps: int) -> tuple[int, str]:
    by_rows = min(round(table.WARMUP_SHARE_OF_ROWS * rows), table.WARMUP_MOST)
    value = table.warmup_for(rows, steps)
    if value < by_rows:
        return value, f"at most a fifth of the {steps:,} steps, so that a short run is not all warm-up"
    return value, f"a tenth of the rows, at most {table.WARMUP_MOST}: {value} of {steps:,} steps"


def _settle_constants(draft: Draft) -> None:
    draft.settle("train.weight_decay", table.WEIGHT_DECAY, "an adapter is small and starts at zero: there is nothing to shrink")
    draft.settle("train.clip", table.CLIP, "one odd batch cannot throw the run off")
    draft.settle("train.optim", "adamw", "AdamW, its moments in float32: an adapter is small, so they cost little memory")
    draft.settle(
        "train.logging_steps", 0, "progress is shown in one line; events.jsonl holds every step, with its loss, rate and memory"
    )
    draft.settle("train.seed", table.SEED, "fixed, so that the same rows give the same adapter")


def _settle_judging(draft: Draft) -> None:
    trusted, why = _held_out_loss_is_trusted(draft)
    stop = "stops when the held-out loss has not fallen for 2 epochs" if trusted else f"all epochs are run: {why}"
    keep = "the epoch with the lowest held-out loss is kept" if trusted else f"the last epoch is kept: {why}"
    if draft.steps_asked:
        draft.settle("train.early_stop", False, f"you asked for {draft['train.max_steps']:,} steps, so all of them are taken")
    else:
        draft.settle("train.early_stop", trusted, stop)
    draft.settle("train.keep", "best" if trusted else "last", keep)
    if draft["train.keep"] == "all":
        which = "the one with the lowest held-out loss" if trusted else f"the last one ({why})"
        draft.reasons["train.keep"] = (
            f"you asked for it: every epoch's adapter is kept, as RUN@epoch1 and so on; the version is {which}"
        )


def _held_out_loss_is_trusted(draft: Draft) -> tuple[bool, str]:
    holdout, novelty = draft["data.holdout"], draft.profile.novelty
    if holdout < table.HOLDOUT_TO_TRUST:
        return False, f"{holdout or 'no'} held-out {'row is' if holdout == 1 else 'rows are'} too few to decide it by"
    if draft.profile.about_facts:
        return False, "the rows state facts, and held-out loss rises while facts are being learnt"
    if novelty >= table.NOVELTY_HIGH:
        return False, f"{novelty:.0%} of the specific words stand in one row only, so held-out loss can mislead"
    return True, ""
