"""The facts told in a talk and which of them stand in a text: what looking at each of them says, and no more work for a longer talk."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from burnish.context.marks import marks, norm, stands
from burnish.context.shorten import FAR, shorten
from burnish.context.told import Told
from context.test_context_memory import histories
from context.toy_talks import letters, talk
from counting import lines_run
from toys import SEED

SIGNS = (
    "Dr. Olsen",
    "Olsen",
    "7 pm",
    "$40",
    "$4",
    "@anna",
    "B-12",
    "12",
    "“so it is”",
    "https://a.example/x_1",
    "_x_1",
    "May",
    "1 May",
    "50%",
)


def told(*turns):
    """Return the facts of turns."""
    found = Told()
    for turn in turns:
        found = found.more(marks(turn))
    return found


def each(turns, normed):
    """Return what looking at every fact of the turns says: those that stand in a text, and those that do not."""
    facts: dict[str, str] = {}
    for turn in turns:
        for mark in marks(turn):
            facts.setdefault(mark.key, mark.text)
    return tuple(tuple(text for key, text in facts.items() if stands(key, normed) == there) for there in (True, False))


def test_the_facts_that_stand_in_a_text_are_those_that_are_found_one_by_one():
    """Over texts in which facts touch letters, digits, signs, each other and both ends."""
    draw = random.Random(SEED)
    parted = 0
    for _ in range(400):
        turns = [" ".join(draw.choices(SIGNS, k=3)) + draw.choice(("", ".", "x")) for _ in range(4)]
        text = norm("".join(draw.choice((*SIGNS, " ", ".", "a", "1", "_", "\n")) for _ in range(12)))
        expected = each(turns, text)
        parted += bool(expected[0]) and bool(expected[1])
        assert expected == told(*turns).parted(text)

    assert parted > 100


def test_talks_that_share_a_beginning_share_no_more():
    """Of one beginning two talks go on, in turn and again: each knows its own facts, and the beginning stays what it was."""
    one = told("We met Dr. Olsen at 7 pm.")
    two = one.more(marks("It costs $40, and the room is B-12."))
    three = one.more(marks("It costs $50, and the room is B-13."))
    four = two.more(marks("It is Dr. Rossi, not Dr. Olsen."))
    five = two.more(marks("It is Dr. Kovac."))

    assert [("Dr. Olsen", "7 pm"), ("Dr. Olsen", "7 pm", "$40", "B-12"), ("Dr. Olsen", "7 pm", "$50", "B-13")] == [
        each.parted("")[1] for each in (one, two, three)
    ]
    assert [("$40", "B-12", "Dr. Rossi"), ("$40", "B-12", "Dr. Kovac")] == [each.parted("")[1][2:] for each in (four, five)]
    assert (("Dr. Olsen",), 2) == (one.parted("dr. olsen, $40, dr. rossi")[0], one.number)


def test_threads_may_go_on_from_one_beginning():
    """Eight threads add other facts to the same talk at once; each has its own and all of the beginning."""
    one = told(*(f"Room A-{i} is Dr. Olsen's." for i in range(50)))
    turns = [[f"Room {name}-{i} is red." for i in range(60)] for name in "BCDEFGHI"]

    def more(turns):
        found = one
        for turn in turns:
            found = found.more(marks(turn))
        return found.parted("")[1]

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(more, turns))

    assert [each([f"Room A-{i} is Dr. Olsen's." for i in range(50)] + mine, "")[1] for mine in turns] == made


def test_the_facts_of_a_shortened_talk_are_those_of_its_turns():
    """As the talk grows, is edited and branches, what is told as kept and as lost is what looking at every fact says."""
    ruler = letters()
    for messages in histories(SEED):
        made = shorten(messages, 900, ruler, "rolling")
        asked = max(i for i, one in enumerate(messages) if one.role == "user")
        earlier = [one.content for one in messages[:asked] if one.role != "system"]
        assert each(earlier, norm("\n".join(one.content for one in made.messages))) == (made.kept, made.lost)


def test_no_line_of_code_is_run_for_a_fact_that_does_not_stand_in_the_text():
    """With ten times as many facts in the talk the work of telling them apart is the same."""
    few, many = (told(*(f"Dr. Olsen has ${1000 + i}." for i in range(number))) for number in (200, 2_000))
    text = norm("Dr. Olsen has $1007, and $9, and room B-12. " * 20)
    assert few.parted(text)[0] == many.parted(text)[0]

    assert lines_run(lambda: few.parted(text)) == lines_run(lambda: many.parted(text))


def test_a_talk_of_very_many_turns_is_shortened_by_going_on_with_a_summary():
    """`auto` weighs every turn against every other as long as they are few, and says why it does not when they are many."""
    turns = [f"We met Dr. Olsen in room {1000 + i}, and said so {i % 5} times." for i in range(FAR + 41)]
    few, many = (shorten(talk(*turns[:number]), 900, letters(), "auto") for number in (FAR - 39, FAR + 41))

    assert few.method in {"facts", "extractive"}
    assert ("rolling", True) == (many.method, str(FAR) in many.reason)
    assert many.messages == shorten(talk(*turns), 900, letters(), "rolling").messages


def test_dropping_keeps_as_many_turns_as_fit_and_looks_at_few():
    """Every budget: the turns kept fit, one question more would not; and of a long talk only the end is ever measured."""
    measured = []

    def count(messages):
        measured.append(len(messages))
        return ruler.count(messages)

    ruler = letters()
    messages = talk(*(f"We met {'often ' * (i % 3)}in room {1000 + i}." for i in range(301)), system="Be kind.")
    for budget in (120, 200, 333, 1000, 5000):
        made = shorten(messages, budget, ruler, "drop").messages
        begins = len(messages) - len(made) + 1
        more = (messages[0], *messages[begins - 2 :])
        assert made == (messages[0], *messages[begins:])
        assert ruler.count(made) <= budget < ruler.count(more)

    shorten(messages, 333, type(ruler)(count, ruler.size), "drop", before=99_999)

    assert max(measured) < 40
