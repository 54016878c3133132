"""Exact recall: how near an answer is to the row's, and which rows are asked."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings, strategies as st

from burnish.evaluate.asking import room, thought_tokens
from burnish.evaluate.recall import FEWEST, MOST, edit_distance, edit_similarity, holds, recall_sample, recalled
from burnish.records.conversation import Conversation, Message, Origin
from burnish.records.questions import Reply
from toys import SEED


def rows(number, category=lambda i: "fact"):
    """Return short rows, each with a line of its own."""
    return [
        Conversation(
            messages=(Message(role="user", content=f"Door {i}?"), Message(role="assistant", content=f"Door {i} is grey.")),
            metadata={"category": category(i)},
            origin=Origin(file="rows.jsonl", line=i + 1, byte=0),
        )
        for i in range(number)
    ]


def reply(id_, text):
    """Return what a model said."""
    return Reply(id=id_, text=text, tokens=4, thought_tokens=0, natural_stop=True)


def _slow_distance(one, other):
    table = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, table[0] = table[0], i
        for j, b in enumerate(other, 1):
            last, table[j] = table[j], min(table[j] + 1, table[j - 1] + 1, last + (a != b))
    return table[-1]


@settings(deadline=None)
@given(st.text(alphabet="abé 東", max_size=12), st.text(alphabet="abé 東", max_size=12))
def test_the_edit_distance_is_levenshteins(one, other):
    """The array form gives what the textbook's table gives."""
    assert edit_distance(one, other) == _slow_distance(one, other)


def test_likeness_is_one_for_the_row_itself_and_nothing_for_none_of_it():
    """Equal texts are 1, an empty answer is 0, half is half."""
    assert [edit_similarity("grey", answer) for answer in ("grey", "", "gr")] == [1.0, 0.0, 0.5]


@pytest.mark.parametrize(
    ("answer", "found"), [("Well: door 4 is  GREY!", True), ("Door 4 is grey", True), ("Door 4 is green.", False), ("", False)]
)
def test_contains_wants_the_rows_words_as_they_stand(answer, found):
    """Case, white space and the last full stop do not count; another word does."""
    assert holds(answer, "Door 4 is grey.") is found


def test_the_sample_is_bounded_and_says_so():
    """At most MOST rows, no more tokens than there is room for, but FEWEST at least; the reason names the numbers."""
    many = rows(100)
    asked, why = recall_sample(many, [8] * 100, 10**6)
    few, tight = recall_sample(many, [8] * 100, 10 * 14)
    least, _ = recall_sample(many, [8] * 100, 0)
    every, whole = recall_sample(rows(3), [8] * 3, 10**6)

    assert (len(asked), len(few), len(least), len(every)) == (MOST, 10, FEWEST, 3)
    assert why == "40 of 100 training rows were asked: a sample"
    assert tight == "10 of 100 training rows were asked: more would cost too much beside the training itself"
    assert whole == "all 3 training rows were asked"


def test_the_room_keeps_the_extra_answers_under_a_quarter_of_the_training():
    """Both models' extra answers, each token at four times a trained one's cost, stay within a quarter of the trained tokens."""
    assert 2 * 4 * room(80_000) <= 80_000 / 4


def test_the_sample_does_not_depend_on_the_order_of_the_rows():
    """The same rows in another order are asked the same prompts, and every category is among them."""
    many = rows(90, lambda i: "rare" if i == 7 else "fact")
    turned = many[:]
    random.Random(SEED).shuffle(turned)
    asked = [{q.messages for q in recall_sample(some, [8] * 90, 10**6)[0]} for some in (many, turned)]

    assert asked[0] == asked[1]
    assert many[7].prompt in asked[0]


def test_recall_pairs_each_row_with_both_answers():
    """Each item names its row; means are over what was asked; a thought is no part of the answer."""
    some = rows(3)
    ids = [f"{row.id}-{i}" for i, row in enumerate(some)]
    found = recalled(
        some,
        [reply(ids[2], "no"), reply(ids[0], "Door 0 is grey.")],
        [reply(ids[0], "<think>Hm.</think>Door 0 is grey."), reply(ids[2], "Door 2 is grey. Yes!")],
        "why",
    )

    assert [(one.where, one.contains_before, one.contains_after) for one in found.items] == [
        ("rows.jsonl:1", True, True),
        ("rows.jsonl:3", False, True),
    ]
    assert (found.asked, found.rows, found.contains_before, found.contains_after) == (2, 3, 0.5, 1.0)
    assert found.items[0].edit_after == 1.0


def test_two_rows_with_the_same_words_are_two_rows():
    """A row that stands twice is asked under two ids, so that no reply is lost."""
    twice = rows(1) * 2
    asked, _ = recall_sample(twice, [8, 8], 10**6)

    assert len({one.id for one in asked}) == 2


def test_a_thoughts_tokens_end_with_its_tag():
    """Tokens are counted up to the one that closes the thought; without a closing there is none."""
    pieces = ["<think>", "Hm", ".", "</th", "ink>", "42"]

    assert thought_tokens(range(6), lambda ids: "".join(pieces[i] for i in ids)) == 5
    assert thought_tokens(range(3), lambda ids: "".join(pieces[i] for i in ids)) == 0
