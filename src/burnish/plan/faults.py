"""What a recipe asks that this model, machine or data cannot give: all of it at once."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from burnish.errors import RecipeError, gather
from burnish.plan.memory import BYTES
from burnish.plan.table import ANCHORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from burnish.plan.draft import Draft


ALL_LINEAR = ("all-linear", "all_linear", "all", "linear")
"""What other tools call all linear layers."""


def refuse_impossible(draft: Draft) -> None:
    """Raise RecipeError that names every wish of the recipe that cannot be met here."""
    faults = [*_targets(draft), *_dtype(draft), *_length(draft), *_holdout(draft), *_anchor(draft)]
    if faults:
        _raise(faults)


def refuse_contradictions(draft: Draft) -> None:
    """Raise RecipeError where settled settings contradict each other, which only an asked-for one can cause."""
    faults = [*_judging(draft), *_fast(draft), *_memory(draft)]
    if faults:
        _raise(faults)


def refuse_warmup(asked: int | None, steps: int) -> None:
    """Raise RecipeError when the asked warm-up leaves no step at the full rate."""
    if asked is not None and asked >= steps:
        _raise(
            [
                f"train.warmup_steps: {asked} of {steps} steps would leave none at the full learning rate; ask for fewer than {steps}"
            ]
        )


def _raise(faults: list[str]) -> None:
    remedy = "mend these keys, or leave them out and let the plan decide"
    raise gather("the recipe asks for what cannot be done here:", faults, remedy=remedy, cls=RecipeError)


def _targets(draft: Draft) -> Iterator[str]:
    for target in draft.asked("lora.targets") or ():
        if target in ALL_LINEAR:
            yield f"lora.targets: {target!r} is what the plan takes anyway, all linear layers; leave lora.targets out"
            continue
        if target not in draft.shape.targets:
            near = difflib.get_close_matches(target, draft.shape.targets, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}? " if near else ""
            yield f"lora.targets: the model has no {target!r}; {hint}It has {', '.join(draft.shape.targets)}"


def _dtype(draft: Draft) -> Iterator[str]:
    asked, speeds = draft.asked("model.dtype"), draft.machine.matmul_flops
    if asked == "float16" and draft.machine.device == "cpu":
        yield "model.dtype: float16 overflows in training on a CPU; ask for float32 or bfloat16"
    elif asked in BYTES and speeds and asked not in speeds:
        yield f"model.dtype: {draft.machine.name} cannot multiply {asked}; it can {' and '.join(sorted(speeds))}"


def _length(draft: Draft) -> Iterator[str]:
    asked, context = draft.asked("train.max_length"), draft.shape.context_length
    if asked is not None and asked > context:
        yield f"train.max_length: {asked:,} tokens, but the model knows {context:,} positions; ask for {context} or fewer"


def _holdout(draft: Draft) -> Iterator[str]:
    asked, rows = draft.asked("data.holdout"), draft.profile.rows
    if asked is not None and asked >= max(rows, 1):
        yield f"data.holdout: {asked} of {rows} rows would leave none to train on; ask for {max(0, rows - 1)} or fewer"
    folds = draft.asked("data.folds")
    if folds and asked:
        yield f"data.holdout: {asked} beside data.folds: {folds}; with folds every row is judged, so leave data.holdout out"
    if folds == 1:
        yield "data.folds: 1 fold would leave nothing to train on; ask for 2 or more"
    if folds and folds > rows:
        yield f"data.folds: {folds} folds of {rows} rows; ask for {rows} or fewer"


def _fast(draft: Draft) -> Iterator[str]:
    why = not_fast(draft) if draft.asked("model.fast") else ""
    if why:
        yield f"model.fast: the fast step does not take this: {why}; leave it out, or ask for false"


def not_fast(draft: Draft) -> str:
    """Return why the fast step cannot run with the settled dtype and dropout; empty where it can."""
    if draft.shape.not_fast:
        return draft.shape.not_fast
    if draft["lora.dropout"]:
        return f"lora.dropout is {draft['lora.dropout']}"
    return "its weights would be float16" if draft["model.dtype"] == "float16" else ""


def _memory(draft: Draft) -> Iterator[str]:
    if draft["memory.k"] and draft["data.folds"]:
        yield (
            f"memory.k: {draft['memory.k']} beside data.folds: {draft['data.folds']}; every fold would need rows of its own to carry: "
            "leave --folds out, or carry no rows with --memory 0"
        )
    if not str(draft["memory.unknown"]).strip():
        yield "memory.unknown: an empty text; write what is to be said where no row answers"


def _anchor(draft: Draft) -> Iterator[str]:
    asked = draft.asked("session.anchor")
    if asked is not None and asked > ANCHORS:
        yield f"session.anchor: {asked} prompts, but {ANCHORS} come with burnish; ask for {ANCHORS} or fewer"


def _judging(draft: Draft) -> Iterator[str]:
    if draft["data.holdout"] == 0:
        if draft.asked("train.keep") == "best":
            yield 'train.keep: "best" needs held-out rows and none are held out; ask for "last", or set data.holdout'
        if draft.asked("train.early_stop"):
            yield "train.early_stop: it needs held-out rows and none are held out; ask for false, or set data.holdout"
