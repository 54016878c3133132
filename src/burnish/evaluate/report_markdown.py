"""`before_after.md`: the verdict, the scores, and every prompt with both answers, readable in any editor."""

from __future__ import annotations

import json
from collections.abc import Iterator

from burnish.evaluate.markdown import code, fenced, inline, shorten, table
from burnish.evaluate.report_input import BETTER, SAME, SHOWN, WORSE, Answers, Pair, ReportInput, paired_answers
from burnish.evaluate.report_markdown_questions import gates, questions
from burnish.evaluate.report_words import (
    carried_rows,
    carried_sentence,
    carried_title,
    chance,
    count,
    interval,
    score,
    share,
    signed,
    upper_first,
)
from burnish.records.carried import RowsMeasured
from burnish.records.report import Comparison, GradedAnswer, SuiteComparison
from burnish.records.taught import Taught, TaughtAnswer

LISTED = 20
"""Changed prompts named in a list at most; each of them stands further down with its answers."""


def markdown(data: ReportInput) -> str:
    """Return the whole file."""
    answers = paired_answers(data.before, data.after)
    parts = [
        [f"# Before and after: {inline(data.title)}", "", f"**{inline(data.sentence)}**", ""],
        [f"Version `{code(data.run_id)}`, trained from {inline(data.plan.model_name)}. {_sentence(data.kept)}".rstrip(), ""],
        gates(data.gates),
        _taught(data.taught),
        _carried(data.carried),
        questions(data.questions),
        _scores(data.comparison),
        _manner(data),
        _changed("What improved", answers.of(BETTER)),
        _changed("What got worse", answers.of(WORSE)),
        _remarks(data.remarks),
        _answers(answers),
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _taught(taught: Taught | None) -> list[str]:
    """List every question about a taught fact with both answers, those not known first."""
    if taught is None:
        return []
    asked = [("trained", one) for one in taught.trained_words] + [("other", one) for one in taught.other_words]
    rows = [
        (inline(shorten(one.prompt)), words, inline(shorten(one.target)), inline(shorten(one.after)), _known(one))
        for words, one in sorted(asked, key=lambda pair: (pair[1].right_after, pair[0], pair[1].fact))
    ]
    told = (
        f"{taught.facts} facts. Right by the fact's own names, numbers and words, never by likeness; "
        "in trained words the question stands in the rows as it is asked here."
    )
    return ["## Taught facts", "", told, "", *table(("asked", "words", "wanted", "answer after", "known"), rows)]


def _carried(carried: RowsMeasured | None) -> list[str]:
    if carried is None:
        return []
    heads = ("", "with its rows", "without")
    said = f" {upper_first(carried_sentence(carried))}." if carried.kinds or carried.left_out else ""
    return [
        "## The rows it carries",
        "",
        f"{upper_first(carried_title(carried))}.{said}",
        "",
        *table(heads, carried_rows(carried)),
    ]


def _known(one: TaughtAnswer) -> str:
    if one.right_after:
        return "yes, as before" if one.right_before else "yes"
    return "**lost**" if one.right_before else "**no**"


def _sentence(text: str) -> str:
    return f"{inline(upper_first(text))}." if text else ""


def _scores(comparison: Comparison | None) -> list[str]:
    if comparison is None:
        return []
    rows = [_score_row("**all prompts**", comparison.overall)]
    for name, suite in comparison.suites.items():
        rows.append(_score_row(f"**{inline(name)}**", suite))
        rows += [_score_row(f"{inline(name)}: {inline(category)}", one) for category, one in categories(comparison, name)]
    heads = ("suite and category", "prompts", "before", "after", "difference", "95 % interval", "p", "verdict")
    told = "Scores go from 0 (wrong) to 1 (right). The verdict rests on all prompts together; categories are for reading."
    return ["## Scores", "", *table(heads, rows), told, ""]


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
    return ["## How the answers end", "", *table(heads, rows)] if rows else []


def _changed(title: str, pairs: tuple[Pair, ...]) -> list[str]:
    lines = [
        f"- {signed(pair.change)} [{inline(shorten(pair.asked.prompt))}](#prompt-{pair.number}) "
        f"({inline(pair.suite)}, {inline(pair.asked.category)})"
        for pair in pairs[:LISTED]
    ]
    if len(pairs) > LISTED:
        lines.append(f"- and {count(len(pairs) - LISTED)} more, below")
    return [f"## {title}: {count(len(pairs))}", "", *(lines or ["Nothing."]), ""]


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
    if not pair.scored:
        return SHOWN
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
    worth = f"{score(answer.score)}{why}" if answer.grader else SHOWN
    return [f"{side}: {worth}, {count(answer.tokens)} tokens{end}", "", *fenced(answer.text)]
