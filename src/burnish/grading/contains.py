"""`contains`: the target stands somewhere in the answer."""

from __future__ import annotations

import functools
import re

from burnish.grading.example import Example
from burnish.grading.links import stands_in
from burnish.records.codec import JSON
from burnish.records.report import Score
from burnish.records.task import Task

SHORT = 3
"""Words of up to this many letters must stand exactly so; longer ones may carry a plural or possessive s."""
_LINK = re.compile(r"://|^www\.|\w@\w")


EXAMPLE = Example(
    wants='a text; or a list, or {"any": [...]}, of which one is enough; or {"all": [...]}, whose share counts',
    prompt="Which colours has the flag?",
    target={"all": ["red", "blue"]},
    answers=(("It is red and blue.", 1.0), ("Red only.", 0.5), ("I know none.", 0.0)),
)


def grade(task: Task, answer: str) -> Score:
    """Return 1 where the answer holds the target; for `{"all": [...]}`, the share of them that it holds.

    A list, or `{"any": [...]}`, asks for one of its texts. Case does not matter, except in links, which must stand byte for
    byte. A text is found as whole words only ("no" is not in "know", "7" not in "17" or "7.5").

    >>> from burnish.grading.example import score
    >>> [score("contains", "no", answer) for answer in ("No.", "I know.", "a no-go")]
    [1.0, 0.0, 1.0]
    >>> score("contains", ["7", "seven"], "Seven days"), score("contains", {"all": ["red", "blue"]}, "Red only")
    (1.0, 0.5)
    """
    wanted, every = _wanted(task.target)
    missing = [text for text in wanted if not holds(answer, text)]
    if every:
        detail = f"lacks {', '.join(missing)}" if missing else "holds all"
        return Score(value=1 - len(missing) / len(wanted), detail=detail)
    met = [text for text in wanted if text not in missing]
    return Score(value=1.0, detail=f"holds {met[0]!r}") if met else Score(value=0.0, detail=f"lacks {' / '.join(wanted)}")


def faults(task: Task) -> list[str]:
    """Return what is wrong with the target: it must be a text, a list of texts, or {"all": list} or {"any": list}."""
    target = task.target
    if isinstance(target, dict) and (len(target) != 1 or not set(target) <= {"all", "any"}):
        return [f'contains takes {{"all": [...]}} or {{"any": [...]}}, and got the keys {", ".join(map(repr, target))}']
    listed = next(iter(target.values())) if isinstance(target, dict) else [target] if isinstance(target, str) else target
    if isinstance(listed, list) and listed and all(isinstance(text, str) and text.strip() for text in listed):
        return []
    return [f"contains needs a target that is a text or a list of texts, and got {target!r}"]


def _wanted(target: JSON) -> tuple[list[str], bool]:
    """Return the texts, and whether all of them are asked for."""
    if isinstance(target, str):
        return [target], False
    if isinstance(target, list):
        return target, False
    return next(iter(target.values())), "all" in target


def holds(answer: str, text: str) -> bool:
    """Return whether the answer holds the text, as whole words or, for a link, byte for byte."""
    if _LINK.search(text):
        return stands_in(text, answer)
    return _pattern(text.strip()).search(answer.replace("’", "'")) is not None


@functools.lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(part) for part in text.replace("’", "'").split())
    return re.compile(_edge_before(text[0]) + spaced + _edge_after(text), re.IGNORECASE)


def _edge_before(first: str) -> str:
    if first.isdigit():
        return r"(?<!\w)(?<!\d[.,])"
    return r"(?<!\w)" if _joins(first) else ""


def _edge_after(text: str) -> str:
    last = text[-1]
    if last.isdigit():
        return r"(?!\d|[.,]\d)"
    if not _joins(last):
        return ""
    return r"(?!\w)" if len(text) <= SHORT or not last.isalpha() else r"(?:'?s|es)?(?!\w)"


def _joins(character: str) -> bool:
    """Return whether a character is part of words that spaces divide (Chinese and Japanese are written without)."""
    return (character.isalnum() or character == "_") and ord(character) < 0x2E80
