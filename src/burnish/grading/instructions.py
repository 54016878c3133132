"""`instructions`: every instruction that code can check is followed (length, form, words, language), with IFEval's 25 kinds."""

from __future__ import annotations

import difflib

from burnish.grading.example import Example
from burnish.grading.instruction_kinds import KINDS
from burnish.records.codec import JSON
from burnish.records.report import Score
from burnish.records.task import Task

EXAMPLE = Example(
    wants='a list of {"kind": "...", ...}, each with the arguments of its kind; all of them must be followed',
    prompt="Name two colours in a list, without commas.",
    target=[{"kind": "punctuation:no_comma"}, {"kind": "detectable_format:number_bullet_lists", "num_bullets": 2}],
    answers=(("* red\n* blue", 1.0), ("* red, pink\n* blue", 0.0)),
    parts={
        name: "; ".join(f"{key}: {one.words}" for key, one in kind.arguments.items()) or "nothing" for name, kind in KINDS.items()
    },
)


def grade(task: Task, answer: str) -> Score:
    r"""Return 1 where the answer follows all instructions of the target, else 0; the detail names those it breaks.

    The target is a list of `{"kind": "punctuation:no_comma", ...}`, each with the arguments of its kind as in IFEval's
    `kwargs`. All or nothing (IFEval's prompt-level strict accuracy): who asks for lower case and three bullets has no use for
    an answer that has one of the two, and a share would let an easy instruction hide that the hard one is never followed.
    Strict means the answer as it is: IFEval's loose version, which also tries it without its first or last line, is not here.

    Where this differs from IFEval's own code: languages are told by `languages`, not langdetect; sentences and words in
    capitals are found by rules, not NLTK's models; keywords are texts, not regular expressions; any sign may be a letter to
    count; and an answer that repeats itself is broken, and 0 before it gets here.

    >>> from burnish.grading.example import score
    >>> two = [{"kind": "punctuation:no_comma"}, {"kind": "detectable_format:number_bullet_lists", "num_bullets": 2}]
    >>> [score("instructions", two, answer) for answer in ("* red\n* blue", "* red, pink\n* blue", "red and blue")]
    [1.0, 0.0, 0.0]
    >>> few = [{"kind": "length_constraints:number_words", "num_words": 4, "relation": "less than"}]
    >>> [score("instructions", few, answer) for answer in ("Three words here.", "Now there are four.")]
    [1.0, 0.0]
    """
    broken = [item["kind"] for item in task.target if not _followed(item, answer)]
    followed = len(task.target) - len(broken)
    return Score(value=float(not broken), detail=f"breaks {', '.join(broken)}; follows {followed}" if broken else "follows all")


def faults(task: Task) -> list[str]:
    """Return all that is wrong with the target: no list, unknown kinds (with the nearest right one), wrong arguments."""
    target = task.target
    if not isinstance(target, list) or not target:
        return [f'instructions needs a list such as [{{"kind": "punctuation:no_comma"}}], and got {target!r}']
    return [fault for number, item in enumerate(target, start=1) for fault in _item_faults(number, item)]


def _followed(item: dict[str, JSON], answer: str) -> bool:
    return KINDS[item["kind"]].followed(answer, **{key: value for key, value in item.items() if key != "kind"})


def _item_faults(number: int, item: JSON) -> list[str]:
    if not isinstance(item, dict) or not isinstance(item.get("kind"), str):
        return [f'instructions, item {number}: it is a table with a "kind", and here is {item!r}']
    kind = item["kind"]
    if kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0.4)
        return [f"instructions, item {number}: there is no kind {kind!r}: did you mean {(near or list(KINDS))[0]}?"]
    given = {key: value for key, value in item.items() if key != "kind"}
    return [f"instructions, item {number}: {kind} {fault}" for fault in KINDS[kind].faults(given)]
