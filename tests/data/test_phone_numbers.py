"""Scrub's phone numbers: told by words, by a country, by another number; and what only looks like one."""

from __future__ import annotations

import pytest

from burnish.data.scrub.find import private_things
from burnish.data.scrub.regions import regions_of
from burnish.data.scrub.rows import Key, learnt, scrubbed
from burnish.data.scrub.swap import Swapper
from burnish.records.conversation import Conversation, Message


def numbers(text):
    """Return the phone numbers that are found in a text."""
    return [one.text for one in private_things(text) if one.kind == "phone"]


@pytest.mark.parametrize(
    "text",
    [
        "If it breaks at 10, call the desk, they sit at {} until 6.",
        "Call me at 10 on {}.",
        "My card is lost, call {}.",
        "Best,\n{} office",
        "Best,\n{} (mobile)",
        "{} is the number.",
        "Mi teléfono es {}, gracias.",
        "Appelez le {} avant midi.",
        "Mein Telefon: {}",
    ],
)
def test_words_of_several_languages_tell_a_number_before_it_and_after_it(text):
    """Bare digits of no country's numbers are a phone's where the words around say so."""
    assert numbers(text.format("2720159010")) == ["2720159010"]


def test_a_second_number_after_an_or_is_one_too():
    """What told the first tells the next."""
    assert numbers("Reach me at 61222029 or 29975288.") == ["61222029", "29975288"]


@pytest.mark.parametrize(
    "text",
    [
        "name,phone,age\nA,{},41",
        "<tr><td>{}</td></tr>",
        "**{}** again",
        "The shop ({}) is open.",
        "Write {}, ext. 12 there",
    ],
)
def test_marks_of_tables_pages_and_brackets_do_not_hide_a_number(text):
    """A cell, a tag, stars and a bracket around it are no part of the number and no reason to leave it."""
    assert [one.removesuffix(", ext. 12") for one in numbers(text.format("0171 234 5678"))] == ["0171 234 5678"]


@pytest.mark.parametrize("written", ["০১৭১ ২৩৪ ৫৬৭৮", "0171\u2013234\u20135678", "+(370) 26018159", "(03).6018.1590"])
def test_digits_and_dashes_of_other_scripts_are_read(written):
    """Bengali digits, a long dash, a bracketed prefix, dots."""
    assert numbers(f"It was {written} again.") == [written]


def test_six_digits_are_a_number_where_a_word_right_before_says_so():
    """Greenland's and the Faroes' have six; without the word an amount has as many."""
    assert numbers("Phone: 32 12 45") == ["32 12 45"]
    assert numbers("It was 32 12 45 again; call back at 12 30 45.") == []


@pytest.mark.parametrize(
    ("where", "number"),
    [
        ("Norway", "22 34 56 78"),
        ("Norge", "22345678"),
        ("Odense", "8612 3456"),
        ("Nepal", "9842601815"),
        ("+47 22 11 22 33", "22345678"),
        ("anna@firma.no", "22345678"),
    ],
)
def test_a_country_that_the_text_speaks_of_makes_a_number_of_its_own_one(where, number):
    """By its name in any language, a town, another number's prefix, a web address; without it the digits could be anything."""
    assert number in numbers(f"{where} it is. Then {number}.")
    assert numbers("Then 22345678.") == []


@pytest.mark.parametrize(
    "text",
    [
        "In Norway 22345678 people live.",
        "Norway: order 22345678.",
        "It returned 0 10 20 30 40 and 7.",
        "Mrs. Berg Apt. 675 62314 Mellemvej 32\nAalborg NO 9100",
        "In the case from the United States, 637 (1971), it was so.",
        "Call the function with 26843185 then.",
        "Call it 5120233 if you like.",
        "In Norway c = 299792458 m/s.",
        "In Norway it is 22345678,89 now.",
        "Written on medium.io or a.me: 22345678.",
    ],
)
def test_what_is_counted_called_or_cut_is_no_number(text):
    """People, orders, a list of counts, a flat before a house, a function's argument, a constant, a fraction."""
    assert numbers(text) == []


def test_countries_are_told_by_names_towns_prefixes_and_web_addresses():
    """Endings that anybody may use tell nothing, nor does a name in small letters."""
    assert regions_of("From Deutschland to Odense; +33 1 70 18 99 00; anna@firma.nl; www.site.io; turkey and rice") == {
        *("DE", "DK", "FR", "NL"),
    }


def test_what_one_turn_names_tells_of_a_number_in_another():
    """The question says Norway, the answer holds the number."""
    messages = (Message(role="user", content="I live in Norway."), Message(role="assistant", content="Try 22345678."))
    rows, swapper = [Conversation(messages=messages), Conversation(messages=(messages[1], messages[1]))], Swapper()
    list(learnt(rows, swapper))
    told, untold = (clean.messages[1].content for clean, _ in scrubbed(rows, swapper, Key()))

    assert (told, untold) == ("Try [PHONE_1].", "Try 22345678.")
