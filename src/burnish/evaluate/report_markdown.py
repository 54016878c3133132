"""`before_after.md`: the verdict, the scores, and every prompt with both answers, readable in any editor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from burnish.evaluate.report_input import BETTER, SAME, WORSE, Answers, GateLine, Pair, ReportInput, paired_answers
from burnish.evaluate.report_questions import told_questions
from burnish.evaluate.report_words import (
    chance,
    count,
    duration,
    interval,
    score,
    share,
    signed,
    upper_first,
    verdict_sentence,
    visible,
)
from burnish.records.questions import Questions, Recall, Style
from burnish.records.report import Comparison, GradedAnswer, SuiteComparison

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
LISTED = 20
"""Changed prompts named in a list at most; each of them stands further down with its answers."""


def markdown(data: ReportInput) -> str:
    """Return the whole file."""
    answers = paired_answers(data.before, data.after)
    parts = [
        [f"# Before and after: {inline(data.title)}", "", f"**{inline(verdict_sentence(data.comparison, data.failure))}**", ""],
        [f"Version `{code(data.run_id)}`, trained from {inline(data.plan.model_name)}. {_sentence(data.kept)}".rstrip(), ""],
        _gates(data.gates),
        _questions(data.questions),
        _scores(data.comparison),
        _manner(data),
        _changed("What improved", answers.of(BETTER)),
        _changed("What got worse", answers.of(WORSE)),
        _remarks(data.remarks),
        _answers(answers),
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _gates(gates: Sequence[GateLine]) -> list[str]:
    rows = [(inline(gate.name), inline(gate.line), "passed" if gate.passed else "**failed**") for gate in gates]
    return ["## Gates", "", *_table(("gate", "asked and measured", ""), rows)] if rows else []


def _questions(questions: Questions | None) -> list[str]:
    """Give the four answers by name, then what they rest on: recalled rows, features, inventions, breaches."""
    if questions is None:
        return []
    lines = ["## Four questions", ""]
    for one in told_questions(questions):
        verdict = f"**{inline(one.verdict)}**: " if one.verdict else ""
        lines += [f"- **{inline(one.name)}** {verdict}{inline(one.sentence)}"]
    taken = f"The extra answers took {duration(questions.seconds)}, before and after together."
    return [
        *lines,
        "",
        taken,
        "",
        *_style(questions.style),
        *_recall(questions.recall),
        *_invented(questions),
        *_breaches(questions),
    ]


def _style(style: Style) -> list[str]:
    rows = [(one.name, one.group, f"{one.rows:.2f}", f"{one.before:.2f}", f"{one.after:.2f}") for one in style.features]
    heads = ("style, mean an answer", "group", "the rows", "before", "after")
    return ["### Style in numbers", "", *_table(heads, rows)] if rows else []


def _recall(recall: Recall) -> list[str]:
    rows = [
        (
            inline(one.where),
            _short(one.prompt),
            score(one.edit_before),
            score(one.edit_after),
            "yes" if one.contains_after else "no",
        )
        for one in recall.items
    ]
    heads = ("training row", "prompt", "likeness before", "after", "holds the row's answer")
    return ["### Recall, row by row (no part of the verdict)", "", *_table(heads, rows)] if rows else []


def _short(text: str) -> str:
    return inline(shorten(text, 60))


def _invented(questions: Questions) -> list[str]:
    rows = [
        (_short(one.prompt), inline(", ".join(one.before)) or "–", inline(", ".join(one.after)) or "–")
        for one in questions.facts.items
    ]
    heads = ("held-out prompt", "from nowhere, before", "after")
    return ["### Names and numbers of neither prompt nor rows", "", *_table(heads, rows)] if rows else []


def _breaches(questions: Questions) -> list[str]:
    found = questions.thinking.breaches if questions.thinking is not None else ()
    rows = [(one.mode, inline(one.id), _short(one.prompt), inline(one.what), "yes" if one.before else "no") for one in found]
    heads = ("thinking", "item", "prompt", "what is wrong", "before training too")
    return ["### Answers that break the thinking mode", "", *_table(heads, rows)] if rows else []


def _sentence(text: str) -> str:
    return f"{inline(upper_first(text))}." if text else ""


def inline(text: str) -> str:
    """Return text for a line of prose, a heading or a table's cell: one line, and nothing in it is markdown or HTML."""
    return SPECIAL.sub(r"\\\1", " ".join(visible(text).split()))


def code(text: str) -> str:
    """Return text for between two single backticks: one line, without backticks."""
    return " ".join(visible(text).split()).replace("`", "'")


