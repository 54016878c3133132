"""Scrub's bank and card numbers with any gap between their groups, and phone numbers within links that open a chat."""

from __future__ import annotations

import pytest

from burnish.data.scrub.find import private_things

IBANS = (
    "DE89 3704 0044 0532 0130 00",
    "FR14 2004 1010 0505 0001 3M02 606",
    "GB82 WEST 1234 5698 7654 32",
    "NO93 8601 1117 947",
    "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
)
GAPS = (
    *(
        "\xa0",
        "\u202f",
        "\u2009",
        "\u3000",
        "\u200b",
        "\u00ad",
        "\ufeff",
        "-",
        "\u2010",
        "\u2011",
        "\u2013",
        "\u2212",
        ".",
        "/",
        "_",
        "·",
        "  ",
        "   ",
        " - ",
    ),
    *("&nbsp;", "&#8239;", "\n", "\r\n", " \n "),
)


def found(text):
    """Return the private things of a text as (kind, words)."""
    return [(one.kind, one.text) for one in private_things(text)]


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("iban", IBANS)
def test_any_gap_may_part_a_bank_number(iban, gap):
    """Its check digits prove it; the words behind it stay."""
    written = iban.replace(" ", gap)
    assert found(f"Please pay to {written} today.") == [("iban", written)]


@pytest.mark.parametrize("gap", [gap for gap in GAPS if "\n" not in gap])
@pytest.mark.parametrize("card", ["4111 1111 1111 1111", "3782 822463 10005", "3056 930902 5904"])
def test_any_gap_may_part_a_card(card, gap):
    """Groups of a card, whatever stands between."""
    written = card.replace(" ", gap)
    assert found(f"My card is {written}, ok?") == [("card", written)]


def test_one_line_break_may_part_a_card_and_a_column_of_numbers_is_none():
    """A line that wrapped, not a list; two cards in two lines are two."""
    assert found("My card is 4111 1111\n1111 1111, ok?") == [("card", "4111 1111\n1111 1111")]
    assert found("4111\n1111\n1111\n1111") == []
    assert [text for _, text in found("4111 1111 1111 1111\n5555 5555 5555 4444")] == [
        "4111 1111 1111 1111",
        "5555 5555 5555 4444",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "DE89.3704.0044.0532.0130.01",  # mod 97 is wrong
        "DE89 3704 0044 0532 0130 00 1",  # found without what follows: see below
        "4111.1111.1111.1112",  # Luhn is wrong
        "ee52-4e10-bf57-f5f365d355c2",  # a UUID's end whose signs happen to fit mod 97
        "1.234.567.890.123.456",
    ],
)
def test_a_number_whose_check_digits_or_length_do_not_fit_stays(text):
    """A country's numbers have one length (ISO 13616): what is longer or shorter is none."""
    assert [one for one in found(text) if one[0] in {"iban", "card"}] == ([("iban", text[:-2])] if text.endswith(" 1") else [])


@pytest.mark.parametrize(
    "link",
    [
        *(
            "wa.me/{}",
            "https://wa.me/{}?text=hi",
            "tel:+{}",
            "[call](tel:+{})",
            "whatsapp://send?phone={}",
            "whatsapp://send?text=hi&phone=%2B{}",
        ),
        *(
            "https://api.whatsapp.com/send?phone={}&text=x",
            "https://t.me/+{}",
            "tg://resolve?phone={}",
            "sms:+{}?body=hi",
            "smsto:{}",
            "callto:+{}",
        ),
        *(
            "viber://chat?number=%2B{}",
            "https://signal.me/#p/+{}",
            "skype:+{}?call",
            "facetime:+{}",
            "intent://send/{}#Intent",
            "请加wa.me/{}谢谢",
        ),
    ],
)
def test_a_number_within_a_link_that_opens_a_chat_is_found_and_the_link_stays(link):
    """The number alone is private."""
    ((kind, text),) = found(link.format("4917612345678"))
    assert (kind, text.removeprefix("%2B").removeprefix("+")) == ("phone", "4917612345678")


@pytest.mark.parametrize(
    "link",
    [
        "https://wa.me/message/ABCDEF123456",
        "https://t.me/channel12345678",
        "https://t.me/+AbCdEf1234567890",
        "https://t.me/c/1234567890/55",
        "sms:12345",
    ],
)
def test_links_without_a_number_of_a_phone_are_left(link):
    """Invitations, channels, short codes."""
    assert found(link) == []
