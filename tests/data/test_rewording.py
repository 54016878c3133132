"""A model's wording counts only where it asks the same: numbers, links, names, the words that matter, and that it asks at all."""

from __future__ import annotations

import pytest

from burnish.data.rewording import (
    ANSWERS,
    LANGUAGE,
    LINKS,
    LONGEST,
    NAMES,
    NOT_ONE_LINE,
    NUMBERS,
    OTHER,
    QUOTED,
    SAME,
    SIZE,
    TAKEN,
    cleaned,
    fault,
    instruction,
    rewordable,
    reworded,
)
from burnish.data.split import split
from burnish.records.conversation import Conversation, Message

TRAM = "When does tram 4 leave for Bern from platform 2?"


def row(question, answer="At nine.", **metadata):
    """Return a row of two turns."""
    said = (Message(role="user", content=question), Message(role="assistant", content=answer))
    return Conversation(messages=said, metadata=metadata)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (TRAM, "At what time does tram 4 leave platform 2 for Bern?"),
        (TRAM, "Tell me when tram 4 to Bern leaves platform two."),
        ("Explain how tides work.", "Could you describe how the tides work?"),
        ("How do I reset my password at https://a.example/x?", "What is the way to reset a password at https://a.example/x?"),
        ("Why must I not open the hatch?", "For what reason mustn't the hatch be opened?"),
        ('What does "open sesame" mean?', 'What is the meaning of "open sesame"?'),
        ("Is the market open on Sunday?", "I would like to know: does the market open on Sunday?"),
    ],
)
def test_a_wording_that_asks_the_same_counts(question, words):
    """Other words, other order, numbers as words, a request for a question."""
    assert fault(question, words) == ""


@pytest.mark.parametrize(
    ("question", "words", "why"),
    [
        (TRAM, "", NOT_ONE_LINE),
        (TRAM, "When does tram 4 leave platform 2 for Bern?\nOr tram 5?", NOT_ONE_LINE),
        (TRAM, "when does tram 4 leave, for Bern, from platform 2", SAME),
        (TRAM, "When does tram 5 leave platform 2 for Bern?", NUMBERS),
        (TRAM, "When does tram 4 leave for Bern from the platform?", NUMBERS),
        (TRAM, "When does tram 4 leave platform 2 for Basel?", NAMES),
        (TRAM, "When does tram 4 leave platform 2 for the capital?", NAMES),
        (TRAM, "When does tram 4 of Zurich leave platform 2 for Bern?", NAMES),
        (TRAM, "Tram 4 leaves for Bern from platform 2 at nine.", ANSWERS),
        (TRAM, "Where does tram 4 to Bern leave, from platform 2?", OTHER),
        (TRAM, "When does tram 4 not leave platform 2 for Bern?", OTHER),
        (TRAM, "When does tram 4 leave for Bern from platform 2, past mills, lakes, barns, woods and fields?", OTHER),
        (TRAM, "When will dinner be on table 4 or 2 in Bern?", OTHER),
        (TRAM, "Wann ist die Abfahrt von Tram 4 nach Bern, auf Gleis 2?", LANGUAGE),
        (TRAM, TRAM.removesuffix("?") + " on a day like this, " * 6 + "?", SIZE),
        ("Read https://a.example/x for me.", "Please read https://a.example/y for me.", LINKS),
        ("Read the page for me.", "Please read the page https://a.example/y for me.", LINKS),
        ('What does "open sesame" mean?', "What does 'open sesamee' mean, then?", QUOTED),
    ],
)
def test_a_wording_that_asks_something_else_is_left_by_its_reason(question, words, why):
    """Each sign by itself."""
    assert fault(question, words) == why


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ('"Where is it?"', "Where is it?"),
        ("Here is another wording:\n\nWhere is it?", "Where is it?"),
        ("<think>Hm. Where?</think>\nWhere is it?", "Where is it?"),
        ('"Where" or "when"', '"Where" or "when"'),
    ],
)
def test_what_stands_around_a_wording_is_taken_off(reply, words):
    """A thought, a heading, quotes around the whole."""
    assert cleaned(reply) == words


def test_children_keep_the_answer_and_name_their_parent_and_their_maker():
    """At most so many a row, none that is asked already, and the parent's side of every split."""
    rows = [
        row(TRAM, "At nine.", id="a", source="x"),
        row("Explain how tides work.", "By the moon."),
        *(row(f"Count to {i} now.") for i in range(20)),
    ]
    good = "At what time does tram 4 leave platform 2 for Bern?"
    replies = [
        [good, good, "Tell me when tram 4 to Bern leaves platform 2.", "It leaves at nine."],
        ["Please explain how tides work."],
        *([] for _ in range(20)),
    ]
    asked = [*(one.prompt[-1].content for one in rows), "please explain: how tides work"]
    made, left = reworded(rows, replies, asked, 2, "toy")

    assert [(one.prompt[-1].content, one.answer) for one in made] == [
        (good, "At nine."),
        ("Tell me when tram 4 to Bern leaves platform 2.", "At nine."),
    ]
    assert made[0].metadata == {"source": "x", "parent": "a", "made": "model", "made_by": "toy"}
    assert left == {TAKEN: 2, ANSWERS: 1}
    assert len(reworded(rows, replies, asked, 1, "toy")[0]) == 1
    everything = [*rows, *made]
    for seed in range(10):
        parts = split(everything, 5, seed)
        assert len({i in parts.held_out for i in (0, 22, 23)}) == 1


def test_only_short_questions_of_rows_that_are_no_children_are_asked():
    """Material that a question brings along must stay as it is."""
    assert rewordable(row(TRAM))
    assert not rewordable(row("Shorten this:\n\nA long text."))
    assert not rewordable(row("word " * LONGEST))
    assert not rewordable(row("Why?"))
    assert not rewordable(row(TRAM, parent="x"))
    assert instruction(f" {TRAM} ").endswith(f"\n\n{TRAM}")
