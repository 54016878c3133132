"""A suite made of rows: each conversation is a question, graded by its own answer as a held-out row is."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.data.container import open_file, raw_rows
from burnish.data.flaw import Flaw
from burnish.data.read import ROW_BYTES, read_rows
from burnish.data.row import of_value
from burnish.data.strict import JsonError, parse_json
from burnish.errors import DataError
from burnish.evaluate.suite import held_out_suite
from burnish.evaluate.suite_rows import KEYS
from burnish.flow.rows import alike
from burnish.records.codec import JSON
from burnish.records.conversation import Origin

if TYPE_CHECKING:
    from burnish.records.task import Task

LOOKED_AT = 20
"""Rows by which a file of rows is told from a suite of tasks."""


def holds_rows(path: Path) -> bool:
    """Return whether a file holds rows of conversations rather than tasks: no grader anywhere, and an answer to compare with."""
    if path.suffix.casefold() == ".toml":
        return False
    try:
        with open_file(path) as file:
            raw = list(itertools.islice(raw_rows(file, path, ROW_BYTES)[1], LOOKED_AT))
    except (DataError, OSError):
        return False  # whoever reads it as a suite says why
    values = [_value(row.text) for row in raw if row.flaw is None]
    return not any("grader" in value for value in values) and any(map(_is_row, values))


def _value(text: bytes) -> Mapping[str, JSON]:
    try:
        value = parse_json(text)
    except JsonError:
        return {}
    return value if isinstance(value, dict) else {}


def _is_row(value: Mapping[str, JSON]) -> bool:
    flaws: list[Flaw] = []
    made = of_value(value, flaws, Counter(), Origin(file="", line=0, byte=0))
    if made is None or flaws:
        return False
    return not value.keys() <= {*KEYS} or (made.messages[-1].role == "assistant" and "messages" in value)


def row_suite(path: Path) -> tuple[Task, ...]:
    """Return the tasks of a file of rows. Raises DataError that names every row which cannot be asked."""
    read = read_rows(path)
    if read.refused:
        told = alike(read.refused)
        more = [f"... and {len(told) - 20} more"] if len(told) > 20 else []
        raise DataError(
            f"{len(read.refused)} of the {read.rows_read} rows of the suite {path} cannot be asked",
            seen="\n        ".join(told[:20] + more),
            remedy=f"mend or take out these rows; burnish check {path} names every fault with its remedy",
        )
    return held_out_suite(read.conversations)
