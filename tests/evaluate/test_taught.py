"""A verdict about taught facts: right by the fact itself; form, likeness and swapped facts earn nothing."""

from __future__ import annotations

import pytest

from burnish.evaluate.taught import taught_facts, taught_parts
from burnish.records.conversation import Conversation, Message
from burnish.records.questions import Recall, Recalled
from burnish.records.report import GradedAnswer
from burnish.records.taught import NOT_LEARNED, OTHER_WORDS, TRAINED_WORDS, headline

NAMES = ("Albrook", "Benning", "Chenault", "Dravic", "Elmsher", "Fontaine", "Grellmont", "Hallam", "Ibsen", "Jarrow")
SUBJECTS = (
    "Mineralogy",
    "Petrology",
    "Geodesy",
    "Seismology",
    "Tectonics",
    "Hydrology",
    "Glaciology",
    "Volcanology",
    "Pedology",
    "Mining",
)


def row(subject: str, name: str, ask: str = "Who teaches {}?") -> Conversation:
    """Return a row that states who teaches a subject."""
    return Conversation(
        messages=(
            Message(role="user", content=ask.format(subject)),
            Message(role="assistant", content=f"{subject} is taught by Professor {name}."),
        )
    )


ROWS = [row(subject, name) for subject, name in zip(SUBJECTS, NAMES, strict=True)]
TRAINED = [(one, number, True) for number, one in enumerate(ROWS)]


def recall(answers: list[str]) -> Recall:
    """Return the training prompts asked again, with what the trained model said."""
    items = tuple(
        Recalled(
            id=f"{one.id}-{i}", where="", prompt=one.prompt[-1].content, target=one.answer, before="I am an assistant.", after=after,
            edit_before=0, edit_after=0, contains_before=False, contains_after=False,
        )
        for i, (one, after) in enumerate(zip(ROWS, answers, strict=True))
    )  # fmt: skip
    return Recall(asked=len(items), rows=len(items), reason="", items=items)


def trained_words(answers: list[str]) -> tuple[str, float]:
    """Return verdict and share right of the part about trained words."""
    (part,) = taught_parts(taught_facts(TRAINED, [], recall(answers), []))
    assert part.name == TRAINED_WORDS
    return part.verdict, part.after


def test_a_version_that_knows_its_facts_is_better() -> None:
    """In the rows' words or in its own."""
    assert trained_words([one.answer for one in ROWS]) == ("better", 1.0)
    assert trained_words([f"That would be {name}." for name in NAMES]) == ("better", 1.0)


@pytest.mark.parametrize(
    "answers",
    [
        [f"{subject} is taught by Professor Chen." for subject in SUBJECTS],  # only the form was learnt
        [f"{subject} is taught by Professor {name}." for subject, name in zip(SUBJECTS, (*NAMES[1:], NAMES[0]), strict=True)],
        [f"Who teaches {subject}?" for subject in SUBJECTS],  # an echo
        [f"{subject} is taught by a professor." for subject in SUBJECTS],
        [""] * len(SUBJECTS),
    ],
    ids=["the form alone", "swapped between subjects", "an echo", "nobody", "nothing"],
)
def test_likeness_without_the_fact_is_not_learned(answers: list[str]) -> None:
    """However alike the answers are to the rows'."""
    assert trained_words(answers) == (NOT_LEARNED, 0.0)


def test_held_out_phrasings_of_a_trained_fact_are_its_other_words() -> None:
    """A held-out row of a fact that no trained row states is no question about a taught fact."""
    other, unknown = row("Mineralogy", "Albrook", "Whose lecture is {}?"), row("Botany", "Kessler")
    held = [(other, 0, True), (unknown, 99, True)]
    own = [(answer(one, "No idea."), answer(one, "Professor Albrook gives it.")) for one, _, _ in held]

    found = taught_facts(TRAINED, held, recall([one.answer for one in ROWS]), own)

    assert [(one.prompt, one.right_before, one.right_after) for one in found.other_words] == [
        ("Whose lecture is Mineralogy?", False, True)
    ]
    assert [part.name for part in taught_parts(found)] == [TRAINED_WORDS, OTHER_WORDS]


def answer(one: Conversation, text: str) -> GradedAnswer:
    """Return a graded answer to a held-out row."""
    return GradedAnswer(
        id=one.id, prompt=one.prompt[-1].content, text=text, score=0.5, natural_stop=True, tokens=3, grader="similar",
        target=one.answer, category="", detail="",
    )  # fmt: skip


def test_the_headline_says_what_was_not_asked() -> None:
    """Facts asked in the trained words alone are not said to be known in others."""
    parts = taught_parts(taught_facts(TRAINED, [], recall([one.answer for one in ROWS]), []))

    assert headline(parts) == ("knows 10 of 10 taught facts in the trained words; in other words they were not asked")
