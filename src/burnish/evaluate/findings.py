"""Findings of one run as a document: what worked, what did not, what to change, and what it used of what was allowed."""

from __future__ import annotations

from collections.abc import Iterator

from burnish.evaluate.markdown import code, inline
from burnish.evaluate.report_words import duration, interval, missed, prompts, score, signed, size, verdict_sentence, would_do
from burnish.records.gate import RESOURCES, Gate, GateResult, parse_gate
from burnish.records.plan import Plan, Quote
from burnish.records.report import Comparison, SuiteComparison
from burnish.records.run import Run

FILES = ("before_after.md", "report.html", "before.json", "after.json", "plan.json", "ledger.json", "events.jsonl")
"""Where in the run folder the evidence lies."""
SHOWN = {
    "peak_bytes": ("memory at most", size),
    "train_seconds": ("training", duration),
    "wall_seconds": ("all of the run", duration),
}


def findings(run: Run, plan: Plan, comparison: Comparison | None, folder: str) -> str:
    """Return the document as markdown. Nothing in it is judged anew: it says what the run's records hold."""
    worked, failed, change = list(_worked(run, comparison)), list(_failed(run, comparison)), list(_change(run, comparison))
    parts = [
        [
            f"# Findings: version {inline(run.id)}",
            "",
            f"**{_headline(run)}**",
            "",
            f"Verdict: {inline(verdict_sentence(comparison))}.",
            "",
        ],
        [f"{inline(plan.model_name)}, {run.rows} rows, {run.steps} steps of {run.method}, made {inline(run.created)}.", ""],
        _section("What worked", worked),
        _section("What did not", failed),
        _section("What to change", change),
        _resources(run, plan.quote),
        ["## Evidence", "", f"In `{code(folder)}`: {', '.join(f'`{name}`' for name in FILES)}.", ""],
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _headline(run: Run) -> str:
    if not run.decision:
        return "No decision: this project has no gates (write them under [gate] in burnish.toml)"
    met = sum(gate.met for gate in run.gates)
    return f"{run.decision}: {met} of {len(run.gates)} gates met"


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"## {title}", "", *(f"- {line}" for line in lines or ["Nothing."]), ""]


def _worked(run: Run, comparison: Comparison | None) -> Iterator[str]:
    yield from (_gate_line(gate) for gate in run.gates if gate.met)
    for name, one in _named(comparison):
        if one.verdict == "better":
            yield f"{inline(name)} got better: {_numbers(one)}"
    if run.loss_last < run.loss_first:
        yield f"the training loss fell from {run.loss_first:.2f} to {run.loss_last:.2f} nats a token"


def _failed(run: Run, comparison: Comparison | None) -> Iterator[str]:
    yield from (_gate_line(gate) for gate in run.gates if not gate.met)
    for name, one in _named(comparison):
        if one.verdict == "worse":
            yield f"{inline(name)} got worse: {_numbers(one)}"
    if comparison is None:
        yield "nothing was judged: no row was held out and no suite was named"
        return
    for name, one in comparison.suites.items():
        if one.verdict == "cannot tell":
            yield f"{inline(name)}: cannot tell ({_numbers(one)}); {inline(missed(one))}"
    yield from (inline(note) for note in comparison.notes)
    if not run.loss_last < run.loss_first:
        yield f"the training loss did not fall: {run.loss_first:.2f}, then {run.loss_last:.2f} nats a token"


def _change(run: Run, comparison: Comparison | None) -> Iterator[str]:
    yield from (f"for {inline(gate.name)}: {inline(gate.advice)}" for gate in run.gates if gate.advice)
    if comparison is None:
        yield "hold rows out (`--set data.holdout=N`) or name a suite (`--suite NAME`)"
    elif comparison.verdict == "cannot tell":
        yield f"to be able to tell: {inline(would_do(comparison.overall))}"


def _named(comparison: Comparison | None) -> Iterator[tuple[str, SuiteComparison]]:
    if comparison is not None:
        yield from comparison.suites.items()


def _numbers(one: SuiteComparison) -> str:
    return inline(
        f"{score(one.mean_a)} → {score(one.mean_b)} on {prompts(one.n)}, difference {signed(one.difference)}, {interval(one)}"
    )


def _gate_line(gate: GateResult) -> str:
    return f"gate {inline(gate.name)} ({inline(gate.rule)}): **{gate.status}**: {inline(gate.seen)}"


def _resources(run: Run, quote: Quote | None) -> list[str]:
    """Give what was used beside what was quoted and what the gates allow."""
    allowed = {gate.name: gate.limit for one in run.gates if (gate := _limit(one)) is not None}
    quoted: dict[str, str] = {}
    if quote is not None:
        quoted = {
            "peak_bytes": size(quote.peak_bytes),
            "train_seconds": f"{duration(quote.seconds_low)} to {duration(quote.seconds_high)}",
        }
    rows = ["| | used | quoted | allowed |", "|---|---:|---:|---:|"]
    for name in RESOURCES:
        title, show = SHOWN[name]
        limit = show(int(allowed[name])) if name in allowed else "no limit"
        rows.append(f"| {title} | {show(getattr(run, name))} | {quoted.get(name, '–')} | {limit} |")
    return ["## Time and memory", "", *rows, ""]


def _limit(one: GateResult) -> Gate | None:
    return parse_gate(one.name, one.rule)[0] if one.name in RESOURCES else None
