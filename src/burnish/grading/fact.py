"""`fact`: whether an answer states one fact of the person's rows, by the words that tell it from all others; likeness does not count."""

from __future__ import annotations

from burnish.grading.fact_keys import share, states
from burnish.records.report import Score
from burnish.records.task import Task


def grade(task: Task, answer: str) -> Score:
    """Return 1 where the answer states the fact, else 0.

    `target` is `{"answer": "...", "key": {term: weight}, "rivals": [{term: weight}, ...]}` as `grading.fact_keys` makes it; a bare
    text stands for itself, with all of its own words as its key.

    >>> from burnish.grading.example import score
    >>> [score("fact", "Nell Ostrander", answer) for answer in ("It is Nell Ostrander.", "Nell.", "It is Tom Reed.")]
    [1.0, 1.0, 0.0]
    """
    key, rivals = _keys(task)
    right = states(answer, key, rivals)
    return Score(
        value=float(right),
        detail=f"{'states' if right else 'does not state'} the fact ({share(answer, key):.0%} of its own words)",
    )


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target."""
    target = task.target
    if isinstance(target, str) and target.strip():
        return []
    if isinstance(target, dict) and isinstance(target.get("key"), dict) and target["key"]:
        return []
    return [f'fact needs a target that is a text, or {{"answer": "...", "key": {{...}}}}, and got {target!r}']


def _keys(task: Task) -> tuple[dict[str, float], list[dict[str, float]]]:
    from burnish.grading.fact_keys import terms

    if isinstance(task.target, dict):
        return task.target["key"], task.target.get("rivals", [])
    held = sorted(terms(str(task.target))) or [str(task.target).casefold()]
    return {term: 1 / len(held) for term in held}, []
