"""Taught facts, asked again: does the version know them, in the words they were trained in and in others? Right by the fact itself.

Likeness is no measure of a fact: "taught by Professor Chen" is 0.87 alike where the truth is Diaz. An answer counts as right when it
holds what tells this fact from all others of the rows (`grading.fact_keys`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from burnish.evaluate.statistics import paired
from burnish.grading.fact_keys import FactKeys
from burnish.grading.text import spoken
from burnish.records.conversation import Conversation
from burnish.records.questions import Recall
from burnish.records.report import GradedAnswer, SuiteComparison
from burnish.records.taught import NOT_LEARNED, OTHER_WORDS, TRAINED_WORDS, Taught, TaughtAnswer, VerdictPart

LEARNED = 0.5
"""A version that knows fewer of its taught facts than this, asked in the very words it was trained on, has not learned them. A choice: what
is known at all is known nearly whole (60 of 60 where training went on until then, 13 of 60 where it was stopped too soon)."""

Row = tuple[Conversation, int, bool]
"""A row, the number of the fact it states, and whether it states one."""


def taught_facts(
    train: Sequence[Row], held_out: Sequence[Row], recall: Recall, own: Sequence[tuple[GradedAnswer, GradedAnswer]]
) -> Taught:
    """Return both models' answers about the facts that trained rows state.

    `recall` holds the answers to training prompts, `own` those to held-out prompts (before, after).
    """
    every = [*train, *held_out]
    keys = FactKeys.of([(_asked(row), row.answer) for row, _, _ in every], [fact for _, fact, _ in every])
    facts = {fact for _, fact, states in train if states}
    by_id = {f"{row.id}-{i}": (row, fact) for i, (row, fact, states) in enumerate(train) if states}
    again = [_answer(item.id, by_id[item.id], item.before, item.after, keys.right) for item in recall.items if item.id in by_id]
    held = {row.id: (row, fact) for row, fact, states in held_out if states and fact in facts}
    others = [_answer(new.id, held[new.id], spoken(old.text), spoken(new.text), keys.right) for old, new in own if new.id in held]
    return Taught(facts=len(facts), trained_words=tuple(again), other_words=tuple(others))


def right_by_id(train: Sequence[Row], held_out: Sequence[Row]) -> Callable[[str, str], bool | None]:
    """Return what tells whether an answer to a training prompt (`<row id>-<number>`) or to a row (its id) gives the row's fact.

    None where the row states no fact.
    """
    every = [*train, *held_out]
    keys = FactKeys.of([(_asked(row), row.answer) for row, _, _ in every], [fact for _, fact, _ in every])
    facts = {row.id: fact for row, fact, states in every if states}
    facts |= {f"{row.id}-{i}": fact for i, (row, fact, states) in enumerate(train) if states}
    return lambda name, answer: keys.right(facts[name], answer) if name in facts else None


def _asked(row: Conversation) -> str:
    return row.prompt[-1].content if row.prompt else ""


def _answer(
    id_: str, stated: tuple[Conversation, int], before: str, after: str, right: Callable[[int, str], bool]
) -> TaughtAnswer:
    row, fact = stated
    return TaughtAnswer(
        id=id_,
        fact=fact,
        where=str(row.origin) if row.origin else "",
        prompt=_asked(row),
        target=spoken(row.answer),
        before=before,
        after=after,
        right_before=right(fact, before),
        right_after=right(fact, after),
    )


def taught_parts(taught: Taught) -> list[VerdictPart]:
    """Return the parts of the verdict about taught facts: in the trained words, and in other words where rows were held out."""
    parts = []
    for name, answers in ((TRAINED_WORDS, taught.trained_words), (OTHER_WORDS, taught.other_words)):
        if answers:
            parts.append(_part(name, answers))
    return parts


def _part(name: str, answers: Sequence[TaughtAnswer]) -> VerdictPart:
    before, after = [float(one.right_before) for one in answers], [float(one.right_after) for one in answers]
    found = paired(before, after, [str(one.fact) for one in answers])
    known = sum(after) / len(after)
    verdict = NOT_LEARNED if name == TRAINED_WORDS and known < LEARNED else found.verdict
    return VerdictPart(
        name=name, verdict=verdict, before=found.mean_a, after=found.mean_b, low=found.low, high=found.high, n=len(answers)
    )


def suite_part(name: str, suite: SuiteComparison) -> VerdictPart:
    """Return a suite's comparison as a part of the verdict."""
    return VerdictPart(
        name=name, verdict=suite.verdict, before=suite.mean_a, after=suite.mean_b, low=suite.low, high=suite.high, n=suite.n
    )
