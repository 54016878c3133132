"""Scrub: what is private is found by kind, replaced the same everywhere, and turned back with the key."""

from __future__ import annotations

import time

import pytest

from burnish.data.scrub import addresses, found as places, names
from burnish.data.scrub.find import private_things
from burnish.data.scrub.found import KINDS, Found, apart
from burnish.data.scrub.rows import Key, learnt, restored, scrubbed
from burnish.data.scrub.swap import Swapper, masked
from burnish.records.conversation import Conversation, Message


def found(text, *kinds):
    """Return the private things of a text as (kind, words)."""
    return [(one.kind, one.text) for one in private_things(text, kinds or KINDS)]


def row(prompt, answer, thought=None, **metadata):
    """Return a conversation of two turns."""
    messages = (Message(role="user", content=prompt), Message(role="assistant", content=answer, reasoning_content=thought))
    return Conversation(messages=messages, metadata=metadata)


def scrub(*rows, **options):
    """Return the scrubbed rows and the key."""
    key, swapper = Key(), Swapper(**options)
    assert list(learnt(rows, swapper)) == list(rows)
    return [clean for clean, _ in scrubbed(rows, swapper, key)], key


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Write to ann.berg+x@mail.site.example, please.", "mail", "ann.berg+x@mail.site.example"),
        ("My card is 4111 1111 1111 1111.", "card", "4111 1111 1111 1111"),
        ("Pay to GB82 WEST 1234 5698 7654 32 today.", "iban", "GB82 WEST 1234 5698 7654 32"),
        ("my iban is de89370400440532013000", "iban", "de89370400440532013000"),
        ("The host 203.0.113.77 is down.", "ip", "203.0.113.77"),
        ("It came from 2001:db8:85a3::8a2e:370:7334 again.", "ip", "2001:db8:85a3::8a2e:370:7334"),
        ("Open https://ann:pw@site.example/x now.", "url", "https://ann:pw@site.example/x"),
        ("Open https://site.example/x?a=1&access_token=abcd1234.", "url", "https://site.example/x?a=1&access_token=abcd1234"),
        ("Call +44 20 7946 0018.", "phone", "+44 20 7946 0018"),
        ("My phone:020 7946 0018", "phone", "020 7946 0018"),
        ("Tel 555-0142 x12", "phone", "555-0142 x12"),
        ("key AKIAIOSFODNN7EXAMPLQ works", "key", "AKIAIOSFODNN7EXAMPLQ"),
        ("export T=ghp_abcdefghijklmnopqrstuvwxyz0123456789", "key", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("The password is hunter2!x.", "key", "hunter2!x"),
        ("see q7Hs92KdLw0PzXv81mTrB4yN there", "key", "q7Hs92KdLw0PzXv81mTrB4yN"),
        ("It is at 12 Old Mill Road, Leeds.", "address", "12 Old Mill Road, Leeds"),
        ("Musterstraße 12, 80331 München", "address", "Musterstraße 12, 80331 München"),
        ("P.O. Box 149, Leeds", "address", "P.O. Box 149, Leeds"),
        ("My name is Zorblat Qwixen.", "person", "Zorblat Qwixen"),
        ("Dr. Qwixen was there.", "person", "Qwixen"),
        ("I met Keira E. Forster there.", "person", "Keira E. Forster"),
        ("i'm anna's daughter", "person", "anna"),
    ],
)
def test_each_kind_is_found_whole(text, kind, value):
    """A private thing is found by its kind, from its first sign to its last, and nothing else with it."""
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "My order 4111 1111 1111 1112 came.",  # Luhn is wrong
        "Part GB83 WEST 1234 5698 7654 32.",  # mod 97 is wrong
        "Version 1.2.3.4 runs on 127.0.0.1, and 999.1.1.1 is none.",
        "See https://site.example/help?page=2 for more.",
        "He paid 2400-1100-700 = 600 dollars on 2024-05-01 at 09:45.",
        "The password is required; the token is invalid.",
        "thisIsAnOrdinaryMethodName2 and 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "After scoring 14 points it takes 2 hours to drive on 3 days.",
        "They took place on April 6, 2003.",
        "The Internet is Good. When Will it end? In May, Paris is Beautiful.",
    ],
)
def test_what_only_looks_private_is_left(text):
    """Wrong check digits, versions, dates, sums, plain links and plain words with a capital are left."""
    assert found(text) == []


def test_where_two_overlap_the_proven_one_wins_and_the_rest_of_an_address_stays_found():
    """An IP address within what looks like an address takes its own place; the street before it is still found."""
    assert found("Ship to 12 Old Mill Road, 10.2.3.4") == [("address", "12 Old Mill Road"), ("ip", "10.2.3.4")]


