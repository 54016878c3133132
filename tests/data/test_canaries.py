"""Canaries: drawn from a seed, each of a form that the scrub finds, each asked for by a question of its own."""

from __future__ import annotations

import pytest

from burnish.data.scrub.alternatives import alternatives
from burnish.data.scrub.canaries import MOST, canaries, planted
from burnish.data.scrub.find import private_things
from burnish.errors import DataError
from toys import SEED


def test_every_canary_is_one_the_scrub_knows():
    """Of all that can be planted, in its row the value is found whole and of its kind."""
    missed = []
    for canary, row in zip(sown := canaries(MOST, SEED), planted(sown, "rows.jsonl", 1), strict=True):
        if (canary.kind, canary.value) not in {(one.kind, one.text) for one in private_things(row.answer)}:
            missed.append((canary.kind, row.answer))

    assert missed == []


def test_a_seed_draws_the_same_and_another_seed_others():
    """The same seed plants the same, values and questions are all different, and none stands in the rows already."""
    once = canaries(60, SEED)
    rows = planted(once[:1], "rows.jsonl", 1)

    assert canaries(60, SEED) == once
    assert {one.value for one in canaries(60, SEED + 1)}.isdisjoint({one.value for one in once})
    assert len({one.value for one in once}) == len({one.question for one in once}) == 60
    assert once[0].value not in {one.value for one in canaries(60, SEED, rows)}


@pytest.mark.parametrize("number", [0, -1, MOST + 1])
def test_too_many_canaries_are_refused(number):
    """What would drown the rows is not planted."""
    with pytest.raises(DataError, match="cannot be planted"):
        canaries(number, SEED)


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("phone", "+46 70 123 45 67", "+## ## ### ## ##"),
        ("key", "sk-Ab3dEf6hIj9", "sk-Aa#aAa#aAa#"),
        ("mail", "ann.berg7@site.example", "aaa.aaaa#@site.example"),
        ("person", "Ann Berg", None),
    ],
)
def test_alternatives_have_the_form_of_the_value(kind, value, form):
    """All are different, none is the value, and spaces, signs, a key's head and a mail's host stay."""
    others = alternatives(kind, value, 100, SEED)

    assert len(set(others)) == 100
    assert value not in others
    assert others == alternatives(kind, value, 100, SEED)
    assert form is None or {_form(one, form) for one in others} == {form}
    assert form is not None or {len(one.split()) for one in others} == {2}


def _form(text, form):
    """Return a text's form: digits as #, letters as a and A, where the wanted form has such a sign."""
    shapes = {"#": str.isdigit, "a": str.islower, "A": str.isupper}
    return "".join(sign if sign in shapes and shapes[sign](own) else own for own, sign in zip(text, form, strict=True))


def test_a_form_with_few_values_gives_few():
    """Of one digit there are nine others; asking for more does not go on for ever."""
    assert sorted(alternatives("phone", "7", 100, SEED)) == list("012345689")
