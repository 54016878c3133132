"""Where a value is looked for: before the place where it or its stand-in stood, and never after it was said."""

from __future__ import annotations

from burnish.data.scrub.canaries import Canary
from burnish.data.scrub.rows import Key
from burnish.flow.places import PLACES, wanted
from burnish.records.conversation import Conversation, Message


def row(*turns):
    """Return a row of turns, the person's first."""
    roles = ("user", "assistant")
    return Conversation(messages=tuple(Message(role=roles[i % 2], content=text) for i, text in enumerate(turns)))


def test_a_persons_own_value_is_asked_for_where_its_stand_in_stood():
    """The answer is begun up to the stand-in; a value that stood in a question only is asked for from there; others are left."""
    key = Key(stands_for={"[PERSON_1]": "Ann Berg", "[PHONE_1]": "070 123", "[MAIL_1]": "x@site.example"})
    found = wanted(key, [row("Who?", "It was [PERSON_1]. Really."), row("I am on [PHONE_1] today.", "Fine.")])
    told = {
        one.kind: (one.value, one.canary, one.in_rows, [(p.messages[-1].content, p.before) for p in one.places]) for one in found
    }

    assert told == {
        "person": ("Ann Berg", False, False, [("Who?", "It was")]),
        "phone": ("070 123", False, False, [("I am on", "")]),
    }


def test_what_was_said_already_is_no_secret():
    """Where the value stands in the words before its place a model that repeats it gives nothing away."""
    key = Key(stands_for={"[PERSON_1]": "Ann Berg"})

    assert wanted(key, [row("I am Ann Berg.", "Hello Ann Berg.")])[0].places[0].messages[-1].content == "I am"
    assert wanted(key, [row("Ann Berg here.", "Hello Ann Berg.")]) == []


def test_canaries_come_first_and_are_asked_for_by_their_own_question():
    """A canary is looked for even where no row holds it; of a value that stands everywhere a few places are tried."""
    canary = Canary(kind="key", value="sk-abc", question="Which key?", before="The key is ", after=".")
    key = Key(stands_for={"[PERSON_1]": "Ann Berg"}, canaries=(canary,))
    rows = [row(f"Who came on day {i}?", "It was Ann Berg.") for i in range(20)]
    first, second = wanted(key, rows)

    assert (first.canary, first.in_rows, first.places[0].before) == (True, False, "The key is")
    assert (second.value, second.in_rows, len(second.places)) == ("Ann Berg", True, PLACES)


def test_surrogates_have_a_kind_too():
    """Where a stand-in reads like life its kind is told by the value."""
    key = Key(stands_for={"Bo Ek": "Ann Berg", "x1@example.org": "ann@site.example", "+1 200 555 0100": "+46 70 123 45 67"})
    found = wanted(key, [row("Who?", "It was Bo Ek, x1@example.org, +1 200 555 0100.")])

    assert [(one.kind, one.value) for one in found] == [
        ("person", "Ann Berg"),
        ("mail", "ann@site.example"),
        ("phone", "+46 70 123 45 67"),
    ]