def test_one_person_is_one_placeholder_everywhere():
    """Full name, first name, family name, in any turn, thought and metadata: the same placeholder."""
    rows = [
        row("Hi, I'm Anna Lindqvist.", "Thanks Anna!", thought="Ms. Lindqvist asks.", author="Anna Lindqvist", category="Anna"),
        row("Who is Dr. Lindqvist?", "A friend of Bob Tanner."),
    ]
    (one, two), _ = scrub(*rows)

    assert one.messages[0].content == "Hi, I'm [PERSON_1]."
    assert one.messages[1] == Message(role="assistant", content="Thanks [PERSON_1]!", reasoning_content="Ms. [PERSON_1] asks.")
    assert one.metadata == {"author": "[PERSON_1]", "category": "Anna"}
    assert [m.content for m in two.messages] == ["Who is Dr. [PERSON_1]?", "A friend of [PERSON_2]."]


def test_the_same_number_written_twice_is_one_placeholder():
    """Spacing makes no other number."""
    (one,), _ = scrub(row("Card 4111 1111 1111 1111 or 4111111111111111?", "The card 4012888888881881."))

    assert [m.content for m in one.messages] == ["Card [CARD_1] or [CARD_1]?", "The card [CARD_2]."]


@pytest.mark.parametrize("surrogates", [False, True])
def test_the_key_leads_back_to_every_sign(surrogates):
    """Rows come back as they were written, also where a name was written in two ways and a placeholder stood there before."""
    rows = [
        row("Hi, I'm Anna Lindqvist, call +44 20 7946 0018.", "Anna, [PERSON_1] and [PERSON_7] know it.", author="Ann Lindqvist"),
        row("Is Ms. Lindqvist at 12 Old Mill Road?", "Yes; mail anna@site.example or 10.1.2.3.", thought="Anna again."),
        row("Nothing here?", "No."),
    ]
    clean, key = scrub(*rows, surrogates=surrogates)

    assert "Lindqvist" not in str(clean)
    assert "7946" not in str(clean)
    assert list(restored(clean, key)) == rows


def test_a_row_that_was_edited_comes_back_with_the_fullest_form():
    """Where the words around changed, each stand-in still leads to what it stands for."""
    (clean,), key = scrub(row("Hi, I'm Anna Lindqvist.", "Hello Anna."))
    edited = row("[PERSON_1] wrote.", clean.answer)

    assert [m.content for m in next(restored([edited], key)).messages] == ["Anna Lindqvist wrote.", "Hello Anna Lindqvist."]


def test_surrogates_are_no_words_of_the_rows():
    """A made-up name that stood in the rows could not be told from a real one."""
    (plain,), _ = scrub(row("Hi, I'm Anna Lindqvist.", "Yes."), surrogates=True)
    made = plain.messages[0].content.removeprefix("Hi, I'm ").removesuffix(".")
    (other,), _ = scrub(row("Hi, I'm Anna Lindqvist.", f"Not {made.split()[0]}."), surrogates=True)

    assert made.split()[0] not in other.messages[0].content


def test_only_the_kinds_asked_for_are_replaced():
    """With one kind asked, the others stand."""
    (clean,), _ = scrub(row("Mail ann@site.example or call +44 20 7946 0018.", "Yes."), kinds=("mail",))

    assert clean.messages[0].content == "Mail [MAIL_1] or call +44 20 7946 0018."


def test_what_is_shown_is_masked():
    """At most the first and the last sign are shown."""
    assert [masked(word) for word in ("ann@site.example", "Ann")] == ["a•••e", "A••"]


@pytest.mark.parametrize(
    "piece", ["Aa ", "1 ", "12 Main ", "J. ", "Jan van der ", "password is ", "x@", "1.1.", "Apt 1\n", "aB1", "a"]
)
def test_time_grows_with_the_length_and_no_faster(piece):
    """Ten times the text takes about ten times as long: no pattern tries all ways to read what is none."""
    private_things("Anna Berg")  # the lists are loaded once

    def seconds(times):
        began = time.process_time()
        private_things(piece * times)
        return time.process_time() - began

    assert seconds(4000) < 40 * max(seconds(400), 0.02)


def test_a_missing_library_is_told_with_the_command_that_brings_it(monkeypatch):
    """Without the extra nothing is scrubbed by halves."""
    import sys

    from burnish.errors import DataError

    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    with pytest.raises(DataError, match="not installed") as told:
        found("Or 020 79460999 perhaps.", "phone")

    assert told.value.remedy == "pip install -c constraints.txt -e '.[clean]'"


