"""Conversations within a budget: never over it, still conversations, the last turns word for word."""

from __future__ import annotations

import random
import re

import pytest

from burnish.context.ruler import ruler_of
from burnish.context.shape import HEAD, Parts
from burnish.context.shorten import NAMES, budget_of, fitted, shorten
from burnish.errors import DataError
from burnish.records.conversation import Message
from context.toy_talks import CODE, LINK, chatml, letters, long_talk, talk
from toys import SEED

RATIOS = (0.9, 0.5, 0.25, 0.1)


@pytest.mark.parametrize("method", NAMES)
@pytest.mark.parametrize("ratio", RATIOS)
def test_never_over_the_budget_by_the_models_own_count(method, ratio):
    """The result, rendered and encoded by the one path, has at most the budget's tokens, and as many as it says."""
    chat = chatml()
    ruler = ruler_of(chat)
    messages = long_talk(8)
    budget = budget_of(messages, ratio, ruler)
    made = shorten(messages, budget, ruler, method)

    assert len(chat.prompt_ids(made.messages)) == made.tokens_after <= budget < made.tokens_before


@pytest.mark.parametrize("method", NAMES)
def test_it_is_still_a_conversation(method):
    """The system text stays, user and assistant take turns from a user's on, and the last question stands as it was asked."""
    messages = long_talk()
    ruler = letters()
    made = shorten(messages, budget_of(messages, 0.4, ruler), ruler, method)
    roles = [one.role for one in made.messages]

    assert messages[0] == made.messages[0]
    assert roles[1:] == [("user", "assistant")[i % 2] for i in range(len(roles) - 1)]
    assert made.messages[-1].content.endswith(messages[-1].content)
    assert all(one in messages or one.content.startswith(HEAD) for one in made.messages)


def test_every_budget_is_kept_or_refused():
    """From 1 token up, for every method and random talks: within the budget, or one clear refusal, and never more kept with less."""
    draw = random.Random(SEED)
    ruler = letters()
    for _ in range(4):
        messages = talk(
            *(
                f"Room {draw.randrange(99)} is {draw.choice(('red', 'Anna’s', '5 m wide'))}. " * draw.randrange(1, 4)
                for _ in range(draw.randrange(3, 12))
            )
        )
        last = max(i for i, one in enumerate(messages) if one.role == "user")
        least = ruler.count(messages[last:])
        for budget in range(1, ruler.count(messages) + 2, 23):
            for method in NAMES:
                if budget < least:
                    with pytest.raises(DataError, match="alone are longer"):
                        shorten(messages, budget, ruler, method)
                else:
                    assert ruler.count(shorten(messages, budget, ruler, method).messages) <= budget


@pytest.mark.parametrize("method", NAMES)
@pytest.mark.parametrize("role", ["system", "tool", "assistant"])
def test_any_turn_may_stand_amid_a_conversation(method, role):
    """A system turn or a tool's answer in the middle is shortened like any other, and told by its speaker's name."""
    messages = long_talk()
    messages = (*messages[:6], Message(role=role, content="Gate 7 opens at 9:45 for Ada Byron. " * 20), *messages[6:])
    ruler = letters()
    budget = budget_of(messages, 0.4, ruler)

    assert ruler.count(shorten(messages, budget, ruler, method).messages) <= budget


def test_what_fits_is_not_touched():
    """A conversation within the budget comes back as it is, and says so."""
    messages = long_talk(3)
    made = shorten(messages, letters().count(messages), letters())

    assert (messages, "none", ()) == (made.messages, made.method, made.lost)
    assert made.tokens_before == made.tokens_after


@pytest.mark.parametrize("method", ["facts", "extractive", "rolling", "auto"])
@pytest.mark.parametrize("ratio", [0.2, 0.35, 0.5, 0.65, 0.8])
def test_code_and_links_are_whole_or_gone(method, ratio):
    """At no ratio is a part of a block of code or of a link left."""
    messages = long_talk(9)
    ruler = letters()
    text = "\n".join(one.content for one in shorten(messages, budget_of(messages, ratio, ruler), ruler, method).messages)

    assert text.count("```") == 2 * text.count(CODE)
    assert text.count("a.example") == text.count(LINK)


