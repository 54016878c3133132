"""Findings of one run as a document: what worked, what did not, what to change, and what it used of what was allowed."""

from __future__ import annotations

from collections.abc import Iterator

from burnish.evaluate.markdown import code, inline
from burnish.evaluate.report_questions import cause_words, told_questions
from burnish.evaluate.report_words import duration, interval, missed, prompts, score, signed, size, verdict_sentence, would_do
from burnish.evaluate.thinking import mode_remedy, newly_broken
from burnish.records.gate import RESOURCES, Gate, GateResult, parse_gate
from burnish.records.plan import Plan, Quote
from burnish.records.questions import Questions
from burnish.records.report import Comparison, SuiteComparison
from burnish.records.retention import KEPT, Retention, moved_words
from burnish.records.run import Run
from burnish.records.taught import NOT_LEARNED, headline

FILES = ("before_after.md", "report.html", "before.json", "after.json", "plan.json", "ledger.json", "events.jsonl")
"""Where in the run folder the evidence lies."""
SHOWN = {
    "peak_bytes": ("memory at most", size),
    "train_seconds": ("training", duration),
    "wall_seconds": ("all of the run", duration),
}


def findings(
    run: Run,
    plan: Plan,
    comparison: Comparison | None,
    folder: str,
    *,
    questions: Questions | None = None,
    kept: Retention | None = None,
) -> str:
    """Return the document as markdown. Nothing in it is judged anew: it says what the run's records hold."""
    sorted_out = _sorted_out(run, questions, kept)
    worked = [*_worked(run, comparison), *sorted_out[True]]
    failed = [*_failed(run, comparison), *sorted_out[False]]
    change = list(_change(run, comparison, questions))
    parts = [
        [
            f"# Findings: version {inline(run.id)}",
            "",
            f"**{_headline(run)}**",
            "",
            f"Verdict: {inline(_verdict(run, comparison, questions))}.",
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


def _verdict(run: Run, comparison: Comparison | None, questions: Questions | None) -> str:
    """Return the verdict in words: by taught facts where the rows are about facts, else by the comparison."""
    known, failure = headline(run.parts), _failure(run, questions)
    if known and not failure:
        return f"{run.verdict}: {known}"
    return verdict_sentence(comparison, failure)


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


def _failed(run: Run, comparison: Comparison | None) -> Iterator[str]:
    if run.broken:
        yield f"**the version is broken**: {inline(run.broken)}"
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


def _sorted_out(run: Run, questions: Questions | None, kept: Retention | None) -> dict[bool, list[str]]:
    """Return what else was measured, by whether it went well: losses, like beside like; the four questions; earlier sessions."""
    found: dict[bool, list[str]] = {True: [], False: []}
    for well, words in (*_losses(run), *_asked(questions), *_earlier(kept)):
        found[well].append(words)
    return found


def _losses(run: Run) -> Iterator[tuple[bool, str]]:
    """Yield losses beside their own kind: means of whole epochs; the same rows before the first step and with what is kept."""
    means = run.loss_epochs
    if len(means) > 1:
        fell = means[-1] < means[0]
        numbers = f"{means[0]:.3f} in the first epoch, {means[-1]:.3f} in the last of {len(means)} whole ones"
        yield fell, f"the training loss {'fell' if fell else 'did not fall'}: {numbers} (means over the epoch, nats a token)"
    if run.loss_start is not None and run.loss_kept is not None:
        fell = run.loss_kept < run.loss_start
        rows = "held-out rows" if run.loss_rows == "held-out" else "first step's rows"
        numbers = f"{run.loss_start:.3f} before training, {run.loss_kept:.3f} with what is kept (nats a token)"
        yield fell, f"the loss of the {rows} {'fell' if fell else 'did not fall'}: {numbers}"


WELL = {"kept": True, "broken": False, "closer to the rows": True, "further from the rows": False}
"""By the verdict of a question, whether it went well; of the others only what they say of inventing is told, for suites have the rest."""


def _asked(questions: Questions | None) -> Iterator[tuple[bool, str]]:
    for one in told_questions(questions) if questions is not None else ():
        name = one.name.partition(":")[0].lower()
        if one.key in ("thinking", "style"):
            yield WELL.get(one.verdict, False), f"{name}: {inline(one.verdict)}: {inline(one.sentence)}"
        elif one.key == "facts" and "invents" in one.verdict:
            yield "invents less" in one.verdict, f"{name}: {inline(one.verdict)}: {inline(one.sentence)}"


def _earlier(kept: Retention | None) -> Iterator[tuple[bool, str]]:
    for one in kept.sessions if kept is not None else ():
        if kept is not None and one.change is not None:
            yield one.verdict == KEPT, f"{inline(one.name)}: {inline(one.words(kept.margin))}: {_numbers(one.change)}"
    if kept is not None and kept.general is not None:
        change = kept.general
        words = moved_words(change.difference, change.low, change.high)
        yield change.high >= 0, f"general ability beside the base: {words}: {_numbers(change)}"


def _failure(run: Run, questions: Questions | None) -> str:
    if run.broken:
        return f"the version is broken: {run.broken}"
    thinking = questions.thinking if questions is not None else None
    return f"the thinking mode is broken: {thinking.reason}" if thinking is not None and newly_broken(thinking) else ""


def _change(run: Run, comparison: Comparison | None, questions: Questions | None) -> Iterator[str]:
    if run.broken:
        yield inline(run.broken_remedy)
    thinking = questions.thinking if questions is not None else None
    if thinking is not None and newly_broken(thinking):
        yield f"for the thinking mode{inline(cause_words(thinking))}: {mode_remedy(thinking, run.data_files)}"
    yield from (f"for {inline(gate.name)}: {inline(gate.advice)}" for gate in run.gates if gate.advice)
    if any(part.verdict == NOT_LEARNED for part in run.parts):
        yield "train on until the facts are known: more epochs (`--set train.epochs=N`) or a higher rate (`--set train.learning_rate=N`)"
    if run.parts and headline(run.parts):
        return
    if comparison is None:
        yield "hold rows out (`--set data.holdout=N`) or name a suite (`--suite NAME`)"
    elif comparison.verdict == "cannot tell" and not run.broken:
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
