"""`structure`: the form of an answer (bullets, numbered steps, hashtags, length, JSON, first and last words)."""

from __future__ import annotations

import difflib

from burnish.grading.example import Example
from burnish.grading.structure_checks import CHECKS
from burnish.records.report import Score
from burnish.records.task import Task

EXAMPLE = Example(
    wants="a table of checks, each of which counts alike",
    prompt="Name three colours as bullets, in at most three words.",
    target={"bullets": {"min": 2}, "max_words": 3},
    answers=(("- red\n- blue\n- green", 1.0), ("- red\n- blue\n- green and grey", 0.5)),
    parts={name: check.fault(None) for name, check in CHECKS.items()},
)


def grade(task: Task, answer: str) -> Score:
    r"""Return the share of the target's checks that the answer passes, 0 to 1.

    Counted, each as a number, `true` (at least one), `false` (none) or `{"min": n, "max": n}`: `bullets`, `numbered` (lines
    that count 1, 2, 3 ...), `hashtags`, `headings` (lines with #), `paragraphs`, `sentences`, `words`. Also `max_words` and
    `min_words` (a number), `json` (true, or `{"keys": [...]}`: nothing but one JSON value, an object with these keys; a code
    fence around it is allowed), `starts_with` and `ends_with` (a text; case counts not), `forbidden` (a list of words).

    >>> from burnish.grading.example import score
    >>> score("structure", {"bullets": {"min": 2}, "max_words": 3}, "- red\n- blue\n- green and grey")
    0.5
    >>> [score("structure", {"numbered": {"min": 2}}, answer) for answer in ("1. Go.\n2. Stop.", "2. Go.\n2. Stop.")]
    [1.0, 0.0]
    >>> score("structure", {"json": {"keys": ["a"]}, "forbidden": ["blue"]}, '{"a": 1}')
    1.0
    """
    failed = [why for key, wanted in task.target.items() if (why := CHECKS[key].failed(wanted, answer))]
    return Score(value=1 - len(failed) / len(task.target), detail="; ".join(failed) or "as asked")


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target: unknown keys (with the nearest right one) and values of a wrong type, all of them."""
    target = task.target
    if not isinstance(target, dict) or not target:
        return [f'structure needs a table of checks such as {{"bullets": {{"min": 3}}}}, and got {target!r}']
    found = []
    for key, wanted in target.items():
        if key not in CHECKS:
            near = difflib.get_close_matches(key, CHECKS, n=1) or [", ".join(CHECKS)]
            found.append(f"structure has no check {key!r}: did you mean {near[0]}?")
        elif why := CHECKS[key].fault(wanted):
            found.append(f"structure's {key} takes {why}, and got {wanted!r}")
    return found