def fenced(text: str) -> list[str]:
    """Return the lines of a code block that nothing in the text can end: its fence is longer than any run of backticks in it."""
    shown = visible(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence + "text", *shown.split("\n"), fence, ""]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table: the first column to the left, numbers to the right."""
    rule = "|".join(["---", *["---:"] * (len(heads) - 1)])
    return [f"| {' | '.join(heads)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows), ""]


def _scores(comparison: Comparison | None) -> list[str]:
    if comparison is None:
        return []
    rows = [_score_row("**all prompts**", comparison.overall)]
    for name, suite in comparison.suites.items():
        rows.append(_score_row(f"**{inline(name)}**", suite))
        rows += [_score_row(f"{inline(name)}: {inline(category)}", one) for category, one in categories(comparison, name)]
    heads = ("suite and category", "prompts", "before", "after", "difference", "95 % interval", "p", "verdict")
    told = "Scores go from 0 (wrong) to 1 (right). The verdict rests on all prompts together; categories are for reading."
    return ["## Scores", "", *_table(heads, rows), told, ""]


def categories(comparison: Comparison, suite: str) -> list[tuple[str, SuiteComparison]]:
    """Return the categories of a suite by name; none where there is only one, for it would repeat the suite."""
    start = f"{suite}/"
    found = [(key.removeprefix(start), one) for key, one in comparison.categories.items() if key.startswith(start)]
    return found if len(found) > 1 else []


def _score_row(name: str, one: SuiteComparison) -> tuple[str, ...]:
    spread = interval(one).removeprefix("95 % interval ")
    p = chance(one.p).removeprefix("p ").removeprefix("= ")
    return (name, str(one.n), score(one.mean_a), score(one.mean_b), signed(one.difference), spread, inline(p), one.verdict)


def _manner(data: ReportInput) -> list[str]:
    """Give how the answers end and how long they are, by suite."""
    before, after = (report.suites if report is not None else {} for report in (data.before, data.after))
    rows = []
    for name in dict.fromkeys([*before, *after]):
        sides = [side.get(name) for side in (before, after)]
        stops = [share(side.natural_stop_rate, 1) if side else "–" for side in sides]
        lengths = [f"{side.mean_tokens:.0f}" if side else "–" for side in sides]
        rows.append((inline(name), *stops, *lengths))
    heads = ("suite", "ended by themselves, before", "after", "tokens an answer, before", "after")
    return ["## How the answers end", "", *_table(heads, rows)] if rows else []


def _changed(title: str, pairs: tuple[Pair, ...]) -> list[str]:
    lines = [
        f"- {signed(pair.change)} [{inline(shorten(pair.asked.prompt))}](#prompt-{pair.number}) "
        f"({inline(pair.suite)}, {inline(pair.asked.category)})"
        for pair in pairs[:LISTED]
    ]
    if len(pairs) > LISTED:
        lines.append(f"- and {count(len(pairs) - LISTED)} more, below")
    return [f"## {title}: {count(len(pairs))}", "", *(lines or ["Nothing."]), ""]


def shorten(text: str, characters: int = 90) -> str:
    """Return a text on one line, at most so many characters long."""
    line = " ".join(text[: 20 * characters].split())
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"


def _remarks(remarks: tuple[str, ...]) -> list[str]:
    return ["## Unexpected behaviour", "", *([f"- {inline(one)}" for one in remarks] or ["Nothing unusual was seen."]), ""]


def _answers(answers: Answers) -> Iterator[str]:
    if answers.pairs:
        yield "## Every prompt, with both answers"
        yield ""
    for pair in answers.pairs:
        asked = pair.asked
        yield f"### Prompt {pair.number}"
        yield ""
        yield f"{inline(pair.suite)}, {inline(asked.category)}, id {inline(asked.id)}: **{_change(pair)}**"
        yield ""
        yield from fenced(asked.prompt)
        if asked.target is not None:
            yield f"Wanted, by the grader {inline(asked.grader)}: {inline(wanted(asked.target))}"
            yield ""
        for side, answer in (("Before", pair.before), ("After", pair.after)):
            yield from _answer(side, answer)


def _change(pair: Pair) -> str:
    sides = (score(side.score) if side else "not asked" for side in (pair.before, pair.after))
    fate = f", {pair.fate}" if pair.fate != SAME and pair.before and pair.after else ""
    return " → ".join(sides) + fate


def wanted(target: object) -> str:
    """Return what a grader compares with, as a text."""
    return target if isinstance(target, str) else json.dumps(target, ensure_ascii=False)


def _answer(side: str, answer: GradedAnswer | None) -> list[str]:
    if answer is None:
        return [f"{side}: not asked.", ""]
    why = f" ({inline(answer.detail)})" if answer.detail else ""
    end = "" if answer.natural_stop else ", cut at the limit"
    return [f"{side}: {score(answer.score)}{why}, {count(answer.tokens)} tokens{end}", "", *fenced(answer.text)]
