"""A project's gates on the road of a training: checked before anything is spent, judged at its end, and told."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from burnish.errors import RecipeError, gather
from burnish.evaluate.gates import full_name
from burnish.evaluate.report_words import duration, size
from burnish.evaluate.suite import SHIPPED
from burnish.flow.events import Said, Shown, Work
from burnish.flow.judging import HELD_OUT
from burnish.records.gate import ADJUST, MEASURES, MET, PROCEED, RESOURCES, STOP, STYLE, THINKING, WHOLE, Gate, GateResult

if TYPE_CHECKING:
    from burnish.records.plan import Quote
    from burnish.records.task import Task

WORDS = {PROCEED: "every gate is met", ADJUST: "not every gate is met", STOP: "it is worse than where it started"}


def gate_suites(gates: Sequence[Gate], named: Sequence[str]) -> tuple[str, ...]:
    """Return the suites to judge on: those named, and the shipped ones that a gate asks for."""
    wanted = [one for gate in gates for one in SHIPPED if gate.name == one or gate.name.startswith(f"{one}.")]
    return tuple(named) if "all" in named else tuple(dict.fromkeys([*named, *wanted]))


def check_gates(gates: Sequence[Gate], suites: Mapping[str, Sequence[Task]], *, thinks: bool = True, held_out: int = 1) -> None:
    """Raise RecipeError that names every gate on a suite or category that this run will not judge, with its place.

    `thinks`: whether the model's template has a thinking mode; `held_out`: rows that style can be judged on.
    """
    scored = [(name, task) for name, tasks in suites.items() for task in tasks if task.grader]
    known = {name for name, _ in scored} | {f"{name}.{task.category}" for name, task in scored}
    faults = []
    for gate in gates:
        if gate.resource or full_name(gate.name, HELD_OUT) in known:
            continue
        if gate.name == THINKING and gate.kind == WHOLE and thinks:
            continue
        if gate.name == STYLE and held_out:
            continue
        near = difflib.get_close_matches(gate.name, [*known, *RESOURCES, *MEASURES, "own"], n=1)
        place = f"{gate.place}: " if gate.place else ""
        hint = f"; did you mean {near[0]}?" if near and near[0] != gate.name else ""
        if gate.name == THINKING:
            hint = f'; write thinking = "{WHOLE}"' if thinks else "; the model's template has no thinking mode"
        own = gate.name == STYLE or full_name(gate.name, HELD_OUT).split(".")[0] == HELD_OUT
        if own and HELD_OUT not in suites:
            hint = "; no row is held out (--set data.holdout=N)"
        faults.append(f"{place}gate.{gate.name} = {gate.rule!r}: nothing of that name is judged here{hint}")
    if faults:
        here = ", ".join([*suites, *RESOURCES]) or "nothing"
        raise gather(
            "a gate asks for what will not be measured:",
            faults,
            remedy=f"judged here: {here}, and their categories as suite.category; name other suites with --suite",
            cls=RecipeError,
        )


def said_limits(gates: Sequence[Gate], quote: Quote | None) -> Work[None]:
    """Say which limits the quote already passes, before anything is spent."""
    if quote is None:
        return
    quoted = {"peak_bytes": quote.peak_bytes, "train_seconds": quote.seconds_low, "wall_seconds": quote.seconds_low}
    for gate in gates:
        if gate.resource and quoted[gate.name] > gate.limit:
            show = size if gate.name == "peak_bytes" else duration
            told = f"the quote is {show(int(quoted[gate.name]))}, and the gate {gate.name} allows {show(int(gate.limit))}"
            yield Said(text=f"{told}: this gate will hardly be met", level="warn")


def said_gates(results: Sequence[GateResult], decision: str) -> Work[None]:
    """Show each gate's line, then the one word with what to adjust."""
    if not results:
        return
    rows = tuple((one.name, one.rule, one.status, one.seen) for one in results)
    yield Shown(title="gates", columns=("gate", "must be", "", "seen"), rows=rows)
    for one in results:
        if one.advice:
            yield Said(text=f"to adjust for {one.name}: {one.advice}", level="warn")
    yield Said(text=f"{decision}: {WORDS[decision]}", level="head" if decision == PROCEED else "warn")


def closed(results: Sequence[GateResult]) -> str:
    """Return which gates are not met, in a few words; empty where all are."""
    missed = [f"{one.name} ({one.rule}: {one.status})" for one in results if one.status != MET]
    return f"gate{'s' * (len(missed) > 1)} not met: {', '.join(missed)}" if missed else ""
