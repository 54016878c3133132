"""`abstains`: asked for what the given text does not say, the answer says so and invents nothing."""

from __future__ import annotations

import re

from burnish.grading.example import Example
from burnish.grading.figures import figures, without_marks
from burnish.records.report import Score
from burnish.records.task import Task

_TOLD = r"(?:say|said|mention(?:ed)?|stated?|specif(?:y|ied)|given?|provided?|told?|tell|includ(?:e|ed)|contain(?:ed)?|name[d]?|list(?:ed)?|indicated?|shown?|describe[d]?)"
_TEXT = (
    r"(?:there\b|(?:the|this|that|your)(?: given| provided)? "
    r"(?:text|notice|passage|context|article|notes?|report|document|message|story|description|information|sentence)\b)"
)
SAYS_SO = re.compile(
    "|".join(
        (
            rf"\b(?:does|do|did|is|are|was|were|has|have)(?: not|n't)(?: been| explicitly| specifically| directly)? {_TOLD}\b",
            rf"\bnot (?:explicitly |specifically |directly )?(?:{_TOLD}|in {_TEXT}|known|available|clear from)\b",
            r"\b(?:no|not enough|without|lacks?|insufficient) (?:information|mention|details?|data|indication)\b",
            r"\b(?:never|nowhere|nothing)\b[^.!?\n]{0,30}\b(?:says?|said|mention(?:s|ed)?|stated?|given)\b",
            r"\b(?:i|we|you)(?: do not| don't| cannot| can't| can not|'m not able to| am not able to) (?:know|tell|say|find|see|determine|answer)\b",
            r"\b(?:cannot|can't|could not|couldn't) be (?:determined|known|found|told|answered|inferred)\b",
            r"\b(?:it is|it's|is|remains) (?:unknown|unclear|unspecified|unstated)\b|^\W*(?:unknown|not stated|not given|not sure)\b",
        )
    )
)
"""How English says that something is not there: lower case, straight apostrophes."""


EXAMPLE = Example(
    wants='"abstain" where the answer must say that it is not told, "answer" where it must answer',
    prompt="The shop opens at 9. When does it close?",
    target="abstain",
    answers=(("The text does not say when it closes.", 1.0), ("It closes at 6.", 0.0)),
)


def grade(task: Task, answer: str) -> Score:
    """Return 1 where the answer abstains and the target is "abstain", or answers and the target is "answer", else 0.

    It abstains where it says that the text does not tell, or that it cannot know, and names no number in digits that the prompt
    does not hold: who says "not stated, but about 40 euros" has invented. Not covered: invented names beside the words of
    abstaining, and languages other than English. An answer that refuses ("I can't help with that") does not abstain.

    >>> from burnish.grading.example import score
    >>> asked = "The shop opens at 9. When does it close?"
    >>> answers = ("The text does not say when it closes.", "It closes at 6.", "It is not stated, but probably 18:00.", "I don't know.")
    >>> [score("abstains", "abstain", answer, asked) for answer in answers]
    [1.0, 0.0, 0.0, 1.0]
    >>> [score("abstains", "answer", answer, asked) for answer in answers]
    [0.0, 1.0, 1.0, 0.0]
    """
    invented = _invented(task.prompt, answer)
    says_so = says_unknown(answer)
    abstained = says_so and not invented
    detail = f"invents {', '.join(invented)}" if invented else "says it is not there" if says_so else "answers"
    return Score(value=float(abstained == (task.target == "abstain")), detail=detail)


def says_unknown(answer: str) -> bool:
    """Return whether an English answer says that something is not told, or that it cannot know."""
    return bool(SAYS_SO.search(answer.replace("’", "'").casefold()))


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target: it must be "abstain" or "answer"."""
    if isinstance(task.target, str) and task.target in {"abstain", "answer"}:
        return []
    return [f'abstains needs the target "abstain" or "answer", and got {task.target!r}']


def _invented(prompt: str, answer: str) -> list[str]:
    known = {figure.key for figure in figures(prompt)}
    return [figure.text for figure in figures(without_marks(answer)) if not figure.spelled and figure.key not in known]
