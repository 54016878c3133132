"""`abstains`: saying that it is not there is told from answering and from inventing."""

from __future__ import annotations

import pytest

from burnish.grading import task_faults
from burnish.grading.example import score
from burnish.records.conversation import Message
from burnish.records.task import Task

ASKED = "Notice: the pool opens on 3 May at 10:00. Children swim free.\n\nHow much does a ticket for an adult cost?"
ABSTAINING = [
    "The notice does not say what a ticket for adults costs.",
    "The price isn't mentioned in the notice.",
    "The text doesn't specify the price. It only says that children swim free.",
    "There is no information about the price for adults.",
    "I don't know: the notice gives no price.",
    "I cannot tell from this notice.",
    "I can’t tell from the notice.",
    "Not stated.",
    "That cannot be determined from the text.",
    "It is unclear what adults pay.",
    "The price is not in the notice. The pool opens on 3 May.",
    "The price is not in there.",
    "Nowhere in the notice is a price given.",
]
ANSWERING = [
    "A ticket costs 5 euros.",
    "Adults pay five euros.",
    "Adults swim free.",
    "The notice does not say, but it is usually 4.50.",
    "I'm sorry, but I can't help with that.",
    "It does not cost much.",
    "The pool is not in the same place as last year.",
    "Adults are not allowed to swim.",
]


@pytest.mark.parametrize("answer", ABSTAINING)
def test_saying_that_it_is_not_there_is_seen(answer):
    """Each common way of saying so abstains, numbers of the text included."""
    assert [score("abstains", target, answer, ASKED) for target in ("abstain", "answer")] == [1, 0]


@pytest.mark.parametrize("answer", ANSWERING)
def test_answering_and_inventing_are_not_abstaining(answer):
    """A made-up answer, a refusal, and abstaining with a made-up number beside it do not abstain."""
    assert [score("abstains", target, answer, ASKED) for target in ("abstain", "answer")] == [0, 1]


@pytest.mark.parametrize("target", [None, True, "unknown", ["abstain"]])
def test_a_wrong_target_is_a_fault(target):
    """The target says which is right, in one of two words."""
    (fault,) = task_faults(Task(id="t", messages=(Message(role="user", content="?"),), grader="abstains", target=target))

    assert "abstains needs the target" in fault
