"""`length`: the answer is as short, or as long, as was asked for."""

from __future__ import annotations

from burnish.grading.example import Example
from burnish.grading.text import num_words, words
from burnish.records.codec import JSON
from burnish.records.report import Score
from burnish.records.task import Task

NAMED: dict[str, dict[str, int]] = {"short": {"max_words": 25}, "long": {"min_words": 40}}
"""What "short" and "long" mean: about one sentence, and at least a small paragraph."""


EXAMPLE = Example(
    wants='"short" (at most 25 words), "long" (at least 40), or {"max_words": n, "min_words": n} with one of them or both',
    prompt="In at most three words: what is the tide?",
    target={"max_words": 3},
    answers=(("Moving sea water", 1.0), ("The moving of the sea", 0.0)),
)


def grade(task: Task, answer: str) -> Score:
    """Return 1 where the number of words is within `{"max_words": n, "min_words": n}` (or "short", "long"), else 0.

    A bound is a bound: one word beyond it is 0, as it would be for the person who set it. An empty answer is never short: it is
    broken, and 0 before it gets here.

    >>> from burnish.grading.example import score
    >>> [score("length", "short", answer) for answer in ("Dogs bark.", "", "dog food " * 3 + "is what a dog eats each day " * 4)]
    [1.0, 0.0, 0.0]
    >>> score("length", {"min_words": 2, "max_words": 3}, "one two three")
    1.0
    """
    bounds = _bounds(task.target)
    count = sum(map(num_words, words(answer)))
    right = bounds.get("min_words", 0) <= count <= bounds.get("max_words", count)
    return Score(value=float(right), detail=f"{count} words")


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target: "short", "long", or a table with min_words, max_words or both."""
    target = task.target
    if isinstance(target, str) and target in NAMED:
        return []
    if not isinstance(target, dict) or not target or not set(target) <= {"min_words", "max_words"}:
        return [f'length needs "short", "long" or {{"max_words": n, "min_words": n}}, and got {target!r}']
    if not all(isinstance(count, int) and not isinstance(count, bool) and count > 0 for count in target.values()):
        return [f"length counts words in whole numbers of at least 1, and got {target!r}"]
    if target.get("min_words", 1) > target.get("max_words", target.get("min_words", 1)):
        return [f"length asks for at least {target['min_words']} and at most {target['max_words']} words: no answer can be both"]
    return []


def _bounds(target: JSON) -> dict[str, int]:
    return NAMED[target] if isinstance(target, str) else dict(target)