def test_shortcuts_find_what_the_whole_search_finds(monkeypatch):
    """Looking for streets around digits only, and for a name's announcement only where one ends, loses and adds nothing."""
    streets = [
        "12 Old Mill Road, Springfield",
        "Rua do Arenque 1634, 4000 Porto",
        "31 Rue Al Imam",
        "Mellemvej 32",
        "P.O. Box 77",
    ]
    filling = "The pump draws air and the price was 12 last year, in a way that no one in the place could explain. " * 3
    texts = [f"{filling}We met at {one}. {filling}" for one in streets]
    texts += [
        f"{before} Ann Berg came."
        for before in ("My name is", "Dear", "Cheers,", "Mrs.", "I'm", "called", "said", "@", "Nothing")
    ]
    quick = [private_things(text) for text in texts]
    monkeypatch.setattr(addresses, "_windows", lambda text: [(0, len(text))])
    monkeypatch.setattr(names, "_ends", lambda before, words: True)

    assert quick == [private_things(text) for text in texts]
    assert {one.kind for found in quick for one in found} == {"address", "person"}


def test_many_names_in_one_text_stay_linear():
    """Ten times as many names take about ten times the comparisons, not a hundred: what is kept is searched by place."""
    meets = []

    def counted(number):
        things = [Found(kind="person", start=10 * i, end=10 * i + 5, text="Ann B") for i in range(number)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                places, "_meet", lambda one, other: meets.append(1) or (one.start < other.end and other.start < one.end)
            )
            meets.clear()
            assert len(apart(things)) == number
        return len(meets)

    assert counted(2000) <= 12 * counted(200) + 100


@pytest.mark.parametrize(
    "number",
    [
        "(389) 922-4120",
        "389-922-4120",
        "389.922.4120 x12",
        "1-389-922-4120",
        "0171 234 5678",
        "(0491) 570 156",
        "01 23 45 67 89",
        "070-123 45 67",
    ],
)
def test_a_form_of_phone_numbers_alone_is_enough(number):
    """Nothing but phone numbers is written so: no word needs to announce one, and it need not be given out."""
    assert found(f"It was {number} yesterday.", "phone") == [("phone", number)]


@pytest.mark.parametrize(
    "text",
    ["order 389-922-4120", "0.75 10 20", "0.5 10 20", "ISBN 978-0-306-40615-7", "2020-12-01"],
)
def test_other_numbers_in_groups_are_no_phones(text):
    """Lists of numbers, times, dates and what a word calls an order or a book are left."""
    assert found(f"It was {text} then.", "phone") == []


def test_two_people_with_common_words_for_names():
    """Who stands within a sentence beside another and has a verb for two is a person, though the word is a colour."""
    assert ("person", "Brown") in found("Muslija and Brown were precision engineers.", "person")


@pytest.mark.parametrize(
    "number",
    [
        "0612345678",
        "13800138000",
        "11 4321-8765",
        "06/314 5226",
        "(30)/123-4567",
        "1 (212) 555-0182",
        "8 (495) 123-45-67",
        "(+358) 401234567",
    ],
)
def test_phones_in_forms_of_many_countries_need_no_word_before_them(number):
    """Written as their countries write them, amid a sentence that does not say what they are."""
    text = f"Two lines came in, {number} and nothing more."

    assert [one.text for one in private_things(text) if one.kind == "phone"] == [number]


@pytest.mark.parametrize("text", ["Meet me at 7943 2027 Prospect St.", "It was 1500 and 2400 then.", "Order 13800138000 came."])
def test_numbers_that_are_no_phones_are_left(text):
    """A house and a street, two years, an order's number."""
    assert [one for one in private_things(text) if one.kind == "phone"] == []


@pytest.mark.parametrize("text", ["Do you still see Nowak?", "What does Nowak do for a living?"])
def test_a_family_name_alone_is_found_where_a_person_must_stand(text):
    """No title and no first name, but nobody else is seen or does."""
    assert [one.text for one in private_things(text) if one.kind == "person"] == ["Nowak"]


class Copied(str):
    """A text that counts the signs that are copied out of it."""

    __slots__ = ()
    signs = 0

    def __getitem__(self, key):
        """Return a piece, counted."""
        piece = str.__getitem__(self, key)
        Copied.signs += len(piece)
        return piece

    def lower(self):
        """Return the text in lower case, counted."""
        Copied.signs += len(self)
        return str.lower(self)


@pytest.mark.parametrize("part", ["1 ", "12 Baker Street, "])
def test_addresses_in_a_long_text_of_digits_cost_what_the_text_is_long(part):
    """Four times the text copies about four times the signs, not sixteen: a hostile row of 200,000 digits held a scrub for 20 s."""
    copied = []
    for times in (500, 2000):
        Copied.signs = 0
        list(addresses.addresses(Copied(part * times)))
        copied.append(Copied.signs)

    assert copied[1] < 6 * copied[0]