def test_facts_are_kept_before_talk():
    """Where dropping loses most facts, `facts` keeps them all; each says what it kept and lost."""
    messages = long_talk(12)
    ruler = letters()
    budget = budget_of(messages, 0.5, ruler)
    facts, drop = (shorten(messages, budget, ruler, method) for method in ("facts", "drop"))
    text = "\n".join(one.content for one in facts.messages)

    assert () == facts.lost
    assert all(f"room {100 + i}" in text for i in range(12))
    assert len(drop.lost) > len(facts.kept) / 3
    assert {*facts.kept} == {*drop.kept, *drop.lost}


def test_extractive_follows_the_question():
    """With the same talk and budget, what is kept belongs to what is asked."""
    said = [
        f"The {thing} was bought by {who} and nobody liked it much"
        for thing, who in zip("piano boat oven well fence roof".split(), "ann bob cid dan eve fay".split(), strict=True)
    ]
    turns = [words for one in said for words in (one, "That is interesting to hear indeed, tell more")]
    for thing, who in (("boat", "bob"), ("roof", "fay")):
        messages = talk(*turns, f"Who bought the {thing}?")
        ruler = letters()
        made = shorten(messages, budget_of(messages, 0.3, ruler), ruler, "extractive")

        assert f"The {thing} was bought by {who}" in made.messages[0].content


def test_auto_says_why():
    """The chosen method is the one that keeps most, and the reason has both figures."""
    messages = long_talk(12)
    ruler = letters()
    budget = budget_of(messages, 0.3, ruler)
    made = shorten(messages, budget, ruler)
    each = {name: shorten(messages, budget, ruler, name) for name in ("facts", "extractive")}

    assert made.messages == each[made.method].messages
    assert all(name in made.reason and f"{len(one.kept)} of" in made.reason for name, one in each.items())


def test_tool_answers_are_kept_as_such():
    """A tool's words are in the note under its name; one that answers in the last turns stays with its question."""
    tool = Message(role="tool", content="Flight BA-2490 leaves at 9:45 pm.")
    early = (*talk("When does it leave?"), tool, *talk("", "At 9:45 pm, so hurry up and pack your things before that.")[1:])
    rest = talk(
        "Well now, that is a pity, I would rather have slept a little longer.",
        "I see. Sleep is good for you and for all of us.",
        "Which flight is it?",
    )
    ruler = letters()
    messages = (*early, *rest)
    made = shorten(messages, budget_of(messages, 0.6, ruler), ruler, "facts")
    late = shorten((*early, *rest, tool), budget_of((*early, *rest, tool), 0.7, ruler), ruler, "facts")

    assert "Tool: " in made.messages[0].content
    assert "BA-2490" in made.messages[0].content
    assert tool == late.messages[-1]


@pytest.mark.parametrize("ratio", [0, -1, 1.01, float("nan")])
def test_a_ratio_that_is_none_is_told(ratio):
    """Zero, negative, above one and NaN are refused with the value."""
    with pytest.raises(DataError, match="a ratio is above 0") as told:
        budget_of(talk("a"), ratio, letters())

    assert str(ratio) in told.value.seen


def test_no_user_and_no_such_method_are_told():
    """Both name what was seen."""
    with pytest.raises(DataError, match="without a user's turn"):
        shorten([Message(role="assistant", content="a")], 1, letters())
    with pytest.raises(DataError, match="no such method") as told:
        shorten(talk("a"), 1, letters(), "magic")

    assert told.value.seen == "magic"


def test_the_templates_own_words_are_not_the_conversations():
    """What a template writes whatever is said is found, with and without a system text."""
    assert 7 == letters().fixed(talk("a", "b"))
    assert 7 == letters().fixed(talk("a", "b", system="c"))


def test_the_last_exchange_stands_behind_the_note():
    """The last answer is a message of its own, word for word, between the note and the question: the note opens no answer."""
    messages = long_talk(12)
    ruler = letters()
    made = shorten(messages, budget_of(messages, 0.5, ruler), ruler, "facts").messages

    assert made[1].content.startswith(HEAD)
    assert not any(one.content in made[1].content for one in messages[1 - len(made) :])
    assert "assistant" == made[2].role
    assert messages[-len(made) + 2 :] == made[2:]


def test_a_method_that_says_too_much_is_reined_in():
    """Where the lines are twice as long as the room they were given, the budget is still used and kept."""
    parts = Parts((), talk("Well, and so on. " * 20, "Yes."), talk("Why?"), 100)
    ruler = letters()
    messages, tokens = fitted(parts, 200, ruler, lambda room: [(0, "user", "x" * 2 * room)])

    assert 180 <= tokens == ruler.count(messages) <= 200


