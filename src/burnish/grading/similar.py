"""`similar`: how much an answer looks like the target, by runs of characters, or means the same, by an embedder.

By runs of characters is the default, and how a person's own held-out rows are graded.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from burnish.errors import EndpointError
from burnish.grading.asking import Ask, Unanswered
from burnish.grading.example import Example
from burnish.records.report import Score
from burnish.records.task import Task

LONGEST_RUN = 6
RECALL_WEIGHT = 2
"""Popović 2017 ("chrF++", sec. 3): beta 2 agrees best with people."""


EXAMPLE = Example(
    wants='a text that is compared by its letters; or {"meaning": "..."}, compared by its meaning, for which BURNISH_EMBEDDER names an encoder',
    prompt="Who sat where?",
    target="The cat sat.",
    answers=(("The cat sat.", 1.0), ("A cat sat.", 0.61), ("Dogs", 0.03)),
)


def grade(task: Task, answer: str, ask: Ask | None = None) -> Score:
    """Return the chrF of the answer against `target`, 0 to 1; of `{"meaning": "..."}` the cosine of the two meanings instead.

    The F-score (beta 2) of runs of 1 to 6 characters, white space left out (Popović 2015, "chrF", WMT). It sees likeness of
    wording, not of meaning: a right answer in other words scores low, a wrong one in the same words scores high.

    >>> from burnish.grading.example import score
    >>> [round(score("similar", "The cat sat.", answer), 2) for answer in ("The cat sat.", "A cat sat.", "Dogs")]
    [1.0, 0.61, 0.03]

    The cosine is that of an embedder's vectors, at least 0. Most embedders give texts that have nothing in common well above 0, so
    compare two models by it; one score alone says little. Raises EndpointError without a way to `ask` one.
    """
    if by_meaning(task):
        if ask is None:
            remedy = "let `burnish evaluate` grade it, with BURNISH_EMBEDDER set to the local folder of one"
            raise EndpointError("there is no embedder to ask", seen=f"task {task.id!r}", remedy=remedy)
        try:
            value = ask(json.dumps([answer, task.target["meaning"]], ensure_ascii=False), _cosine)
        except Unanswered as fault:
            return Score(value=0.0, detail=f"NOT JUDGED, counts 0: {fault}", fault=str(fault))
        return Score(value=value, detail=f"likeness of meaning {value:.2f}")
    value = chrf(answer, task.target)
    return Score(value=value, detail=f"likeness {value:.2f}")


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target: it must be a text that is not blank, or one under `meaning`."""
    target = task.target["meaning"] if by_meaning(task) else task.target
    if isinstance(target, str) and target.strip():
        return []
    return [f'similar needs a target that is a text, or {{"meaning": "..."}}, and got {task.target!r}']


def by_meaning(task: Task) -> bool:
    """Return whether the meanings are compared, by an embedder."""
    return isinstance(task.target, dict) and set(task.target) == {"meaning"}


def _cosine(reply: str) -> float:
    value = float(reply)
    if math.isnan(value):
        raise Unanswered("the embedder gives no number")
    return min(1.0, max(0.0, value))


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
