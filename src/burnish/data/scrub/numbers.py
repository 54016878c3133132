"""Card and bank numbers: a number is one only where its check digits are right. So any gap may part its groups."""

from __future__ import annotations

import re
from collections.abc import Iterator

from burnish.data.scrub.found import Found, digits_in, found

_GAP = r"(?:&(?:nbsp|thinsp|ensp|emsp|shy|#\d{2,4}|#x[0-9a-f]{2,4});|[^\w\n]|_){0,3}"
"""What banks' sites, invoices and tables put between groups: spaces, dots, strokes, dashes, HTML's names for them."""
_BREAK = rf"{_GAP}(?:\r?\n[>|* \t]{{0,4}})?"
_CARD = re.compile(r"(?<![\d.,])(?:\d[ -]?){11,18}\d(?![\d])")
_GROUPED = re.compile(
    rf"(?<!\d)(?<!\d[.,])(?:\d{{4}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}|\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{3}})?)(?!\d|[.,-]\d)",
    re.IGNORECASE,
)
"""A card's own groups, 4-6-5, 4-6-4 or by four, which other gaps than one space or hyphen may part."""
_BROKEN = re.compile(rf"(?<!\d)(?<!\d[.,\n-])\d{{4}}(?:{_BREAK}\d{{2,6}}){{2,4}}(?!\d|[.,-]\d|\n\d)", re.IGNORECASE)
_ISSUER = re.compile(r"4|5[0-8]|6|3[04-9]|2[2-7]|1800|2131")
"""The leading digits that card schemes use (ISO/IEC 7812); of other numbers one in ten has a right check digit by chance."""
_TOLD = re.compile(
    r"(?:\bcards?|\bcartes?|karte|\btarjeta|\bcart[ãa]o|\bcarta|kort|kaart|\bkart[aey]?|карт[аыу]|卡号?|カード|카드)\b[^\d\n]*$",
    re.IGNORECASE,
)
_IBAN = re.compile(rf"(?<![A-Za-z0-9])([A-Za-z]{{2}})[ -]?\d{_GAP}\d(?={_BREAK}[A-Za-z0-9])", re.IGNORECASE)
_NEXT = re.compile(rf"{_BREAK}([A-Za-z0-9])", re.IGNORECASE)
_LENGTHS = {
    15: "NO",
    16: "BE BI",
    18: "DK FI FO GL NL SD FK",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH CR HR LI LV",
    22: "BG BH DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BF BJ CF CG CI CM DJ FR GA GQ GR IR IT KM MC MG MR SM TD TG GW YE",
    28: "AL AZ BY CV CY DO DZ GT HN HU LB MA ML MZ NE NI PL SN SV AO",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
"""How many signs a bank number has by its country (ISO 13616's register, and the countries that use the form beside it)."""


_FEWEST = 12
"""Digits of a card's number; a bank number has at least 8 (half of Norway's 15 signs)."""


def _by_country() -> dict[str, tuple[int, ...]]:
    """Return the lengths of each country's bank numbers."""
    lengths: dict[str, tuple[int, ...]] = {}
    for length, countries in _LENGTHS.items():
        for country in countries.split():
            lengths[country] = (*lengths.get(country, ()), length)
    return lengths


_LENGTH_OF = _by_country()


def cards(text: str) -> Iterator[Found]:
    """Yield the card numbers of a text: 13 to 19 digits of a known scheme, or 12 and more after "card", whose Luhn digit is right."""
    for pattern in (_CARD, _GROUPED, _BROKEN) if digits_in(text) >= _FEWEST else ():
        for match in pattern.finditer(text):
            digits = re.sub(r"&#?\w+;|\D", "", match[0])
            told = _TOLD.search(text[max(0, match.start() - 30) : match.start()])
            breaks = match[0].count("\n")
            if breaks <= 1 and luhn(digits) and (told or (12 < len(digits) < 20 and _ISSUER.match(digits))):
                yield found("card", text, match.start(), match.end())


def luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def ibans(text: str) -> Iterator[Found]:
    """Yield the bank numbers of a text: as many signs as their country's have, at least half of them digits, right check digits."""
    for match in _IBAN.finditer(text) if digits_in(text) >= _FEWEST - 4 else ():
        for length in _LENGTH_OF.get(match[1].upper(), ()):
            end = _checked_end(text, match, length)
            if end:
                yield found("iban", text, match.start(), end)


def _checked_end(text: str, head: re.Match[str], length: int) -> int:
    """Return where a bank number of this length that begins with `head` ends; 0 where its check digits are not right."""
    signs, at = [*head[1], *re.findall(r"\d", re.sub(r"&#?\w+;", "", head[0]))], head.end()
    while len(signs) < length:
        more = _NEXT.match(text, at)
        if not more:
            return 0
        signs.append(more[1])
        at = more.end()
    whole = "".join(signs)
    ends = not re.match(r"[A-Za-z0-9]", text[at : at + 1])
    return at if ends and 2 * sum(map(str.isdigit, whole)) >= length and mod97(whole) else 0


def mod97(iban: str) -> bool:
    """Return whether a bank number of 15 to 34 signs has right check digits (ISO 13616; ISO/IEC 7064, MOD 97-10).

    >>> mod97("GB82WEST12345698765432"), mod97("GB82WEST12345698765433")
    (True, False)
    """
    if not 15 <= len(iban) <= 34 or not iban.isascii():
        return False
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1
