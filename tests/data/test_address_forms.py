"""Scrub's addresses that no word for a street tells; and what has their form and is none."""

from __future__ import annotations

import pytest

from burnish.data.scrub.find import private_things


def places(text):
    """Return the addresses that are found in a text."""
    return [one.text for one in private_things(text) if one.kind == "address"]


@pytest.mark.parametrize(
    "address",
    [
        "400 Dominic Estates, Lake Bryan, G48 9EQ",
        "52595 Jeffery Fields, East Pamelaberg, OR 80679",
        "5100 Quarto 104\n Suite 845\n Evionnaz\n Switzerland 05377",
        "9791 Marktplein 84 Apt. 597",
        "Strada Ardelean Nr. 243",
        "Alameda Alexandre Barbosa, 33",
        "Jalan Yos Sudarso No. 1",
        "USS Petrauskas\nFPO AE 05818",
        "PSC 1437, Box 3833\nAPO AA 66791",
        "Demetrova 55\n13560 Rovinari",
        "P.O. Box 8972, Slijk-Ewijk 75983",
        "aleja Korfantego 733",
        "12 Main St, Ottawa, ON K1A 0B1",
    ],
)
def test_addresses_of_many_countries_are_found(address):
    """By a flat, a postal code, a military post office, a house's number before a town, the street words of more languages."""
    found = places(f"Please use {address} from now on.")
    assert sum(map(len, found)) >= 0.75 * len(address)


@pytest.mark.parametrize(
    "label", ["Anschrift", "Adresse", "Dirección", "Indirizzo", "Endereço", "Adres", "Lakcím", "Адрес", "住址", "주소", "Ship to"]
)
def test_what_a_label_announces_is_one(label):
    """In the languages of forms; the digit is what makes it one."""
    assert places(f"{label}: Qwixtanova 12, Zorblat") == ["Qwixtanova 12, Zorblat"]
    assert places(f"{label}: unknown so far") == []


def test_a_street_without_a_number_is_one_where_somebody_lives():
    """A street in the news is not."""
    assert places("My house is on Smith Avenue.") == ["Smith Avenue"]
    assert places("Analysts on Wall Street fear the worst.") == []


@pytest.mark.parametrize(
    "text",
    [
        "Mac OS X 10.4 (Tiger) 6.",
        "See Figure 3, Table 2 and Chapter 12, Genesis.",
        "On June 5, Monday, we left; on May 12, 2020 too.",
        "Apollo 11, Houston, was the word.",
        "He paid 12 Big Macs and flew a Boeing 747, he said.",
        "Psalm 23, Isaiah 40",
    ],
)
def test_numbers_behind_words_with_capitals_are_no_houses(text):
    """Figures, dates, products, psalms."""
    assert places(text) == []
