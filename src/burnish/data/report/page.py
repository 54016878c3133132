"""The page about a file of rows, before and after cleaning: one file that opens anywhere, offline, and runs and loads nothing."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.data.report.bars import courses, histograms
from burnish.data.report.facts import Facts
from burnish.data.report.pairs import Pairs
from burnish.records.conversation import Conversation
from burnish.records.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment

TEXT_CHARACTERS = 4_000
"""Characters of one text that the page shows."""
LISTED = 50
"""Refused rows that the page names."""
SAMPLES = 8
"""Rows of each kind that are shown whole."""
NAMED = 20
"""Categories or sources that have a line of their own."""


def page(files: Sequence[Facts], pairs: Pairs | None = None) -> str:
    """Return the page about a file, or about a file and what cleaning made of it, as HTML without a script.

    `pairs` says which row became which; it is given where there are two files.
    """
    before = files[0]
    return (
        _environment()
        .get_template("page.html")
        .render(
            style_hash=_digest("page.css"),
            files=files,
            pairs=pairs,
            fates=_fates(pairs),
            reasons=dict.fromkeys(reason for facts in files for reason in facts.reasons),
            lengths=histograms([facts.lengths for facts in files]),
            over_time=courses([facts.periods for facts in files]),
            categories=_lined([facts.categories for facts in files], "no category"),
            sources=_lined([facts.sources for facts in files], "no source named"),
            private=_private(files),
            samples=_spread(range(len(before.rows))) if pairs is None else (),
            changed=_spread(pairs.changed) if pairs else (),
            gone=_spread(pairs.gone) if pairs else (),
            listed=LISTED,
        )
    )


def _fates(pairs: Pairs | None) -> tuple[tuple[str, int | None, int | None], ...]:
    """Return what became of the usable rows: the words, rows before, rows after."""
    if pairs is None:
        return ()
    changed = len(pairs.changed)
    lines = (
        ("kept word for word", pairs.same, pairs.same),
        ("changed", changed, changed),
        ("taken out", len(pairs.gone), None),
        ("made from other rows", None, len(pairs.made)),
        ("not in the first file", None, len(pairs.new)),
    )
    return tuple(line for line in lines if any(line[1:]))


def _lined(files: Sequence[Mapping[str, int]], unnamed: str) -> list[tuple[str, list[int], list[float]]]:
    """Return the names of all files with the rows of each file, and their share of the most, in per cent."""
    totals: dict[str, int] = {}
    for counts in files:
        for name, count in counts.items():
            totals[name] = max(totals.get(name, 0), count)
    names = sorted(totals, key=lambda name: (-totals[name], name))
    lines = [(name or unnamed, [counts.get(name, 0) for counts in files]) for name in names[:NAMED]]
    if len(names) > NAMED:
        rest = [sum(counts.get(name, 0) for name in names[NAMED:]) for counts in files]
        lines.append((f"{len(names) - NAMED} more", rest))
    top = max((max(counts) for _, counts in lines), default=1) or 1
    return [(name, counts, [round(100 * count / top, 2) for count in counts]) for name, counts in lines]


def _private(files: Sequence[Facts]) -> list[tuple[str, list[Any]]] | None:
    """Return each kind of private thing with what each file holds of it; None where they could not be searched for."""
    if any(facts.private is None for facts in files):
        return None
    found = [{one.kind: one for one in facts.private or ()} for facts in files]
    return [(kind, [one.get(kind) for one in found]) for kind in dict.fromkeys(kind for one in found for kind in one)]


def _spread(items: Sequence[Any]) -> list[Any]:
    """Return at most SAMPLES items, evenly spread, the first among them."""
    return [items[i * len(items) // SAMPLES] for i in range(SAMPLES)] if len(items) > SAMPLES else list(items)


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
    environment.filters.update(lines=_lines, count=lambda number: f"{number:,}", place=_place)
    environment.globals.update(middle=_middle)
    return environment


def _shown(value: object) -> object:
    """Make hidden characters visible, and cut what no one would read, in every text that enters the page."""
    from markupsafe import Markup

    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    left_out = len(value) - TEXT_CHARACTERS
    return visible(value if left_out <= 0 else f"{value[:TEXT_CHARACTERS]}\n… {left_out:,} more characters, in the file")


def _lines(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:8])) + (f" and {len(numbers) - 8:,} more" if len(numbers) > 8 else "")


def _place(row: Conversation) -> str:
    return f"line {row.origin.line:,}" if row.origin else "no line"


def _middle(lengths: Sequence[int], share: float) -> int:
    """Return the length that `share` of the rows do not exceed; 0 where there are none."""
    return sorted(lengths)[min(len(lengths) - 1, int(share * len(lengths)))] if lengths else 0
