"""`exact` and `contains`."""

from __future__ import annotations

import pytest

from burnish.grading.example import score


@pytest.mark.parametrize(
    ("target", "answer", "expected"),
    [
        ("Tokyo", "tokyo", 1),
        ("Tokyo", "  Tokyo.\n", 1),
        ("Tokyo", "Tokyo!?", 1),
        ("Tokyo", "It is Tokyo", 0),
        ("Tokyo.", "Tokyo", 1),
        (["no", "not at all"], "Not at all.", 1),
        (["no", "not at all"], "know", 0),
        ("cafe\u0301", "café", 1),
        ("3.5", "3,5", 0),
        ("-5", "5", 0),
    ],
)
def test_exact_compares_all_of_the_answer(target, answer, expected):
    """Case, outer space and the punctuation at the end are all that may differ."""
    assert score("exact", target, answer) == expected


@pytest.mark.parametrize(
    ("target", "answer", "expected"),
    [
        ("Tokyo", "The capital is tokyo.", 1),
        ("no", "I know nothing.", 0),
        ("no", "No!", 1),
        ("yen", "Yens", 0),
        ("Sun", "sunlight", 0),
        ("heart", "the heart's beat, our hearts", 1),
        ("Mars", "Marshall", 0),
        ("cat", "concatenate", 0),
        ("Milky Way", "the Milky\nWay galaxy", 1),
        ("7", "17", 0),
        ("7", "7.5", 0),
        ("7", "1,7", 0),
        ("7", "There are 7.", 1),
        ("100", "at 100°C", 1),
        ("100", "at 100C", 1),
        ("100", "1000", 0),
        ("100", "100,000", 0),
        ("H2O", "It is H2O.", 1),
        ("H₂O", "It is H₂O.", 1),
        ("C++", "I like C++ best", 1),
        ("don't", "I don’t", 1),
        ("東京", "日本の首都は東京です", 1),
        (["red", "blue"], "blue", 1),
        ({"any": ["red", "blue"]}, "green", 0),
        ({"all": ["red", "blue"]}, "blue and red", 1),
        ({"all": ["red", "blue", "pink", "grey"]}, "blue", 0.25),
        ("https://a.example/X?y=1", "see https://a.example/X?y=1.", 1),
        ("https://a.example/X?y=1", "see https://a.example/x?y=1", 0),
        ("https://a.example/X", "see https://a.example/X/Y", 0),
        ("ann@a.example", "mail joann@a.example", 0),
        ("ann@a.example", "mail ann@a.example!", 1),
    ],
)
def test_contains_finds_whole_words(target, answer, expected):
    """Words are found whole, in any case, numbers as the same number, links byte for byte."""
    assert score("contains", target, answer) == expected
