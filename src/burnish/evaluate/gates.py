"""Has a version shown what its project's gates ask? A comparison and what the run used, held against each line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from burnish.evaluate.report_words import duration, interval, prompts, score, signed, size
from burnish.evaluate.style import CLOSER, FURTHER
from burnish.evaluate.thinking import newly_broken
from burnish.records.gate import (
    ADJUST,
    AT_LEAST,
    BETTER,
    MET,
    MISSED,
    NO_WORSE,
    NOT_MEASURED,
    NOT_SHOWN,
    OWN,
    PROCEED,
    STOP,
    STYLE,
    THINKING,
    Gate,
    GateResult,
)
from burnish.records.questions import Questions, Style, ThinkingContract
from burnish.records.report import Comparison, SuiteComparison

Advise = Callable[[Gate, GateResult, SuiteComparison | None], str]
"""What to change so that a gate that is not met may be met: from the gate, its result and the scores it looks at."""


def compared_for(gate: Gate, comparison: Comparison | None, own: str) -> SuiteComparison | None:
    """Return the scores that a gate looks at: of a suite or of one category; None where they were not measured."""
    if comparison is None or gate.resource:
        return None
    named: dict[str, SuiteComparison] = {key.replace("/", ".", 1): one for key, one in comparison.categories.items()}
    named.update(comparison.suites)
    return named.get(full_name(gate.name, own))


def full_name(name: str, own: str) -> str:
    """Return a gate's name with the suite of the held-out rows under its own name: `own.fact` is `held-out rows.fact`."""
    for short in sorted(OWN, key=len, reverse=True):
        if name == short or name.startswith(f"{short}."):
            return own + name.removeprefix(short)
    return name


def judge_gates(
    gates: Sequence[Gate],
    comparison: Comparison | None,
    used: Mapping[str, float],
    *,
    own: str,
    advise: Advise = lambda *_: "",
    questions: Questions | None = None,
) -> tuple[tuple[GateResult, ...], str]:
    """Return (what came of each gate, one word: PROCEED, ADJUST or STOP; no word where there is no gate).

    `used` gives the resources by name, in bytes and seconds; `own` the name of the suite of the held-out rows. STOP: the
    version is worse over all, or worse where it had to be better; a change of settings is no answer to that.
    """
    results, worse = [], comparison is not None and comparison.verdict == "worse"
    for gate in gates:
        one = compared_for(gate, comparison, own)
        if one is None and gate.name in (THINKING, STYLE):
            status, seen = _asked(gate, questions)
            worse = worse or (status == MISSED and _made_worse(gate, questions))
        else:
            status, seen = _used(gate, used) if gate.resource else _scored(gate, one)
        result = GateResult(name=gate.name, rule=gate.rule, status=status, seen=seen)
        results.append(result if result.met else replace(result, advice=advise(gate, result, one)))
        worse = worse or (gate.kind == BETTER and one is not None and one.verdict == "worse")
    if not gates:
        return (), ""
    if all(result.met for result in results):
        return tuple(results), PROCEED
    return tuple(results), STOP if worse else ADJUST


def _used(gate: Gate, used: Mapping[str, float]) -> tuple[str, str]:
    if gate.name not in used:
        return NOT_MEASURED, "not measured"
    amount = used[gate.name]
    told = (
        (size(round(amount)), size(round(gate.limit))) if gate.name == "peak_bytes" else (duration(amount), duration(gate.limit))
    )
    return (MET if amount <= gate.limit else MISSED), f"{told[0]} of {told[1]} allowed"


def _asked(gate: Gate, questions: Questions | None) -> tuple[str, str]:
    """Return what came of a gate on the thinking mode or on style."""
    if questions is None:
        return NOT_MEASURED, "not measured"
    return _thinking(questions.thinking) if gate.name == THINKING else _style(gate, questions.style)


def _made_worse(gate: Gate, questions: Questions | None) -> bool:
    """Return whether training itself broke the mode or took the manner away; what the start did already is none of its doing."""
    if questions is None or gate.name == STYLE:
        return gate.kind == BETTER
    return newly_broken(questions.thinking)


def _thinking(found: ThinkingContract | None) -> tuple[str, str]:
    if found is None:
        return NOT_MEASURED, "the model's template has no thinking mode"
    return {"kept": MET, "broken": MISSED}.get(found.verdict, NOT_SHOWN), f"{found.verdict}: {found.reason}"


def _style(gate: Gate, found: Style) -> tuple[str, str]:
    before, after, low, high = found.like_before, found.like_after, found.low, found.high
    if before is None or after is None or low is None or high is None:
        return NOT_SHOWN, f"{found.verdict}: {found.reason}"
    seen = f"taken for a row {score(before)} → {score(after)} on {prompts(found.judged)} (95 % interval {signed(low)} to {signed(high)})"
    if gate.kind == BETTER:
        return {CLOSER: MET, FURTHER: MISSED}.get(found.verdict, NOT_SHOWN), f"{found.verdict}: {seen}"
    if gate.kind == NO_WORSE:
        if low > -gate.limit / 100:
            return MET, seen
        return (MISSED if after - before <= -gate.limit / 100 else NOT_SHOWN), seen
    reached = after >= gate.limit if gate.kind == AT_LEAST else after <= gate.limit
    return (MET if reached else MISSED), seen


def _scored(gate: Gate, one: SuiteComparison | None) -> tuple[str, str]:
    if one is None:
        return NOT_MEASURED, "not measured"
    change = (
        f"{score(one.mean_a)} → {score(one.mean_b)} on {prompts(one.n)}, difference {signed(one.difference)} ({interval(one)})"
    )
    if gate.kind == BETTER:
        status = {"better": MET, "worse": MISSED}.get(one.verdict, NOT_SHOWN)
        return status, f"{one.verdict}: {change}"
    if gate.kind == NO_WORSE:
        if one.no_worse_than(gate.limit):
            return MET, change
        return (MISSED if one.difference <= -gate.limit / 100 else NOT_SHOWN), change
    reached = one.mean_b >= gate.limit if gate.kind == AT_LEAST else one.mean_b <= gate.limit
    return (MET if reached else MISSED), f"{score(one.mean_b)}, before {score(one.mean_a)}, on {prompts(one.n)}"
