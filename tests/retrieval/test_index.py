"""The nearest rows are found a fact at a time, by meaning or by words."""

from __future__ import annotations

import numpy as np
import pytest
from toy_house import ROWS, encode, row

from burnish.retrieval.index import Found, RowIndex, Vectors, make_vectors


@pytest.fixture
def index():
    """Return the toy rows, searched by meaning."""
    return RowIndex(ROWS, encode, make_vectors(ROWS, encode))


def test_vectors_are_of_questions_and_of_questions_with_answers():
    """One call encodes all, so that its batches can be sorted; the halves are put apart in order."""
    told = []
    vectors = make_vectors(ROWS, encode, lambda done, total: told.append((done, total)))

    assert vectors.question_RD == pytest.approx(encode([one.question for one in ROWS]))
    assert vectors.both_RD == pytest.approx(encode([f"{one.question} {one.answer}" for one in ROWS]))
    assert told == [(12, 12)]


def test_a_row_is_found_by_meaning(index):
    """No word of the question is in the row; the score is the mean of both cosines, here 1 and 1 over the root of 2."""
    (found,) = index.nearest("Is there a kettle?", 1)

    assert ROWS[found.number].question == "When is tea?"
    assert found.score == pytest.approx(1.0)
    assert [one.number for one in index.nearest("Rex?", 1)] == [3]


def test_a_fact_is_as_near_as_the_mean_and_the_nearest_of_its_rows():
    """(mean + max) / 2 over the rows of a fact, each (question + both) / 2; it is told by its nearest row."""
    rows = [row(1, "a", "x", 7), row(2, "b", "x", 7), row(3, "c", "y", 9)]
    vectors = Vectors(
        np.array([[0.2, 0], [0.8, 0], [0.7, 0]], dtype=np.float32), np.array([[0.4, 0], [0.6, 0], [0.6, 0]], dtype=np.float32)
    )
    index = RowIndex(rows, lambda texts, progress: np.array([[1, 0]] * len(texts), dtype=np.float32), vectors)
    found = index.nearest("?", 5)

    assert [one.number for one in found] == [2, 1]
    assert [one.score for one in found] == pytest.approx([0.65, ((0.3 + 0.7) / 2 + 0.7) / 2])


def test_at_most_k_and_one_a_fact(index):
    """Of two rows of a fact one is found; more than there are is all; none is none."""
    every = index.nearest("key", 99)

    assert [one.number for one in index.nearest("key", 2)] == [one.number for one in every][:2]
    assert len(every) == 5
    assert {0, 1} - {one.number for one in every}
    assert index.nearest("key", 0) == []
    assert [one.score for one in every] == sorted((one.score for one in every), reverse=True)


def test_facts_as_near_as_each_other_stand_in_their_order(index):
    """Nothing near at all: the order is that of the rows, so that it is the same on every machine."""
    assert [one.number for one in index.nearest("Nothing of that", 5)] == [0, 2, 3, 4, 5]


def test_many_facts_as_near_as_each_other_stand_in_their_order_too():
    """The order of equals does not depend on how many there are."""
    rows = [row(i, f"Where is {['key', 'tea'][i % 2]} {i}?", "There.", 99 - i) for i in range(60)]

    assert [one.number for one in RowIndex(rows, encode, make_vectors(rows, encode)).nearest("key", 20)] == list(range(0, 40, 2))


def test_rows_that_are_left_out_are_not_there(index):
    """Without a fact's nearest row its other one stands for it, without both the next fact does; the mean is of what is left."""
    assert index.nearest("key", 1)[0].number == 0
    assert index.nearest("key", 1, without={0}) == [Found(1, pytest.approx(1.0))]
    assert index.nearest("key", 1, without=[0, 1])[0].number == 2
    assert len(index.nearest("key", 9, without=[0, 1])) == 4
    assert index.nearest("key", 9, without=range(6)) == []
    assert index.nearest("key", 1)[0].number == 0


def test_without_an_encoder_words_decide():
    """By words the rows' answers count too, and what shares no word is not found, however many are asked for."""
    index = RowIndex(ROWS)

    assert [one.number for one in index.nearest("behind that clock", 1)] == [0]
    assert [one.number for one in index.nearest("dog", 5)] == [3]
    assert index.nearest("Zeppelin?", 5) == []
    assert all(0 < one.score <= 1 for one in index.nearest("Where is the car?", 5))


@pytest.mark.parametrize("vectors", [None, Vectors(np.zeros((0, 6), np.float32), np.zeros((0, 6), np.float32))])
def test_no_rows(vectors):
    """Nothing is found among nothing."""
    assert RowIndex([], encode, vectors).nearest("key", 3) == []


def test_many_rows_of_one_fact_are_one():
    """Facts are told by their numbers, wherever their rows stand."""
    rows = [row(i, f"Where is key {i}?", "There.", i % 3) for i in range(30)]
    found = RowIndex(rows, encode, make_vectors(rows, encode)).nearest("key", 10)

    assert [one.number for one in found] == [0, 1, 2]


@pytest.mark.parametrize("block", [2, 256])
def test_neighbours_of_all_rows_one_after_the_other_are_what_each_question_finds(index, monkeypatch, block):
    """They are looked for many at once, in whatever order they are asked for; a row that is left out is not its own neighbour."""
    monkeypatch.setattr("burnish.retrieval.index.BLOCK", block)

    for number in (0, 1, 5, 4, 0, 3, 2):
        found = index.neighbours(number, 3, without=(number,))
        wanted = index.nearest(ROWS[number].question, 3, without=(number,))
        assert [one.number for one in found] == [one.number for one in wanted]
        assert [one.score for one in found] == pytest.approx([one.score for one in wanted])
