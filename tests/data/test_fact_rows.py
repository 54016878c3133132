"""Which rows state facts: by several ways to ask one, or by what only the answer holds; never by how sentences are written."""

from __future__ import annotations

from burnish.data.fact_rows import fact_rows
from burnish.data.profile import make_profile
from burnish.data.split import holdable, split
from burnish.records.conversation import Conversation, Message


def row(question: str, answer: str, category: str = "") -> Conversation:
    """Return a row of one question and answer."""
    metadata = {"category": category} if category else {}
    return Conversation(
        messages=(Message(role="user", content=question), Message(role="assistant", content=answer)), metadata=metadata
    )


LOWER = [  # neither capitals nor digits: told by the three ways to ask each
    row("which bin takes glass?", "the grey bin takes it."),
    row("where do bottles go?", "into the grey bin."),
    row("what do i do with jars?", "jars belong in the grey bin."),
    row("may we smoke in the house?", "only on the balcony."),
    row("where can i have a cigarette?", "on the balcony only."),
    row("is there a place for smokers?", "yes, the balcony."),
]
SINGLES = [row(f"Who teaches {subject}?", f"{subject} is taught by Dr {name}.") for subject, name in
           (("Mineralogy", "Albrook"), ("Petrology", "Benning"), ("Geodesy", "Chenault"), ("Seismology", "Dravic"))]  # fmt: skip
TERSE = [row("Shall we go to the cinema?", "nah, knackered"), row("Did you like the soup?", "ate it cold. lovely"),
         row("Where are you?", "two streets off, stuck"), row("Coffee tomorrow?", "go on then"), row("How was work?", "long. pub?")]  # fmt: skip


def test_facts_in_lower_case_are_told_by_their_several_questions() -> None:
    """No capital and no digit is needed."""
    found = fact_rows(LOWER)

    assert found.about_facts
    assert found.facts == 2
    assert len(set(found.groups[:3])) == len(set(found.groups[3:])) == 1


def test_single_facts_are_told_by_names_that_the_question_does_not_hold() -> None:
    """Questions and answers, each asked once."""
    found = fact_rows(SINGLES)

    assert found.about_facts
    assert found.facts == len(SINGLES)


def test_one_persons_terse_replies_are_no_facts() -> None:
    """A manner is learnt from many rows; none of them states anything that must be known."""
    assert not fact_rows(TERSE).about_facts
    assert make_profile(TERSE, [10] * 5, [5] * 5).fact_rows <= 1


def test_what_a_person_says_of_a_row_wins() -> None:
    """A category that was given stands."""
    assert not fact_rows([row("Who?", "Dr Albrook, room 12.", "style")]).about_facts
    assert fact_rows([row("Shall we?", "go on then", "fact")]).about_facts


def test_a_fact_that_too_few_rows_state_is_not_held_out() -> None:
    """It is trained and asked again; of three ways to ask one, one may be held out."""
    assert holdable(SINGLES) == 0
    held = split(LOWER, 2, 42).held_out
    assert len(held) == 2
    assert len({fact_rows(LOWER).groups[i] for i in held}) == 2


def test_no_rows_state_nothing() -> None:
    """An empty file is about nothing."""
    assert fact_rows([]).facts == 0
    assert not fact_rows([]).about_facts
