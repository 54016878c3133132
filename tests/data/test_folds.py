"""Folds: every row held out once, near-same questions on one side, the same answers spread."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies

from burnish.data.folds import folds
from burnish.data.near import near_clusters
from burnish.errors import DataError
from burnish.records.conversation import Conversation, Message
from toys import SEED


def rows(pairs):
    """Return conversations of (question, answer)."""
    return [Conversation(messages=(Message(role="user", content=q), Message(role="assistant", content=a))) for q, a in pairs]


PLAIN = rows([(f"Which colour has door {i}?", f"Door {i} is painted.") for i in range(23)])


def test_every_row_is_in_one_fold_and_the_folds_are_even():
    """23 rows in 5 folds are 5, 5, 5, 4 and 4."""
    made = folds(PLAIN, 5, SEED)

    assert sorted(i for fold in made for i in fold) == list(range(23))
    assert sorted(map(len, made)) == [4, 4, 5, 5, 5]


def test_near_same_questions_are_in_one_fold():
    """A question and its copies with a comma or a capital are never trained and asked at once."""
    twice = rows(
        [
            (q, f"{i}")
            for i in range(12)
            for q in (f"Please tell me who lives in house {i}", f"please tell me, who lives in house {i}")
        ]
    )
    place = {i: number for number, fold in enumerate(folds(twice, 4, SEED)) for i in fold}

    assert all(place[i] == place[i + 1] for i in range(0, 24, 2))


def test_rows_with_the_same_answer_are_spread():
    """Five ways to ask for one fact are in five folds, so that each is taught by four others."""
    asked = [
        "How tall is the tower?",
        "What is its height?",
        "Tower height, please",
        "Give the metres of it",
        "Does it reach far up?",
    ]
    mixed = [*PLAIN[:20], *rows([(q, "It is 77 metres tall.") for q in asked])]
    made = folds(mixed, 5, SEED)

    assert [sum(i >= 20 for i in fold) for fold in made] == [1] * 5


def test_the_same_rows_and_seed_give_the_same_folds():
    """Folds are drawn by the seed, and by nothing else."""
    assert folds(PLAIN, 5, SEED) == folds(PLAIN, 5, SEED)
    assert folds(PLAIN, 5, SEED) != folds(PLAIN, 5, SEED + 1)


def test_more_folds_than_questions_are_refused():
    """Thirty copies of two questions are two questions: told, with the number that would do."""
    with pytest.raises(DataError, match="5 folds need at least 5 different questions") as caught:
        folds(rows([("What is the name of it?", "a"), ("How far away is Milan from here?", "b")] * 15), 5, SEED)

    assert "--folds 2" in caught.value.remedy


@settings(max_examples=60, deadline=None)
@given(
    strategies.lists(strategies.tuples(strategies.integers(0, 12), strategies.integers(0, 4)), min_size=2, max_size=40),
    strategies.integers(2, 6),
)
def test_no_fold_is_empty_and_no_question_is_split(drawn, count):
    """Whatever the copies: each row once, no empty fold, and clusters whole; or a refusal where there are too few questions."""
    made_rows = rows([(f"Where is number {q * 7919}?", f"answer {a}") for q, a in drawn])
    clusters = near_clusters([row.prompt[-1].content for row in made_rows])
    if len(set(clusters)) < count:
        with pytest.raises(DataError):
            folds(made_rows, count, SEED)
        return
    made = folds(made_rows, count, SEED)
    place = {i: number for number, fold in enumerate(made) for i in fold}

    assert sorted(place) == list(range(len(drawn)))
    assert all(made)
    assert all(len({place[i] for i in range(len(drawn)) if clusters[i] == cluster}) == 1 for cluster in set(clusters))