TRIP = talk(
    "Hello! I am planning the trip to Lisbon with Marta.",
    "Lovely. When do you leave?",
    "We leave on 4 May at 7:30 am from Gate B12.",
    "Noted.",
    "Our budget is 2,400 euros, the hotel is Casa Azul, and the flight is TP571.",
    "Sounds fine. Casa Azul has a good breakfast.",
    "The hotel costs 640 euros. Marta is allergic to walnuts.",
    "I will remember the walnuts.",
    "There are 4 of us, and 850 euros is the deposit.",
    "Good to know, well.",
    "What was our budget, and how much is the deposit?",
)
REISE = talk(
    "Die Reise nach Lissabon ist am 4 Mai mit Marta.",
    "Gut.",
    "Das Budget beträgt 2400 Euro, das Hotel kostet 640 Euro.",
    "Aha.",
    "Der Flug TP571 geht um 7:30.",
    "Danke.",
    "Wie hoch ist das Budget?",
)


@pytest.mark.parametrize("ratio", [0.7, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25])
@pytest.mark.parametrize("ruler", [letters, lambda: ruler_of(chatml())])
def test_the_words_that_the_question_asks_for_stay_beside_their_fact(ruler, ratio):
    """Which of three amounts is the budget and which the deposit is still told, before it or behind it."""
    ruler = ruler()
    made = shorten(TRIP, budget_of(TRIP, ratio, ruler), ruler, "facts")
    note = " ".join(one.content for one in made.messages).removesuffix(TRIP[-1].content)

    assert re.search(r"budget\W+(?:is )?(?:\w+ ){0,2}2,400", note)
    assert re.search(r"850 euros (?:is the )?deposit", note)


@pytest.mark.parametrize("ratio", [0.9, 0.7, 0.6, 0.5])
def test_a_name_that_is_asked_for_stays_too(ratio):
    """German writes the word with a capital, so that it is taken for a name; it stays beside its amount all the same."""
    ruler = letters()
    made = shorten(REISE, budget_of(REISE, ratio, ruler), ruler, "facts")

    assert re.search(r"Budget (?:beträgt )?2400", " ".join(one.content for one in made.messages))


def test_room_that_takes_nothing_away_does_not_end_in_an_empty_note():
    """Where less room gives the same note many times over, the search goes on from the middle: half the budget is not left unused."""
    ruler = letters()
    parts = Parts((), tuple(talk("A " * 400, "B")), tuple(talk("Who?")), 500)
    steps = [(0, "user", "x" * 30)] * 16

    def lines(room):
        return steps if room > 60 else steps[:8]

    _, count = fitted(parts, 350, ruler, lines)

    assert count > 250


@pytest.mark.parametrize("keep", range(12))
@pytest.mark.parametrize("method", NAMES)
def test_the_last_turns_stay_word_for_word(method, keep):
    """Whatever is kept, it is the end of the talk, it begins with a user's turn, and the budget holds."""
    messages = long_talk(8)
    ruler = letters()
    budget = budget_of(messages, 0.85, ruler)
    made = shorten(messages, budget, ruler, method, keep_turns=keep)
    told = [one.content for one in made.messages]
    least = max(1, keep)

    assert made.tokens_after <= budget
    assert told[-least + 1 :] == [one.content for one in messages[-least + 1 :]] or least == 1
    assert told[-least].endswith(messages[-least].content)


def test_a_tools_answer_stays_with_its_question():
    """Two turns that would begin with a tool's answer begin with the user's turn that called it."""
    said = [
        *talk("One " * 60, "Two " * 60, "How many doors?"),
        Message(role="tool", content="9"),
        Message(role="assistant", content="9"),
    ]
    made = shorten([*said, Message(role="user", content="Sure?")], 200, letters(), "facts", keep_turns=3)

    assert [one.role for one in made.messages[-4:]] == ["user", "tool", "assistant", "user"]


def test_too_many_turns_to_keep_are_told():
    """The number of turns, their tokens, and what to do."""
    with pytest.raises(DataError, match="the last 17 turns and the system text alone") as caught:
        shorten(long_talk(8), 900, letters(), "facts", keep_turns=17)

    assert "keep fewer turns" in caught.value.remedy
