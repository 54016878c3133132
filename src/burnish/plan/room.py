"""The settings that memory decides: dtype, length, checkpointing, tokens at once. Settled in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from burnish.plan.carried import length_asked
from burnish.plan.faults import not_fast
from burnish.plan.memory import show
from burnish.plan.table import FAST_ENOUGH, LENGTH_STEP, MICRO_BATCH_LEAST, MICRO_BATCH_MOST, most_at_once_fast, size_for

if TYPE_CHECKING:
    from burnish.plan.draft import Draft
    from burnish.records.machine import Machine


def settle_room(draft: Draft) -> None:
    """Settle dtype, max_length, checkpointing and micro_batch_tokens. Needs rank, targets and batch_rows."""
    draft.settle("model.dtype", *_dtype(draft))
    draft.settle("model.fast", *_fast(draft))
    draft.settle("train.max_length", *_max_length(draft))
    _note_longer_rows(draft)
    draft.settle("train.checkpointing", *_checkpointing(draft))
    draft.settle("train.micro_batch_tokens", *_micro_batch_tokens(draft))


def fast_bfloat16(machine: Machine) -> bool:
    """Return whether bfloat16 is clearly faster here: by what the machine says of itself, else by what was measured."""
    return "bfloat16" in machine.matmul_flops and (bool(machine.bfloat16_by) or _ratio(machine) >= FAST_ENOUGH)


def _ratio(machine: Machine) -> float:
    """Return how many times faster bfloat16 is multiplied than float32; 0 where that is not known."""
    speeds = machine.matmul_flops
    return speeds["bfloat16"] / speeds["float32"] if {"bfloat16", "float32"} <= speeds.keys() else 0.0


def _dtype(draft: Draft) -> tuple[str, str]:
    speeds = draft.machine.matmul_flops
    usable = "bfloat16" in speeds or not speeds
    ratio = _ratio(draft.machine)
    if fast_bfloat16(draft.machine) and draft.machine.bfloat16_by:
        return "bfloat16", f"{draft.machine.name} multiplies bfloat16 by its own units ({draft.machine.bfloat16_by})"
    if ratio >= FAST_ENOUGH:
        return "bfloat16", f"{draft.machine.name} multiplies bfloat16 {ratio:.1f} times as fast as float32"
    length = min(_wanted_length(draft)[0], size_for(0).length_cap)
    tight = not draft.fits(dtype="float32", tokens=MICRO_BATCH_LEAST, length=length, checkpointing=True)
    if tight and usable:
        weights = show(4 * draft.shape.parameters)
        return "bfloat16", f"float32 weights ({weights}) would not fit beside a step in {show(draft.machine.memory_bytes)}"
    if ratio:
        return "float32", f"bfloat16 is no clear gain on {draft.machine.name}: {ratio:.2f} times the speed of float32"
    return "float32", f"{draft.machine.name} was not seen to multiply bfloat16, and float32 works everywhere"


def _fast(draft: Draft) -> tuple[bool, str]:
    why = not_fast(draft)
    if why:
        return False, f"transformers' and PEFT's own modules run, with the same results but slower: {why}"
    if draft.machine.device != "cpu":
        return False, f"the fast step has been measured on CPUs only; --set model.fast=true tries it on {draft.machine.device}"
    return True, f"the fast step knows {draft.shape.architecture}, and gives the same gradients"


def _wanted_length(draft: Draft) -> tuple[int, str]:
    """Return the length at which nothing is cut, as far as the model knows so many positions."""
    longest, context = max(draft.profile.lengths, default=draft.profile.token_max), draft.shape.context_length
    if longest < 1:
        cap = min(size_for(draft.profile.rows).length_cap, context)
        return cap, f"the table's cap for {size_for(draft.profile.rows).label}, as the rows' own lengths are not known"
    asked = length_asked(draft, longest)
    wanted = -(-asked // LENGTH_STEP) * LENGTH_STEP
    if longest <= context:
        room = "" if asked == longest else ", and is asked with carried rows before it too"
        return min(wanted, context), f"the longest row has {longest:,} tokens{room}, so nothing is cut"
    return context, f"the model knows {context:,} positions; {_longer(draft, context)}"


def _longer(draft: Draft, limit: int) -> str:
    count = sum(length > limit for length in draft.profile.lengths)
    return f"{count} of {draft.profile.rows} rows {'is' if count == 1 else 'are'} longer and will be shortened or refused by name"


def _note_longer_rows(draft: Draft) -> None:
    """Say how many rows a length that was asked for cuts."""
    asked = draft.asked("train.max_length")
    if asked is not None and max(draft.profile.lengths, default=0) > asked:
        draft.reasons["train.max_length"] += f"; {_longer(draft, asked)}"


def _max_length(draft: Draft) -> tuple[int, str]:
    wanted, reason = _wanted_length(draft)
    dtype, may = draft["model.dtype"], draft.asked("train.checkpointing") is not False

    def fits(length: int) -> bool:
        return draft.fits(dtype=dtype, tokens=MICRO_BATCH_LEAST, length=length, checkpointing=may)

    if fits(wanted) or not fits(MICRO_BATCH_LEAST):  # nothing would help: check_fits refuses it, with the numbers
        return wanted, reason
    low, high = MICRO_BATCH_LEAST // LENGTH_STEP, wanted // LENGTH_STEP + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle * LENGTH_STEP) else (low, middle)
    length = low * LENGTH_STEP
    return length, f"the most that fits in {show(draft.machine.memory_bytes)} of memory; {_longer(draft, length)}"


def _checkpointing(draft: Draft) -> tuple[bool, str]:
    dtype, length = draft["model.dtype"], draft["train.max_length"]
    tokens = draft.asked("train.micro_batch_tokens") or MICRO_BATCH_LEAST
    peak = draft.peak(dtype=dtype, tokens=tokens, length=length, checkpointing=False)
    has = show(draft.machine.memory_bytes)
    if draft.fits(dtype=dtype, tokens=tokens, length=length, checkpointing=False):
        return (
            False,
            f"a step on {max(tokens, length):,} tokens fits without it ({show(peak)} of {has}), and it costs a third more time",
        )
    return (
        True,
        f"without it a step on {max(tokens, length):,} tokens would hold {show(peak)} of {has}; it costs a third more time",
    )


def _micro_batch_tokens(draft: Draft) -> tuple[int, str]:
    dtype, length, checkpointing = draft["model.dtype"], draft["train.max_length"], draft["train.checkpointing"]
    device = draft.machine.device
    most = most_at_once_fast(draft.shape.hidden) if draft["model.fast"] and device == "cpu" else MICRO_BATCH_MOST[device]
    whole = max(MICRO_BATCH_LEAST, draft["train.batch_rows"] * length)
    ceiling = min(most, whole)
    tokens = ceiling
    while tokens > MICRO_BATCH_LEAST and not draft.fits(dtype=dtype, tokens=tokens, length=length, checkpointing=checkpointing):
        tokens = max(MICRO_BATCH_LEAST, tokens * 3 // 4 // LENGTH_STEP * LENGTH_STEP)
    alone = f"; a row of more tokens (up to {length:,}) goes alone" if length > tokens else ""
    if tokens < ceiling:
        return tokens, f"as many as fit in {show(draft.machine.memory_bytes)} of memory" + alone
    if whole <= most:
        return tokens, f"a whole batch of {draft['train.batch_rows']} rows goes at once"
    return tokens, f"more at once is hardly faster on this kind of device ({device}), and takes more memory" + alone
