"""`report.html`: one file that opens anywhere, offline. Every value is escaped; the page may load nothing and run nothing."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.evaluate import report_markdown, report_plots as plots, report_words as words
from burnish.evaluate.report_input import BETTER, SAME, WORSE, ReportInput, paired_answers
from burnish.records.codec import JSON

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
    """Return the page. Its only style is the sheet in it, allowed by its hash; there is no script, image or link outwards."""
    environment = _environment()
    style = environment.get_template("report.css").render()
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    answers = paired_answers(data.before, data.after)
    return environment.get_template("report.html").render(
        data=data,
        style_hash=digest,
        mark=MARKS[data.verdict],
        groups=[(fate, answers.of(fate)) for fate in (WORSE, BETTER, SAME)],
        suites=dict.fromkeys(pair.suite for pair in answers.pairs),
        sentence=words.verdict_sentence(data.comparison),
        plot=plots.loss_plot(data.losses, data.held_out),
        loss_rows=_thinned(_loss_rows(data)),
        loss_count=len(_loss_rows(data)),
        ledger_rows=words.ledger_rows(data.ledger),
        named_rows=[entry for entry in data.ledger.entries if entry.reason],
        listed_rows=LISTED_ROWS,
        facts=list(_flat(data.environment)),
        fates={"worse": WORSE, "better": BETTER, "same": SAME},
    )


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
    environment.filters.update(shorten=report_markdown.shorten, wanted=report_markdown.wanted)
    environment.globals.update(
        score_mark=plots.score_mark,
        difference_mark=plots.difference_mark,
        categories=report_markdown.categories,
        missed=words.missed,
    )
    return environment


def _shown(value: object) -> object:
    """Make hidden characters visible, and cut what no one would read, in every text that enters the page."""
    from markupsafe import Markup

    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    left_out = len(value) - PAGE_CHARACTERS
    if left_out > 0:
        value = f"{value[:PAGE_CHARACTERS]}\n… {left_out:,} more characters, in before_after.md and report.json"
    return words.visible(value)


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
