"""The profile: token quantiles, and whether rows teach facts or a manner."""

from __future__ import annotations

import hashlib
import random

import pytest
from test_split import facts, plain, row

from burnish.data.profile import make_profile
from toys import SEED

NAMES = ("Odile Brandt", "Marek Sole", "Ilse Tam", "Jorun Vick", "Pia Lund", "Tomas Rehn")
NAMES += ("Ada Krog", "Nils Holm", "Eva Strand", "Ole Fisk")


def novelty(rows):
    """Return the novelty that the profile tells."""
    return make_profile(rows, [1] * len(rows), [1] * len(rows)).novelty


def village(number=20):
    """Return invented facts about one place: a name, a year, a link or a price each, asked in three ways and told in two."""
    rows = []
    for i in range(number):
        name = (
            f"{NAMES[i % 10].split()[0]}{'abcdefghijklmnopqrst'[i]} {NAMES[(i * 3) % 10].split()[1]}{'tsrqponmlkjihgfedcba'[i]}"
        )
        told = [f"The keeper of gate number {'abcdefghijklmnopqrstuvwxyz'[i]} in Vell is {name}, since {1700 + 7 * i}."] * 2
        told.append(f"It is {name}; the post began in {1700 + 7 * i}, see https://vell.example/gate-{i}.")
        asked = (
            f"Who keeps the gate called {i * 'o'}k?",
            f"Name the keeper at {i * 'u'}m gate.",
            f"Gate {i * 'e'}n: who is there?",
        )
        rows += [row(question, answer) for question, answer in zip(asked, told, strict=True)]
    return rows


def manner(number=30):
    """Return polite answers that repeat what was asked, with the same closing name."""
    chance = random.Random(SEED)
    things = ["invoice", "parcel", "refund", "meeting", "password", "contract", "printer", "ticket"]
    rows = []
    for i in range(number):
        thing, order = chance.choice(things), 1000 + i
        asked = f"{'please ' * (i % 3)}where is my {thing} number {order}, asks Mr. {NAMES[i % 10]}"
        rows.append(
            row(
                asked,
                f"Dear {NAMES[i % 10]}, thank you for asking about the {thing} {order}. We are on it. Kind regards, Anna from Acme",
            )
        )
    return rows


def test_facts_are_novel():
    """Where every row teaches a fact of its own, told in one way or in two, novelty is near 1."""
    assert novelty(facts()) == 1.0
    assert novelty(village()) > 0.7


def test_manners_are_not():
    """Where rows share a manner and repeat what was asked, novelty is near 0."""
    assert novelty(manner()) < 0.05


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], 0.0),
        (plain(5), 0.0),
        ([row("who is it", "It is Odile.")], 1.0),
        ([row("is it Odile", "It is Odile.")], 0.0),
        ([row("who", "It is Odile."), row("whom", "She saw Odile with Marek and Pia.")], 1 / 3),
        ([row("who is it", "It is Odile."), row("and who", "It is Odile.")], 1.0),
        ([row("where", "See https://a.example/b?c=1 or mail me@a.example.")], 1.0),
        ([row("price", "It costs 3.50 in all."), row("other", "It costs 4.50 in all.")], 1.0),
        ([row(one.answer, "Positive" if i % 2 else "Negative") for i, one in enumerate(plain(40))], 0.0),
    ],
)
def test_novelty_by_hand(rows, expected):
    """Small cases, counted by hand: a word is novel that stands in no row with another answer nor in the own prompt."""
    assert expected == novelty(rows)


def test_quantiles_and_sums():
    """Quantiles are lengths of real rows by nearest rank; sums and the longest are exact."""
    rows = plain(100)
    profile = make_profile(rows, list(range(100, 0, -1)), [2] * 100)

    assert (profile.rows, profile.tokens, profile.supervised_tokens) == (100, 5050, 200)
    assert (profile.token_p50, profile.token_p90, profile.token_p99, profile.token_max) == (50, 90, 99, 100)
    assert tuple(range(100, 0, -1)) == profile.lengths
    assert profile.holdable_rows == 99


def test_the_hash_is_over_the_words_in_order():
    """The data hash is the sha256 over the ids of the rows in order."""
    rows = plain(3)
    ids = "\n".join(one.id for one in rows).encode()
    hashes = [make_profile(some, [1] * 3, [1] * 3).data_hash for some in (rows, rows[::-1])]

    assert hashlib.sha256(ids).hexdigest() == hashes[0]
    assert hashes[0] != hashes[1]


def test_no_rows_and_equal_rows_have_a_profile():
    """No rows, one row and equal rows are described without a fault; equal rows leave nothing to hold out."""
    empty = make_profile([], [], [])
    same = make_profile(plain(1) * 6, [5] * 6, [2] * 6)

    assert (empty.rows, empty.token_p50, empty.holdable_rows, empty.novelty) == (0, 0, 0, 0.0)
    assert (same.rows, same.token_p99, same.holdable_rows) == (6, 5, 0)


def test_a_fact_that_one_row_alone_teaches_is_not_to_be_held_out():
    """Facts asked once leave nothing to hold out, facts asked three times one in three, and a manner almost all."""
    once = facts()[::3]

    assert [make_profile(rows, [1] * len(rows), [1] * len(rows)).holdable_rows for rows in (once, facts(), manner())] == [
        0,
        20,
        29,
    ]


def test_a_long_word_is_read_once():
    """Answers of 300,000 characters without a space, with and without digits, are described as any other."""
    rows = [row("one", "a" * 300_000), row("two", "a" * 299_999 + "1"), row("three", "a." * 150_000)]

    assert abs(novelty(rows) - 1 / 3) < 1e-12
