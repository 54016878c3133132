"""`keeps_urls`: a rewritten text keeps every link, mail address and phone number, byte for byte."""

from __future__ import annotations

from burnish.grading.example import Example
from burnish.grading.links import links, stands_in
from burnish.records.report import Score
from burnish.records.task import Task

EXAMPLE = Example(
    wants="none: the links, mail addresses and phone numbers in the prompt must be kept; or a list of them",
    prompt="Shorten: please read https://a.example/x?y=1 or write to ann@a.example",
    target=None,
    answers=(("See https://a.example/x?y=1, ann@a.example.", 1.0), ("Write to ann@a.example.", 0.5)),
)


def grade(task: Task, answer: str) -> Score:
    """Return the share, 0 to 1, of the target's links (a list) or, without a target, the prompt's, that stand in the answer.

    One changed byte loses a link, and so does a longer link that begins with it.

    >>> from burnish.grading.example import score
    >>> text = "Shorten: read https://a.example/x?y=1#z or write to ann@a.example"
    >>> [score("keeps_urls", None, answer, text) for answer in ("See https://a.example/x?y=1#z, ann@a.example.", "ann@A.example")]
    [1.0, 0.0]
    """
    asked = _asked(task)
    lost = [link for link in asked if not stands_in(link, answer)]
    return Score(value=1 - len(lost) / len(asked), detail=f"lost {', '.join(lost)}" if lost else "all kept")


def faults(task: Task) -> list[str]:
    """Return what is wrong: a target that is no list of texts, or nothing to keep."""
    target = task.target
    if target is not None and not (isinstance(target, list) and all(isinstance(item, str) and item.strip() for item in target)):
        return [f"keeps_urls needs no target, or a list of links, and got {target!r}"]
    return [] if _asked(task) else ["keeps_urls finds no link to keep, neither in the target nor in the prompt"]


def _asked(task: Task) -> list[str]:
    return list(task.target) if task.target is not None else links(task.prompt)
