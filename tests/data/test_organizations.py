"""Scrub's companies, streets and towns that are called after people; and people who stand beside them."""

from __future__ import annotations

import pytest

from burnish.data.scrub.find import private_things


def people(text):
    """Return the persons that are found in a text."""
    return [one.text for one in private_things(text) if one.kind == "person"]


@pytest.mark.parametrize(
    "text",
    [
        "She works for Hawkins, Richardson and Hughes in sales.",
        "We both worked at Thomas and Sons then.",
        "The bill came from Schneider GmbH again.",
        "Ask Novák s.r.o. or Lindqvist Oy for it.",
        "Johnson & Johnson has answered.",
        "It was at Lake Geneva near San Antonio.",
        "They met in Boston and near Charlotte.",
        "He was born in Becker-sur-Thomas.",
        "We saw Murray Crescent and Jackson Overpass there.",
        "They like Via Garibaldi and Rua Augusta best.",
    ],
)
def test_who_a_company_a_street_or_a_town_is_called_after_is_nobody(text):
    """The legal form, the sons, the row of family names, the word for a street."""
    assert people(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Photos of Anna, Bob and Sophie came.", ["Anna", "Bob", "Sophie"]),
        ("By Paul McCartney & George Harrison again.", ["Paul McCartney", "George Harrison"]),
        ("Karla Novak as a child.", ["Karla Novak"]),
        ("Ask Anna Schmidt at Schneider GmbH.", ["Anna Schmidt"]),
        ("Dr. van Velzen was here.", ["van Velzen"]),
        ("Name: Anna Berg Street: none", ["Anna Berg"]),
        ("We saw Qwixta W. Zorblatik there.", ["Qwixta W. Zorblatik"]),
        ("Reetta, can you bring the keys?", ["Reetta"]),
    ],
)
def test_people_beside_them_are_found(text, names):
    """First names in a row, full names with an &, a small "as", titles before particles, labels, initials, calls."""
    assert people(text) == names


@pytest.mark.parametrize("text", ["Hm, can you say that again?", "However, I like it.", "Vitamin D. Calcium is in it."])
def test_interjections_and_english_words_are_nobody(text):
    """A comma or a letter makes no name."""
    assert people(text) == []
