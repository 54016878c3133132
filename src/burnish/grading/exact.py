"""`exact`: the answer is the target, but for case, outer space and the punctuation at its end."""

from __future__ import annotations

import unicodedata

from burnish.grading.example import Example
from burnish.records.report import Score
from burnish.records.task import Task

_AT_END = ".!?,;:… \t\r\n"


EXAMPLE = Example(
    wants="a text, or a list of texts of which one is enough",
    prompt="Is Berlin in Germany? One word.",
    target="Yes",
    answers=(("yes.", 1.0), ("Yes, it is", 0.0)),
)


def grade(task: Task, answer: str) -> Score:
    """Return 1 where the answer equals the target, or one of a list of targets, and 0 elsewhere.

    >>> from burnish.grading.example import score
    >>> [score("exact", ["Yes", "Yes, sir"], answer) for answer in (" yes. ", "YES, SIR!", "Yes it is")]
    [1.0, 1.0, 0.0]
    """
    wanted = [task.target] if isinstance(task.target, str) else task.target
    met = next((text for text in wanted if _normal(text) == _normal(answer)), None)
    return Score(value=0.0, detail=f"is not {wanted[0]!r}") if met is None else Score(value=1.0, detail=f"is {met!r}")


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target: it must be a text or a list of texts."""
    wanted = [task.target] if isinstance(task.target, str) else task.target
    if isinstance(wanted, list) and wanted and all(isinstance(text, str) and text.strip() for text in wanted):
        return []
    return [f"exact needs a target that is a text or a list of texts, and got {task.target!r}"]


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip().rstrip(_AT_END)
