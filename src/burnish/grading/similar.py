"""`similar`: how much an answer looks like the target, by runs of characters. The default for a person's own held-out rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

from burnish.records.report import Score
from burnish.records.task import Task

LONGEST_RUN = 6
RECALL_WEIGHT = 2
"""Popović 2017 ("chrF++", sec. 3): beta 2 agrees best with people."""


def grade(task: Task, answer: str) -> Score:
    """Return the chrF of the answer against `target`, 0 to 1.

    The F-score (beta 2) of runs of 1 to 6 characters, white space left out (Popović 2015, "chrF", WMT). It sees likeness of
    wording, not of meaning: a right answer in other words scores low, a wrong one in the same words scores high.

    >>> from burnish.grading.example import score
    >>> [round(score("similar", "The cat sat.", answer), 2) for answer in ("The cat sat.", "A cat sat.", "Dogs")]
    [1.0, 0.61, 0.03]
    """
    value = chrf(answer, task.target)
    return Score(value=value, detail=f"likeness {value:.2f}")


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target: it must be a text that is not blank."""
    if isinstance(task.target, str) and task.target.strip():
        return []
    return [f"similar needs a target that is a text, and got {task.target!r}"]


def chrf(answer: str, target: str) -> float:
    """Return chrF (0 to 1); lengths for which either text is too short are left out, as sacreBLEU does."""
    shares = [_shares(_runs(answer, size), _runs(target, size)) for size in range(1, LONGEST_RUN + 1)]
    known = [share for share in shares if share is not None]
    if not known:
        return 0.0
    precision = sum(share[0] for share in known) / len(known)
    recall = sum(share[1] for share in known) / len(known)
    weight = RECALL_WEIGHT**2
    return (1 + weight) * precision * recall / (weight * precision + recall) if precision + recall else 0.0


def _runs(text: str, size: int) -> Counter[str]:
    letters = "".join(text.split())
    return Counter(letters[i : i + size] for i in range(len(letters) - size + 1))


def _shares(answer: Counter[Any], target: Counter[Any]) -> tuple[float, float] | None:
    """Return (precision, recall) of one length of run, or None where one text has no such run."""
    if not answer or not target:
        return None
    shared = (answer & target).total()
    return shared / answer.total(), shared / target.total()
