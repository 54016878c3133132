"""The gates, the four questions and what they rest on, for `before_after.md`."""

from __future__ import annotations

from collections.abc import Sequence

from burnish.evaluate.markdown import inline, shorten, table
from burnish.evaluate.report_input import GateLine
from burnish.evaluate.report_questions import told_questions
from burnish.evaluate.report_words import duration, score
from burnish.records.questions import Questions, Recall, Style


def gates(found: Sequence[GateLine]) -> list[str]:
    """Give each gate with what was asked and measured."""
    rows = [(inline(gate.name), inline(gate.line), "passed" if gate.passed else "**failed**") for gate in found]
    return ["## Gates", "", *table(("gate", "asked and measured", ""), rows)] if rows else []


def questions(found: Questions | None) -> list[str]:
    """Give the four answers by name, then what they rest on: recalled rows, features, inventions, breaches."""
    if found is None:
        return []
    lines = ["## Four questions", ""]
    for one in told_questions(found):
        verdict = f"**{inline(one.verdict)}**: " if one.verdict else ""
        lines += [f"- **{inline(one.name)}** {verdict}{inline(one.sentence)}"]
    taken = f"The extra answers took {duration(found.seconds)}, before and after together."
    return [
        *lines,
        "",
        taken,
        "",
        *_style(found.style),
        *_recall(found.recall),
        *_invented(found),
        *_breaches(found),
    ]


def _style(style: Style) -> list[str]:
    rows = [(one.name, one.group, f"{one.rows:.2f}", f"{one.before:.2f}", f"{one.after:.2f}") for one in style.features]
    heads = ("style, mean an answer", "group", "the rows", "before", "after")
    return ["### Style in numbers", "", *table(heads, rows)] if rows else []


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
    return ["### Recall, row by row (no part of the verdict)", "", *table(heads, rows)] if rows else []


def _short(text: str) -> str:
    return inline(shorten(text, 60))


def _invented(questions: Questions) -> list[str]:
    rows = [
        (_short(one.prompt), inline(", ".join(one.before)) or "–", inline(", ".join(one.after)) or "–")
        for one in questions.facts.items
    ]
    heads = ("held-out prompt", "from nowhere, before", "after")
    return ["### Names and numbers of neither prompt nor rows", "", *table(heads, rows)] if rows else []


def _breaches(questions: Questions) -> list[str]:
    found = questions.thinking.breaches if questions.thinking is not None else ()
    rows = [(one.mode, inline(one.id), _short(one.prompt), inline(one.what), "yes" if one.before else "no") for one in found]
    heads = ("thinking", "item", "prompt", "what is wrong", "before training too")
    return ["### Answers that break the thinking mode", "", *table(heads, rows)] if rows else []
