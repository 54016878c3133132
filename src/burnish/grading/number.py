"""`number`: the last number of the answer is the right one."""

from __future__ import annotations

import math
from decimal import Decimal

from burnish.grading.example import Example
from burnish.grading.figures import Figure, figures
from burnish.records.codec import JSON
from burnish.records.report import Score
from burnish.records.task import Task

EXAMPLE = Example(
    wants='a number, or {"value": number, "tolerance": number}',
    prompt="How many seats are in 4 rows of 6?",
    target=24,
    answers=(("4 times 6 is 24.", 1.0), ("24, or perhaps 26", 0.0)),
)


def grade(task: Task, answer: str) -> Score:
    """Return 1 where the last number of the answer is the target, or within `{"value": v, "tolerance": t}` of it, else 0.

    Thousands separators, decimals, minus signs (also U+2212) and the words zero to ninety-nine are read; "one" counts only
    where no other number stands, since it mostly is a pronoun. For what is not read, see `figures`.

    >>> from burnish.grading.example import score
    >>> [score("number", 1234, answer) for answer in ("So it is 1,234.", "1234.0", "1234, not 5", "none")]
    [1.0, 1.0, 0.0, 0.0]
    >>> score("number", -3, "minus: −3"), score("number", {"value": 3.14, "tolerance": 0.01}, "about 3.1416")
    (1.0, 1.0)
    """
    value, tolerance = _wanted(task.target)
    found = last_number(answer)
    if found is None:
        return Score(value=0.0, detail="no number")
    return Score(value=float(abs(found.value - value) <= tolerance), detail=f"{found.text} for {value}")


def last_number(text: str) -> Figure | None:
    """Return the last number of a text that is not a time of day, or None."""
    found = [figure for figure in figures(text) if not figure.clock]
    sure = [figure for figure in found if figure.text.casefold() != "one"]
    return (sure or found)[-1] if found else None


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target: it must be a number, or {"value": number, "tolerance": number}."""
    target = task.target
    if isinstance(target, dict):
        if set(target) != {"value", "tolerance"} or not all(map(_is_number, target.values())) or target["tolerance"] < 0:
            return [f'number needs {{"value": number, "tolerance": number of at least 0}}, and got {target!r}']
        return []
    return [] if _is_number(target) else [f"number needs a target that is a number, and got {target!r}"]


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wanted(target: JSON) -> tuple[Decimal, Decimal]:
    if isinstance(target, dict):
        return Decimal(str(target["value"])), Decimal(str(target["tolerance"]))
    return Decimal(str(target)), Decimal(0)
