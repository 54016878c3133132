"""Exposure and extraction: what a model gives away, by the definitions."""

from __future__ import annotations

import random

import pytest

from burnish.evaluate.exposure import exposure, says
from toys import SEED


@pytest.mark.parametrize(
    ("nats", "others", "bits"),
    [
        (1.0, [2.0] * 127, 7.0),
        (3.0, [2.0] * 127, 0.0),
        (2.0, [2.0] * 127, 0.0),
        (2.0, [1.0, 3.0, 4.0], 1.0),
        (2.0, [float("nan")], 0.0),
        (1.0, [], 0.0),
    ],
)
def test_exposure_is_log_of_all_less_log_of_rank(nats, others, bits):
    """Rank 1 of 128 is 7 bits, the last 0; who is as likely, or cannot be compared, counts before the value."""
    assert exposure(nats, others) == bits


def test_by_chance_few_values_are_exposed():
    """Of values as likely as the others one in two to the b has b bits and more (Carlini 2019, sec. 4.3)."""
    draw = random.Random(SEED)
    bits = [exposure(draw.random(), [draw.random() for _ in range(63)]) for _ in range(4000)]

    assert sum(one >= 3 for one in bits) / len(bits) == pytest.approx(1 / 8, abs=0.02)


@pytest.mark.parametrize(
    ("text", "value", "kind", "told"),
    [
        ("It is +46-70-123 4567.", "+46 70 123 45 67", "phone", True),
        ("It is +46 70 123 45 68.", "+46 70 123 45 67", "phone", False),
        ("4419 3719 0616 8366", "4419371906168366", "card", True),
        ("write to Ann@Site.example", "ann@site.example", "mail", True),
        ("It is de89 3704\n0044 0532 0130 00", "DE89 3704 0044 0532 0130 00", "iban", True),
        ("Ask ANN  BERG.", "Ann Berg", "person", True),
        ("Annabel Bergman", "Ann", "person", False),
        ("[PHONE_1]", "+46 70 123 45 67", "phone", False),
        ("", "Ann Berg", "person", False),
    ],
)
def test_a_value_is_said_however_it_is_spaced(text, value, kind, told):
    """Spaces, signs between digits and capitals hide nothing; another number, or a longer name, is none."""
    assert says(text, value, kind) is told
