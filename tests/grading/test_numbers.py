"""`number` and `keeps_numbers`, and how numbers are read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from burnish.grading.example import score
from burnish.grading.figures import figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234,567.5", ["1234567.5"]),
        ("1.234.567,5", ["1234567.5"]),
        ("1'000 and 2\u202f000 and 3\u00a0000", ["1000", "2000", "3000"]),
        ("23,80 and 23.80", ["23.80", "23.80"]),
        ("1, 2, 3 and 4", ["1", "2", "3", "4"]),
        ("1,2,3", ["1", "2", "3"]),
        ("-5, −6, 7-8, -$9", ["-5", "-6", "7", "8", "-9"]),
        ("2024-05-01", ["2024", "5", "1"]),
        ("H2O on B12, 5kg, 3rd", ["5", "3"]),
        ("twenty-one, nineteen and ten", ["21", "19", "10"]),
        ("anyone often phones someone", []),
        ("at https://a.example/9?x=8 or b7@a.example", []),
        ("Version 1.2.", ["1.2"]),
        ("50%", ["50"]),
        ("x=5", ["5"]),
    ],
)
def test_numbers_are_read_as_values(text, expected):
    """Separators, signs, words and links are told apart."""
    assert [figure.value for figure in figures(text)] == [Decimal(value) for value in expected]


@pytest.mark.parametrize(
    ("text", "minutes"), [("09:45", 585), ("9:45 am", 585), ("9:45 p.m.", 1305), ("12:05 am", 5), ("12:05 PM", 725)]
)
def test_times_are_read_as_minutes(text, minutes):
    """A time of day is one number: minutes since midnight."""
    assert [(figure.clock, figure.value) for figure in figures(text)] == [(True, minutes)]


@pytest.mark.parametrize(
    ("target", "answer", "expected"),
    [
        (7, "seven", 1),
        (7, "3 + 4 = 7", 1),
        (7, "7 is 3 + 4", 0),
        (7, "**7**.", 1),
        (1200, "$1,200.00", 1),
        (-7, "It is −7 degrees", 1),
        (7, "-7", 0),
        (12, "The answer is 12, the largest one.", 1),
        (1, "one", 1),
        (0.5, ".5 or 0.5", 1),
        (7, "none", 0),
        (7, "at 07:00", 0),
        ({"value": 3.14, "tolerance": 0.01}, "3.149", 1),
        ({"value": 3.14, "tolerance": 0.01}, "3.16", 0),
        (0.3, "0.30", 1),
    ],
)
def test_number_takes_the_last_number(target, answer, expected):
    """The last number of the answer counts, by value, within the tolerance."""
    assert score("number", target, answer) == expected


TRAIN = "Rephrase this in one line: The train leaves from platform 6 at 09:45 and costs 23.80 dollars."


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("From platform 6 at 9:45 am, for $23.8.", 1),
        ("From platform six at 09:45, for 23.80.", 1),
        ("From platform 6 at 09:45.", 0.667),
        ("From platform 6 at 21:45, for 23.80.", 0.5),
        ("1. Platform 6.\n2. At 09:45.\n3. 23.80 dollars.", 1),
        ("From platform 6 at 09:45 for 23.80; call 555.", 0.75),
        ("A train leaves.", 0),
        ("From platform 60 at 09:450, for 123.80.", 0),
    ],
)
def test_keeps_numbers_compares_values_and_counts_inventions(answer, expected):
    """Each number must come back with its value; a lost and an invented one each lower the score."""
    assert score("keeps_numbers", None, answer, TRAIN) == expected


def test_keeps_numbers_takes_a_list_in_place_of_the_prompt():
    """With a target only its numbers are asked for; others of the prompt may stay or go."""
    assert [score("keeps_numbers", [6, "23.80"], answer, TRAIN) for answer in ("6 for 23.8", "6 at 09:45 for 23.8", "6")] == [
        1,
        1,
        0.5,
    ]
