"""A ranking as a table for spreadsheets (CSV) and as one offline page (HTML). Every value is escaped; the page runs nothing."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from burnish.evaluate import report_words as words
from burnish.evaluate.report_plots import difference_mark, strip_mark
from burnish.evaluate.side_by_side import NOTHING_SCORED, Asked
from burnish.records.ranking import Ranking
from burnish.records.visible import visible

COLUMNS = ("suite", "model", "rank", "groups", "mean", "low", "high", "n")
ALL = "all"
"""The row over all suites; a suite's own rows have no rank, for only the whole is tested."""
PAGE_CHARACTERS = 20_000
"""Characters of one text that the page shows; the Markdown beside it has all."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a cell."""


def table(ranking: Ranking) -> str:
    """Return the ranking as CSV (RFC 4180): one line a model over all prompts, then one a model and suite."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one in ranking.models:
        writer.writerow((ALL, _cell(one.model), one.rank, one.groups, one.mean, one.low, one.high, one.n))
    for name in ranking.models[0].suites:
        for one in ranking.models:
            writer.writerow((_cell(name), _cell(one.model), "", "", *one.suites[name], ""))
    return file.getvalue()


def _cell(text: str) -> str:
    """Return a name as a cell that no spreadsheet runs."""
    return f"'{text}" if text.startswith(FORMULA) else text


def page(ranking: Ranking | None, asked: Sequence[Asked] = ()) -> str:
    """Return the page: the ranking, where anything was scored, and every prompt `asked` with all answers.

    Its only style is the sheet in it, allowed by its hash; there is no script, image or link outwards. Of a very long text
    the page shows the beginning, and says so.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: object) -> object:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({name: getattr(words, name) for name in ("score", "signed", "interval", "chance", "missed")})
    environment.globals.update(strip_mark=strip_mark, difference_mark=difference_mark)
    style = environment.get_template("ranking.css").render()
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return environment.get_template("ranking.html").render(
        ranking=ranking,
        style_hash=digest,
        suites=list(ranking.models[0].suites) if ranking else [],
        asked=asked,
        sentence=ranking.sentence if ranking else NOTHING_SCORED,
        characters=PAGE_CHARACTERS,
    )
