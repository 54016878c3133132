"""Text made safe for Markdown: prose, code, fenced blocks and tables that nothing in an answer can break out of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from burnish.records.visible import visible

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")


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


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table: the first column to the left, numbers to the right."""
    rule = "|".join(["---", *["---:"] * (len(heads) - 1)])
    return [f"| {' | '.join(heads)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows), ""]


def shorten(text: str, characters: int = 90) -> str:
    """Return a text on one line, at most so many characters long."""
    line = " ".join(text[: 20 * characters].split())
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"
