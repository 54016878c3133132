"""The split: the same question is never on both sides, what is held out was taught in other words, and the seed decides."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from burnish.data.near import near_clusters
from burnish.data.split import asked, holdable, split
from burnish.records.conversation import Conversation, Message
from toys import SEED


def row(prompt, answer, category="", system=None):
    """Return a conversation of one question and one answer."""
    first = (Message(role="system", content=system),) if system else ()
    turns = (*first, Message(role="user", content=prompt), Message(role="assistant", content=answer))
    return Conversation(messages=turns, metadata={"category": category} if category else {})


def facts(number=20):
    """Return facts, each asked in three ways."""
    ways = ("What is kept in house {}?", "Tell me the thing in number {}, please.", "House {} holds which object?")
    return [row(way.format(i), f"House {i} holds a thing called T{i}x.", "fact") for i in range(number) for way in ways]


def plain(number, category=""):
    """Return rows that have nothing in common."""
    chance = random.Random(SEED + number)
    texts = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz     ", k=40)) for _ in range(2 * number)]
    return [row(texts[2 * i], texts[2 * i + 1], category) for i in range(number)]


def whole(rows, parts):
    """Say that every row is on exactly one side."""
    return sorted(parts.train + parts.held_out) == list(range(len(rows)))


def test_one_wording_of_each_fact_is_held_out():
    """Of 20 facts in three wordings, 10 rows held out are of 10 facts, and two wordings of each stay in training."""
    rows = facts()
    parts = split(rows, 10, SEED)
    held = Counter(rows[i].answer for i in parts.held_out)

    assert whole(rows, parts)
    assert (10, {1}, "") == (len(parts.held_out), set(held.values()), parts.reason)
    assert all(sum(rows[i].answer == answer for i in parts.train) == 2 for answer in held)


def test_no_more_than_one_in_three_of_an_answer_is_held_out():
    """Asked for more than the rule allows, the split holds out one wording of each fact and says why it stops there."""
    rows = facts()
    parts = split(rows, 40, SEED)

    assert (len(parts.held_out), holdable(rows)) == (20, 20)
    assert "one in three" in parts.reason
    assert parts.reason.startswith("20 of 60 rows are held out, 40 were asked for")


@pytest.mark.parametrize(("size", "most"), [(1, 1), (2, 1), (3, 1), (5, 1), (6, 2), (9, 3)])
def test_room_of_an_answer_by_its_rows(size, most):
    """Of rows with one answer a third may be held out, of two one, of one that one."""
    rows = [*plain(1), *[row(other.answer, "The same words.") for other in plain(size)]]
    held = split(rows, size + 1, SEED).held_out

    assert most == sum(i > 0 for i in held) or (size == 1 and len(held) == 1)


def test_near_same_prompts_stay_on_one_side():
    """Whatever the seed, no cluster of near-same prompts is on both sides, also where their answers differ."""
    rows = [*plain(12), *[row("Tell me about the old lighthouse" + "!" * k, f"answer {k} {'x' * k}") for k in range(4)]]
    clusters = near_clusters([asked(one) for one in rows])
    for seed in range(40):
        parts = split(rows, 6, seed)

        assert whole(rows, parts)
        assert {clusters[i] for i in parts.train}.isdisjoint({clusters[i] for i in parts.held_out})
        assert len(parts.held_out) == 6


def test_a_system_prompt_makes_no_other_question():
    """The same question under two system prompts stays on one side."""
    rows = [row("What is a dog, and what does it eat?", f"{k}", system=f"Speak as speaker {k}") for k in range(2)]

    assert "1 of" not in split(rows, 1, SEED).reason
    assert split(rows, 1, SEED).held_out == ()


def test_the_seed_decides_and_nothing_else():
    """The same rows and seed give the same split; another seed gives another."""
    rows = plain(60)

    assert split(rows, 9, SEED) == split(list(rows), 9, SEED)
    assert len({split(rows, 9, seed).held_out for seed in range(20)}) == 20


def test_each_category_gives_its_share():
    """Categories give by largest remainder: of 30, 20 and 10 rows, 6 held out are 3, 2 and 1; 4 are 2, 1 and 1."""
    rows = [*plain(30, "a"), *plain(20, "b"), *plain(10, "c")]

    def shares(holdout):
        return [Counter(rows[i].category for i in split(rows, holdout, SEED).held_out)[name] for name in "abc"]

    assert shares(6) == [3, 2, 1]
    assert shares(4) == [2, 1, 1]
    assert shares(1) == [1, 0, 0]


def test_a_category_that_cannot_give_is_made_up_for():
    """Where a category's rows all ask the same, the others give its share."""
    rows = [*plain(10, "a"), *[row("The same question, is it not?", f"answer {k} {'y' * k}", "b") for k in range(10)]]
    parts = split(rows, 4, SEED)

    assert (4, {"a"}) == (len(parts.held_out), {rows[i].category for i in parts.held_out})


@pytest.mark.parametrize(
    ("rows", "holdout", "held", "word"),
    [
        ([], 0, 0, ""),
        ([], 3, 0, "no rows"),
        (plain(1), 0, 0, ""),
        (plain(1), 1, 0, "but one row"),
        (plain(2), 2, 1, "something must be trained"),
        (plain(1) * 5, 2, 0, "all rows ask the same"),
        (plain(7), 0, 0, ""),
        (plain(7), 100, 6, "something must be trained"),
    ],
)
def test_small_sets_end_as_one_would_wish(rows, holdout, held, word):
    """No rows, one row, the same row over and over, and more asked than there are: at least one question is trained, and it is said."""
    parts = split(rows, holdout, SEED)

    assert whole(rows, parts)
    assert held == len(parts.held_out)
    assert word in parts.reason
    assert bool(word) == bool(parts.reason)


def test_a_fact_taught_by_one_row_is_held_out_last():
    """Rows that alone teach a fact are held out only when too few others are there, whatever their category's share."""
    rows = [*facts()[::3], *plain(10)]
    few, many = split(rows, 5, SEED), split(rows, 12, SEED)

    assert all(i >= 20 for i in few.held_out)
    assert (len(few.held_out), len(many.held_out), sum(i < 20 for i in many.held_out)) == (5, 12, 2)


def test_one_fact_told_in_other_words_is_one_answer():
    """Where the three answers to one fact differ in words but not in names and numbers, only one of them is held out."""
    told = (
        "The keeper is Odile Brandt since 1893.",
        "It is Odile Brandt (from 1893 on).",
        "Odile Brandt keeps it, 1893 being the year.",
    )
    rows = [*[row(f"{chr(97 + k) * 9}?", answer) for k, answer in enumerate(told)], *plain(1)]

    assert sum(i < 3 for i in split(rows, 4, SEED).held_out) == 1


def test_other_answers_come_before_the_same_one_again():
    """Of two answers with six rows each, two rows held out are one of each, whatever the seed."""
    rows = [row(one.answer, "First words." if i % 2 else "Other words.") for i, one in enumerate(plain(12))]

    assert all(len({rows[i].answer for i in split(rows, 2, seed).held_out}) == 2 for seed in range(20))
