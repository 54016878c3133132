"""`keeps_numbers`: a rewritten text keeps every number of the one it was made from."""

from __future__ import annotations

from burnish.grading.example import Example
from burnish.grading.figures import Key, figures, without_marks
from burnish.records.codec import JSON
from burnish.records.report import Score
from burnish.records.task import Task

EXAMPLE = Example(
    wants="none: the numbers in the prompt must be kept; or a list of numbers, or of texts that hold them",
    prompt="Rephrase: platform 6 at 09:45, 1,000 seats",
    target=None,
    answers=(("At 9:45, six has 1000.", 1.0), ("At 9:45 from 6.", 0.67)),
)


def grade(task: Task, answer: str) -> Score:
    """Return kept / (asked for + invented), 0 to 1: 1 where every number is kept and none is invented.

    Asked for are the numbers of the target (a list of numbers or texts) or, without a target, those written in digits in the
    prompt. Equal value is enough (1,000 for 1000, 7:15 pm for 19:15, five for 5). Invented are numbers in digits that the
    prompt does not hold; the numbers that count list items are not looked at.

    >>> from burnish.grading.example import score
    >>> text = "Rephrase: platform 6 at 09:45, 1,000 seats"
    >>> [score("keeps_numbers", None, answer, text) for answer in ("At 9:45, six has 1000.", "At 9:45 from 6.", "6, 9:45, 1000, 8.")]
    [1.0, 0.667, 0.75]
    """
    asked = _asked(task)
    answered = figures(without_marks(answer))
    present = {figure.key for figure in answered}
    allowed = asked | {figure.key for figure in figures(task.prompt)}
    missing = sorted(asked - present)
    invented = sorted({figure.key for figure in answered if not figure.spelled} - allowed)
    value = (len(asked) - len(missing)) / (len(asked) + len(invented))
    return Score(value=value, detail=_detail(missing, invented))


def faults(task: Task) -> list[str]:
    """Return what is wrong: a target that is no list of numbers or texts, or nothing to keep."""
    target = task.target
    if target is not None and not (isinstance(target, list) and all(_is_item(item) for item in target)):
        return [f"keeps_numbers needs no target, or a list of numbers or texts that hold them, and got {target!r}"]
    return [] if _asked(task) else ["keeps_numbers finds no number to keep, neither in the target nor in the prompt"]


def _is_item(item: JSON) -> bool:
    return not isinstance(item, bool) and (isinstance(item, int | float) or (isinstance(item, str) and bool(figures(item))))


def _asked(task: Task) -> set[Key]:
    if task.target is not None:
        return {figure.key for item in task.target for figure in figures(str(item))}
    return {figure.key for figure in figures(task.prompt) if not figure.spelled}


def _detail(missing: list[Key], invented: list[Key]) -> str:
    parts = [f"{what} {', '.join(map(_shown, keys))}" for what, keys in (("lost", missing), ("invented", invented)) if keys]
    return "; ".join(parts) or "all kept"


def _shown(key: Key) -> str:
    clock, value = key
    return f"{int(value) // 60:02d}:{int(value) % 60:02d}" if clock else str(value)
