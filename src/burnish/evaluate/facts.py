"""Facts: does the model know the person's facts, asked in words it was not trained on, and does it invent?"""

from __future__ import annotations

from collections.abc import Sequence

from burnish.evaluate.invention import Known, given, invented, known_from
from burnish.evaluate.statistics import paired
from burnish.grading.contains import holds
from burnish.grading.text import num_words, spoken
from burnish.records.conversation import Conversation
from burnish.records.questions import CANNOT_TELL, Facts, Invented, Part, Recall
from burnish.records.report import GradedAnswer

CATEGORY = "fact"
SHORT = 4
"""A target of so many words or fewer is looked for as it stands where it holds no name and no number."""
FEWEST = 6
"""Fewer prompts can show nothing: six that all change the same way are the least that a sign test calls significant."""

Pair = tuple[GradedAnswer, GradedAnswer]


def facts(rows: Sequence[Conversation], own: Sequence[Pair], recall: Recall) -> Facts:
    """Return what is known of the person's facts and what is invented.

    `rows` are all rows, trained and held out; `own` the held-out prompts with both answers (targets are texts).
    """
    known = known_from(message.content for row in rows for message in row.messages)
    asked = [pair for pair in own if pair[1].category == CATEGORY]
    held = [(_share(one, known), _share(other, known)) for one, other in asked]
    graded = [(one, other) for one, other in held if one is not None and other is not None]
    verdict, reason = _verdict(graded)
    fact_prompts = {row.prompt[-1].content for row in rows if row.category == CATEGORY and row.prompt}
    trained = [
        (known_share(item.target, item.prompt, item.before, known), known_share(item.target, item.prompt, item.after, known))
        for item in recall.items
        if item.prompt in fact_prompts
    ]
    inventions = _inventions(own, known)
    return Facts(
        verdict=verdict,
        reason=reason,
        held_out=_part(graded),
        trained=_part([(one, other) for one, other in trained if one is not None and other is not None]),
        ungraded=sum(one is None for one, _ in (*held, *trained)),
        scope=known.scope,
        invention=_invention_verdict(inventions),
        inventing=_part([(float(bool(one.before)), float(bool(one.after))) for one in inventions]),
        items=tuple(one for one in inventions if one.before or one.after),
    )


def _share(answer: GradedAnswer, known: Known) -> float | None:
    return known_share(str(answer.target), answer.prompt, spoken(answer.text), known)


def known_share(target: str, prompt: str, answer: str, known: Known) -> float | None:
    """Return how much of a fact the answer gives, 0 to 1: its own names and numbers, else a short target as it stands.

    None where the target holds nothing that could be looked for.
    """
    share = given(target, prompt, answer, known)
    if share is None and 0 < num_words(target) <= SHORT:
        return float(holds(answer, target.rstrip(".!")))
    return share


def _verdict(graded: Sequence[tuple[float, float]]) -> tuple[str, str]:
    if len(graded) < FEWEST:
        return CANNOT_TELL, f"{len(graded)} held-out rows ask for a fact that can be looked for; at least {FEWEST} are needed"
    found = paired([one for one, _ in graded], [other for _, other in graded])
    return found.verdict, f"names and numbers of {len(graded)} facts, asked in held-out prompts"


def _part(shares: Sequence[tuple[float, float]]) -> Part | None:
    if not shares:
        return None
    count = len(shares)
    return Part(n=count, before=sum(one for one, _ in shares) / count, after=sum(other for _, other in shares) / count)


def _inventions(own: Sequence[Pair], known: Known) -> list[Invented]:
    """Return, for each held-out prompt, the names and numbers from nowhere in both answers."""
    return [
        Invented(
            id=new.id,
            prompt=new.prompt,
            before=invented(spoken(old.text), new.prompt, known),
            after=invented(spoken(new.text), new.prompt, known),
        )
        for old, new in own
    ]


def _invention_verdict(found: Sequence[Invented]) -> str:
    if len(found) < FEWEST:
        return CANNOT_TELL
    compared = paired([float(bool(one.before)) for one in found], [float(bool(one.after)) for one in found])
    return {"better": "invents more", "worse": "invents less"}.get(compared.verdict, CANNOT_TELL)


def asked_for(own: Sequence[Pair]) -> int:
    """Return how many held-out prompts ask for a fact."""
    return sum(new.category == CATEGORY for _, new in own)
