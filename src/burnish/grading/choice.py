"""`choice`: of several options, the right one is taken. Evaluation takes the one the model finds likeliest; it writes nothing."""

from __future__ import annotations

import unicodedata

from burnish.grading.example import Example
from burnish.grading.text import words
from burnish.records.report import Score
from burnish.records.task import Task

EXAMPLE = Example(
    wants='{"options": ["...", "..."], "right": "..."}: at least two texts, the right one among them; the model takes the likeliest',
    prompt="What colour is the sky by day?",
    target={"options": ["green", "blue"], "right": "blue"},
    answers=(("blue", 1.0), ("green", 0.0)),
)


def grade(task: Task, answer: str) -> Score:
    """Return 1 where the answer is the right option of `{"options": ["...", ...], "right": "..."}`, else 0.

    The answer is the text of an option; case, outer space and a full stop do not matter. `evaluate` does not let the model
    write it: it takes the option whose tokens are likeliest after the prompt (see `model.choose`). The options are not shown
    to the model unless the prompt itself lists them. A written answer that is none of the options is 0.

    >>> from burnish.grading.example import score
    >>> sky = {"options": ["green", "blue"], "right": "blue"}
    >>> [score("choice", sky, answer) for answer in ("blue", "Blue.", "green", "It is blue")]
    [1.0, 1.0, 0.0, 0.0]
    """
    taken = next((option for option in task.target["options"] if _plain(option) == _plain(answer)), None)
    right = task.target["right"]
    if taken is None:
        return Score(value=0.0, detail="none of the options")
    return Score(value=float(_plain(taken) == _plain(right)), detail=f"takes {taken!r}, right is {right!r}")


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target: options that are no texts, fewer than two or twice the same, a right one not listed."""
    target = task.target
    if not isinstance(target, dict) or set(target) != {"options", "right"}:
        return [f'choice needs {{"options": ["...", "..."], "right": "..."}}, and got {target!r}']
    options, right = target["options"], target["right"]
    if not isinstance(options, list) or not all(isinstance(option, str) and words(option) for option in options):
        return [f"choice's options are a list of texts, each with a letter or digit, and here is {options!r}"]
    if len({_plain(option) for option in options}) < max(2, len(options)):
        return [f"choice needs at least two options, no two of them the same, and got {options!r}"]
    if not isinstance(right, str) or right not in options:
        return [f"choice's right option is one of {', '.join(map(repr, options))}, letter for letter, and here is {right!r}"]
    return []


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip().removesuffix(".")
