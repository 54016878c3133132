"""What a training tells a person: its numbers, its quote, its verdict, and what to type next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.evaluate.report_questions import question_rows
from burnish.evaluate.report_words import (
    carried_rows,
    carried_sentence,
    carried_title,
    duration,
    missed,
    no_worse,
    size,
    would_do,
)
from burnish.flow.events import Said, Shown, Work
from burnish.records.retention import FORGOT, moved_words
from burnish.records.taught import headline

__all__ = ["duration", "size"]

LOST_SHOWN = 5
"""Questions shown at once; all are in the run's folder."""

if TYPE_CHECKING:
    from collections.abc import Sequence

    from burnish.records.carried import RowsMeasured
    from burnish.records.plan import Plan
    from burnish.records.questions import Questions
    from burnish.records.report import Comparison, SuiteComparison
    from burnish.records.retention import Retention
    from burnish.records.run import Run
    from burnish.records.taught import VerdictPart


def settings_table(plan: Plan) -> Shown:
    """Return every number of a plan with its reason, as a table."""
    rows = tuple((str(s["name"]), _value(s["value"]), str(s["reason"])) for s in plan.settings())
    return Shown(title="the plan", columns=("setting", "value", "why"), rows=rows)


def _value(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def said_quote(plan: Plan) -> Said:
    """Return the quote in one line."""
    quote = plan.quote
    if quote is None:
        return Said(text="no quote")
    how = "measured with a step on this machine" if quote.measured else "reckoned, not measured"
    return Said(
        text=f"quote: training {duration(quote.seconds_low)} to {duration(quote.seconds_high)}, "
        f"memory up to {size(quote.peak_bytes)}, disk {size(quote.disk_bytes)} ({how})"
    )


def said_questions(questions: Questions | None) -> Work[None]:
    """Say the four answers, each by its name, and whether the thinking mode is kept."""
    if questions is None:
        return
    yield Shown(title="four questions", columns=("question", "answer"), rows=question_rows(questions))


def said_verdict(run: Run, comparison: Comparison | None, promoted: bool, reason: str) -> Work[None]:
    """Say the verdict in words, with its numbers, whether the version is broken, and what it means for `live`."""
    known = headline(run.parts)
    if known:
        yield Shown(
            title="what it was taught", columns=("", "before", "after", "difference", "verdict"), rows=part_rows(run.parts)
        )
        yield Said(text=f"verdict: {run.verdict}: {known}", level="head")
        for note in comparison.notes if comparison is not None else ():
            yield Said(text=f"note: {note}", level="warn")
    elif comparison is None:
        yield Said(
            text="verdict: not judged: no row was held out and no suite was named "
            "(hold rows out with --set data.holdout=N, or name a suite with --suite)",
            level="warn",
        )
    else:
        yield Shown(
            title="before and after", columns=("", "before", "after", "difference", "verdict"), rows=score_rows(comparison)
        )
        failed = bool(run.broken) or comparison.verdict != run.verdict
        scores = "by the scores alone: " if run.broken else ""
        yield Said(text=f"verdict: {scores}{verdict_words(comparison)}", level="warn" if failed else "head")
        if failed and not run.broken:
            yield Said(text=f"failed: {run.verdict}, for the thinking mode is broken (see the question above)", level="head")
        for note in comparison.notes:
            yield Said(text=f"note: {note}", level="warn")
    if run.broken:
        yield Said(text=f"broken: {run.broken}. To mend it, {run.broken_remedy}", level="head")
    yield Said(
        text=f"version {run.id} is now live ({reason})" if promoted else f"version {run.id} is kept but not live: {reason}"
    )


def part_rows(parts: Sequence[VerdictPart]) -> tuple[tuple[str, ...], ...]:
    """Return the named parts of a verdict as rows of a table."""
    return tuple(
        (
            f"{part.name} ({part.n})",
            f"{part.before:.2f}",
            f"{part.after:.2f}",
            f"{part.after - part.before:+.2f} ({part.low:+.2f} to {part.high:+.2f})",
            part.verdict,
        )
        for part in parts
    )


def said_carried(carried: RowsMeasured | None) -> Work[None]:
    """Say what the carried rows do: right with them and without, what is invented where they do not answer, and what they cost."""
    if carried is None:
        return
    yield Shown(title=carried_title(carried), columns=("", "with its rows", "without"), rows=carried_rows(carried))
    if said := carried_sentence(carried):
        yield Said(text=said)


def said_retention(kept: Retention | None) -> Work[None]:
    """Say what was kept of each earlier session and of the base, which questions were lost, and what to do about it."""
    if kept is None:
        return
    rows = [_kept_row(one.name, one.change, one.words(kept.margin)) for one in kept.sessions]
    if kept.general is not None:
        change = kept.general
        words = moved_words(change.difference, change.low, change.high)
        rows += [_kept_row("general ability, beside the base", change, words)]
    title = "questions of earlier sessions, asked again (scores)"
    yield Shown(title=title, columns=("", "when trained", "now", "difference (95 % interval)", ""), rows=tuple(rows))
    for one in kept.lost[:LOST_SHOWN]:
        yield Said(text=f"lost ({one.session}): {one.prompt!r}, then {one.then!r}, now {one.now!r}", level="warn")
    if len(kept.lost) > LOST_SHOWN:
        yield Said(text=f"and {len(kept.lost) - LOST_SHOWN} more: retention.json in the run's folder", level="warn")
    if kept.verdict == FORGOT:
        yield Said(
            text=f"it forgot: {kept.reason}. Try again with more replay and a lower rate: burnish train --retry", level="head"
        )


def _kept_row(name: str, change: SuiteComparison | None, verdict: str) -> tuple[str, ...]:
    if change is None:
        return (name, "-", "-", "it left no questions", verdict)
    spread = f"{change.difference:+.2f} ({change.low:+.2f} to {change.high:+.2f})"
    return (f"{name} ({change.n})", f"{change.mean_a:.2f}", f"{change.mean_b:.2f}", spread, verdict)


def verdict_words(comparison: Comparison | None) -> str:
    """Return the overall verdict with its numbers and, for `cannot tell`, what would have been needed."""
    if comparison is None:
        return "not judged"
    overall = comparison.overall
    numbers = (
        f"{overall.mean_a:.2f} before, {overall.mean_b:.2f} after on {overall.n} questions; "
        f"difference {overall.difference:+.2f}, 95 % interval {overall.low:+.2f} to {overall.high:+.2f}, p = {overall.p:.2g}"
    )
    if comparison.verdict != "cannot tell":
        return f"{comparison.verdict} ({numbers})"
    return f"cannot tell ({numbers}); {missed(overall)}; {would_do(overall)}"


def score_rows(comparison: Comparison) -> tuple[tuple[str, ...], ...]:
    """Return the scores of each suite and category as rows of a table; a suite's verdict says whether it is shown not to fall."""

    def row(name: str, one: SuiteComparison, verdict: str) -> tuple[str, ...]:
        spread = f"{one.difference:+.2f} ({one.low:+.2f} to {one.high:+.2f})"
        return (f"{name} ({one.n})", f"{one.mean_a:.2f}", f"{one.mean_b:.2f}", spread, verdict)

    rows = []
    for name, suite in comparison.suites.items():
        told = suite.verdict if suite.verdict != "cannot tell" else f"cannot tell; {no_worse(suite)}"
        rows.append(row(name, suite, told))
        parts = {key: one for key, one in comparison.categories.items() if key.startswith(f"{name}/")}
        if len(parts) > 1:
            rows += [row(f"  {key.split('/', 1)[1]}", one, "") for key, one in parts.items()]
    return tuple(rows)


def losses_of(path: Path) -> tuple[tuple[tuple[int, float], ...], tuple[tuple[int, float], ...]]:
    """Return the (step, loss) of training and of the held-out rows from an events file; a resumed step counts once."""
    train: dict[int, float] = {}
    held: dict[int, float] = {}
    for text in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            event = json.loads(text)
        except ValueError:
            continue  # a line torn by a kill; its step was run again
        if event["event"] == "stepped":
            train[event["step"]] = event["loss"]
        elif event["event"] == "held_out":
            held[event["step"]] = event["loss"]
    return tuple(sorted(train.items())), tuple(sorted(held.items()))


def epoch_losses(path: Path) -> tuple[float, ...]:
    """Return the mean training loss of each epoch from an events file, each target weighing the same; a resumed step counts once.

    A last epoch that was cut short is left out: its mean is of other rows than those of whole ones.
    """
    steps: dict[int, tuple[int, float, int]] = {}
    for text in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            event = json.loads(text)
        except ValueError:
            continue  # a line torn by a kill; its step was run again
        if event["event"] == "stepped":
            steps[event["step"]] = (event["epoch"], event["loss"], event["supervised_tokens"])
    sums: dict[int, list[float]] = {}
    for epoch, loss, targets in steps.values():
        total = sums.setdefault(epoch, [0.0, 0.0, 0.0])
        total[0] += loss * targets
        total[1] += targets
        total[2] += 1
    longest = max((taken for _, _, taken in sums.values()), default=0)
    return tuple(total / targets for _, (total, targets, taken) in sorted(sums.items()) if targets and taken == longest)


def next_steps(run: Run) -> tuple[str, ...]:
    """Return what a person may type next."""
    return ("burnish chat", "burnish log", f"burnish show {run.id}", "burnish train MORE_ROWS.jsonl")
