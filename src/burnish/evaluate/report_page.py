"""`report.html`: one file that opens anywhere, offline. Every value is escaped; the page may load nothing, and run its own script only."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.evaluate import markdown, report_markdown, report_plots as plots, report_words as words
from burnish.evaluate.report_diff import Piece, marked
from burnish.evaluate.report_input import BETTER, SAME, SHOWN, WORSE, ReportInput, paired_answers
from burnish.evaluate.report_questions import told_questions
from burnish.records.codec import JSON
from burnish.records.report import GradedAnswer
from burnish.records.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment

PAGE_CHARACTERS = 20_000
"""Characters of one text that the page shows; the rest is said to be left out, and is in before_after.md and report.json."""
LISTED_ROWS = 50
"""Refused or shortened rows that the page names; all are in report.json."""
LISTED_LOSSES = 60
"""Points of the loss curve that the table beside it shows."""
MARKS = {"better": "▲", "worse": "▼", "cannot tell": "≈", "not judged": "–"}


def page(data: ReportInput) -> str:
    """Return the page. Its only style and script are those in it, each allowed by its hash; there is no image or link outwards."""
    environment = _environment()
    answers = paired_answers(data.before, data.after)
    return environment.get_template("report.html").render(
        data=data,
        style_hash=_digest("report.css"),
        script_hash=_digest("report.js"),
        mark=MARKS[data.verdict],
        groups=[(fate, answers.of(fate)) for fate in (WORSE, BETTER, SAME, SHOWN) if fate != SHOWN or answers.of(SHOWN)],
        ordered=sorted(answers.pairs, key=lambda pair: (pair.change, pair.number)),
        carried=data.carried is not None,
        carried_title=words.carried_title(data.carried) if data.carried is not None else "",
        carried_sentence=words.carried_sentence(data.carried) if data.carried is not None else "",
        carried_rows=words.carried_rows(data.carried) if data.carried is not None else (),
        questions=told_questions(data.questions) if data.questions is not None else (),
        suites=dict.fromkeys(pair.suite for pair in answers.pairs),
        sentence=data.sentence if data.facts_sentence and not data.failure else words.verdict_sentence(data.comparison),
        plot=plots.loss_plot(data.losses, data.held_out),
        loss_rows=_thinned(_loss_rows(data)),
        loss_count=len(_loss_rows(data)),
        ledger_rows=words.ledger_rows(data.ledger),
        named_rows=[entry for entry in data.ledger.entries if entry.reason],
        listed_rows=LISTED_ROWS,
        facts=list(_flat(data.environment)),
    )


def _digest(name: str) -> str:
    """Return the sha256, in base64, of a file as it stands in the page."""
    text = _environment().get_template(name).render()
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = ("score", "signed", "interval", "chance", "share", "duration", "size", "count", "setting", "prompts", "upper_first")
    environment.filters.update({name: getattr(words, name) for name in names})
    environment.filters.update(shorten=markdown.shorten, wanted=report_markdown.wanted)
    environment.globals.update(
        score_mark=plots.score_mark,
        difference_mark=plots.difference_mark,
        categories=report_markdown.categories,
        missed=words.missed,
        marked=_marked,
        feature_mark=plots.feature_mark,
    )
    return environment


def _marked(before: GradedAnswer | None, after: GradedAnswer | None) -> Any:
    """Return both answers in pieces, what differs marked; texts are cut first, as everything on the page is."""
    texts = [_cut(one.text) if one is not None else "" for one in (before, after)]
    if before is None or after is None:
        return [(Piece(text, changed=False),) for text in texts]
    return marked(texts[0], texts[1])


def _cut(text: str) -> str:
    left_out = len(text) - PAGE_CHARACTERS
    if left_out <= 0:
        return text
    return f"{text[:PAGE_CHARACTERS]}\n… {left_out:,} more characters, in before_after.md and report.json"


def _shown(value: object) -> object:
    """Make hidden characters visible, and cut what no one would read, in every text that enters the page."""
    from markupsafe import Markup

    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    # A text that was cut carries its own remark, and must not be cut again.
    return visible(value if len(value) <= PAGE_CHARACTERS + 100 else _cut(value))


def _loss_rows(data: ReportInput) -> list[tuple[int, float | None, float | None]]:
    train, held_out = dict(data.losses), dict(data.held_out)
    return [(step, train.get(step), held_out.get(step)) for step in sorted({*train, *held_out})]


def _thinned(rows: list[Any]) -> list[Any]:
    """Return at most LISTED_LOSSES rows, evenly spread, with the first and the last."""
    if len(rows) <= LISTED_LOSSES:
        return rows
    last = len(rows) - 1
    return [rows[round(i * last / (LISTED_LOSSES - 1))] for i in range(LISTED_LOSSES)]


def _flat(values: Mapping[str, JSON], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key} ")
        else:
            yield f"{before}{key}", words.setting(value)
