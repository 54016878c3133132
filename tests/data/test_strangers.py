"""Scrub's names that no list holds."""

from __future__ import annotations

import pytest

from burnish.data.scrub.find import private_things
from burnish.data.scrub.lists import called


def people(text):
    """Return the persons that are found in a text."""
    return [one.text for one in private_things(text) if one.kind == "person"]


@pytest.mark.parametrize("name", ["Qwixta Zorblatik", "Zorblatik Mbuqwe Ixtalo", "Zor-Blat Qwixta"])
def test_two_or_three_words_that_no_list_and_no_english_knows_are_a_name(name):
    """Amid English nothing else speaks for a name: neither list nor title nor verb."""
    assert not called() & {*name.casefold().split()}
    assert people(f"Yesterday {name} brought the keys back to us.") == [name]


@pytest.mark.parametrize(
    "text",
    [
        "We climbed the Qwixta Zorblatik last year.",
        "Last year we flew to Qwixta Zorblatik again.",
        "We use QwixTa ZorBlat for this work here.",
        "We like Garden Zorblatik and its long story.",
        "We like the State-of-the-art Parameter-Efficient Fine-Tuning very much.",
        "Gestern haben wir dort Qwixtung Zorblatlich gesehen.",
        "Last year the song Garden Qwixta Zorblatik was sung.",
        "Qwixta Zorblatik",
    ],
)
def test_places_brands_english_words_and_other_languages_are_left(text):
    """An article or a way there before it, capitals within, an English word, no English around."""
    assert people(text) == []


def test_a_word_of_a_mail_address_is_a_name_in_the_text_beside_it():
    """The address says whose name it is; words that mean something do not become names by it."""
    assert people("The keys are for Qwixta. qwixta.zorblat@site.example") == ["Qwixta"]
    assert people("The keys are for Qwixta. office@site.example") == []
    assert people("The new Kitchen is open. kitchen@site.example") == []
