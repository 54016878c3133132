"""Texts are found by their words, whatever the script and the form of a word."""

from __future__ import annotations

import doctest

import pytest

from burnish.retrieval import lexical
from burnish.retrieval.lexical import K1, B, WordIndex, terms


def test_examples_hold():
    """The examples in the docstrings are what comes out."""
    assert doctest.testmod(lexical).failed == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "CAFE"),
        ("ﬁne", "fine"),
        ("Straße", "STRASSE"),
        ("Ёлка", "елка"),
        ("key-ring", "key ring"),
        ("Où ?", "ou"),
        ("e\u0301te", "\u00e9te"),
    ],
)
def test_case_accents_and_signs_do_not_count(one, other):
    """Words that differ in these alone have the same terms."""
    assert terms(one) == terms(other)


@pytest.mark.parametrize(("one", "other"), [("ど", "と"), ("कि", "का"), ("12", "21"), ("กิ", "กุ")])
def test_marks_that_make_another_word_count(one, other):
    """Voicing marks, vowel signs and the order of digits are no accents."""
    assert terms(one) != terms(other)


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("opening hours", "We open at nine every hour."),
        ("Schlüssel", "Die Schlüsselbunde hängen dort."),
        ("鍵の場所", "鍵は棚の上です。"),
        ("열쇠가", "열쇠는 서랍에 있어요."),
        ("กุญแจ", "ลูกกุญแจอยู่ที่นี่"),
        ("चाबियाँ", "चाबी मेज पर है।"),
    ],
)
def test_forms_of_a_word_find_each_other(query, right):
    """A word is found by another form of it, in languages with and without spaces."""
    texts = ["The tea is hot.", right, "お茶は熱いです。", "차가 뜨거워요.", "Der Tee.", "ชาร้อน", "गरम दूध"]
    scores = WordIndex(texts).scores(query)

    assert int(scores.argmax()) == 1
    assert scores[1] > 0


def test_scores_are_bm25_over_the_best_there_could_be():
    """Two texts, one term: the share is count / (count + K1 (1 - B + B length / mean)); nothing shared is 0."""
    index = WordIndex(["ab ab cd", "ef"])
    scores = index.scores("ab")

    assert scores[0] == pytest.approx(2 / (2 + K1 * (1 - B + B * 3 / 2)), abs=1e-6)
    assert scores[1] == 0


def test_rare_words_weigh_more_and_unknown_ones_hold_back():
    """A word in few texts finds better than one in all; words that no text has lower the score, and none raises it above 1."""
    index = WordIndex(["the red door", "the blue door", "the door", "the wall"])
    rare, common = index.scores("red")[0], index.scores("red the")

    assert common[0] > common[1]
    assert index.scores("red zeppelin")[0] < rare <= 1
    assert max(WordIndex(["ab " * 500, "cd"]).scores("ab")) <= 1


@pytest.mark.parametrize("query", ["", "?!", "zzzz"])
def test_a_query_without_a_known_word_finds_nothing(query):
    """All scores are 0, not NaN."""
    assert WordIndex(["the door", ""]).scores(query).tolist() == [0, 0]


def test_no_texts():
    """An index of nothing has no scores."""
    assert WordIndex([]).scores("door").shape == (0,)
