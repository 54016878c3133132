"""A version that carries its rows: what the plan says of it, how often rows are asked with others before them, and what it costs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from facts import TARGETS, machine, plan, profile, shape

from burnish.errors import RecipeError
from burnish.plan.make import make_plan, steps_in_all
from burnish.plan.quote import make_quote
from burnish.records.conversation import Conversation, Message
from burnish.records.past import Past
from burnish.records.plan import KNOWN, UNKNOWN
from burnish.records.recipe import build_recipe
from burnish.tokens.load import load_tokenizer
from burnish.tokens.template import Chat


def past(memory_k=0):
    """Return a version to go on from."""
    return Past(version="v", sessions=1, rows=60, rank=16, alpha=32, targets=TARGETS, rslora=False, memory_k=memory_k)


def test_no_rows_are_carried_unless_asked_for():
    """Nobody's rows are put into prompts unasked, and the training is what it was."""
    made = plan()

    assert (made.memory_k, made.memory_rows, made.beside_rows) == (0, 0, 0)
    assert "--memory 1" in made.reasons["memory.k"]


def test_rows_asked_with_others_before_them_take_steps_of_their_own():
    """Eight passes of 50 trained rows are spread over 10 epochs; the steps, the epochs asked for by steps and the quote follow."""
    without, carrying = plan(), plan({"memory.k": 1})

    quotes = [make_quote(one, shape(), profile(), None, machine()) for one in (without, carrying)]
    assert carrying.memory_rows == 40  # 8 x 50 / 10
    assert steps_in_all(carrying, 60) > steps_in_all(without, 60)
    assert quotes[1].seconds_high > quotes[0].seconds_high


def test_large_sets_are_not_paid_for_four_times():
    """Copying is learnt from some hundreds of examples: of a thousand rows each is asked so once, not eight times."""
    made = plan({"memory.k": 1}, data=profile(1000))

    assert made.memory_rows * made.epochs <= 1.1 * 1000


@pytest.mark.parametrize(("before", "wanted", "k"), [(1, None, 1), (1, 0, 0), (0, None, 0), (0, 2, 2)])
def test_what_continues_a_version_that_carries_its_rows_carries_them_too(before, wanted, k):
    """It is inherited, and what is asked for wins."""
    recipe = build_recipe({"memory.k": wanted} if wanted is not None else {})

    assert make_plan(recipe, profile(), machine(), shape(), "smollm2-135m", past(before)).memory_k == k


def test_what_it_says_where_nothing_answers_is_inherited_too():
    """Who taught a version to say it in another language is not answered in English after the next session; what is asked for wins."""
    german = replace(past(1), memory_unknown="Das weiß ich nicht.")

    said = [
        make_plan(build_recipe(asked), profile(), machine(), shape(), "smollm2-135m", one).memory_unknown
        for asked, one in (({}, german), ({"memory.unknown": "No."}, german), ({}, past(1)), ({}, replace(german, memory_k=0)))
    ]

    assert said == ["Das weiß ich nicht.", "No.", UNKNOWN, UNKNOWN]


def test_folds_and_an_empty_text_are_refused_by_name():
    """A fold would need rows of its own to carry; an empty "I don't know" would teach silence."""
    with pytest.raises(RecipeError) as told:
        plan({"memory.k": 1, "data.folds": 3, "memory.unknown": " "})

    assert "memory.k: 1 beside data.folds: 3" in str(told.value)
    assert "memory.unknown" in str(told.value)


def test_the_limit_leaves_room_for_the_rows_before_a_question():
    """Else most examples are dropped in silence. Never more rows than there are, never more than the model knows; what is asked for wins."""
    limits = {k: plan({"memory.k": k}).max_length for k in (0, 1, 3)}
    few = plan({"memory.k": 20}, data=profile(2, 100)).max_length
    long = plan({"memory.k": 3}, data=profile(60, 5000))

    # 100, 100 + 116, 100 + 3 x 116 and 100 + 2 x 116, in sixteens: a mark of 8 bytes, and what stands between two rows
    assert limits == {0: 112, 1: 224, 3: 448}
    assert few == 336
    assert long.max_length == shape().context_length
    assert "carried rows before it too" in plan({"memory.k": 1}).reasons["train.max_length"]
    assert "carried" not in plan().reasons["train.max_length"]
    assert plan({"memory.k": 1, "train.max_length": 112}).max_length == 112


def test_the_words_that_nothing_answers_have_room_beside_short_rows():
    """They are longer than a row of ten tokens."""
    assert plan({"memory.k": 1}, data=profile(60, 10)).max_length >= 10 + len(
        "And what if none of the rows answers it?I don't know that."
    )


def test_a_row_with_one_as_long_before_it_fits_the_limit(toy_folder):
    """Whatever the longest row's length: else the longest rows are the ones that are never asked again."""
    chat = Chat(load_tokenizer(toy_folder))
    for size in range(150, 182):
        turns = Message(role="user", content="q" * size), Message(role="assistant", content="a")
        before = Message(role="user", content=KNOWN + "q" * size), Message(role="assistant", content="a", weight=0)
        plain, asked = (chat.render(Conversation(messages=one)).tokens for one in (turns, (*before, *turns)))
        assert asked <= plan({"memory.k": 1}, data=profile(60, plain)).max_length, size
