"""Phone numbers: those written internationally, those that a word announces, and those that are valid where many people live."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

from burnish.data.library import library
from burnish.data.scrub.found import Found, digits_in, found
from burnish.data.scrub.phone_cues import NEAR, called_other, counted, counts, goes_on, told, told_surely
from burnish.data.scrub.regions import regions_of

REGIONS = (
    *("US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "SE", "NO", "DK", "FI", "PL", "CZ", "PT", "IE"),
    *("AU", "NZ", "IN", "BR", "MX", "ZA", "JP", "CN", "TR", "GR", "HU", "RO", "UA", "IL", "SG", "IS", "CY", "SI"),
)
"""Where a number without a country's prefix is tried."""

_GAP = r"[ ./()\u2010-\u2015\u2009\u202f\xa0-]"
_SHAPE = re.compile(
    r"(?<![\w/#$€£=-])(?<![\d\s][.,])(?<!\d:)(?<!\d[<>*])(?<!\d [<>*])(?:\(?\+\(?|00|\()?\d"
    rf"(?:{_GAP}{{0,3}}\d){{5,16}}(?:,? ?(?:x|ext(?:ension)?\.?) ?\d{{1,5}})?(?![\w%€£=]| ?=|[.:-]\d)"
)
_LINK = re.compile(
    r"(?:(?:wa\.me/(?:c/|p/\d+/)?|(?:zalo|t)\.me/)|signal\.me/#p/|intent://send/|viber://\w+/?\?(?:\S*&)?number="
    r"|(?<![a-z])(?:tel|sms|smsto|mms|callto|facetime|facetime-audio|whatsapp|skype|sip|fax|dial|phoneto):(?://)?"
    r"|[?&#](?:phone(?:_?number)?|tel|telephone|mobile|msisdn|whatsapp|fax)=)"
    r"(?P<number>(?:\+|%2B)?\(?\d(?:(?:%20|[ ().-]|-){0,2}\d){5,16})(?![\w-]*[a-z])",
    re.IGNORECASE,
)
"""Links that open a chat or a call, and queries that name a phone."""
_DATE = re.compile(
    r"(?:19|20)\d\d[-./ ][01]?\d[-./ ][0-3]?\d(?:\s+\d\d)?|[0-3]?\d[-./][0-3]?\d[-./](?:19|20)?\d\d|(?:(?:19|20)\d\d\D{0,3}){1,4}"
)
_WRITTEN = re.compile(
    r"\(\d{1,5}\)[ .-]?\d+(?:[ .-]\d+)*|0\d+(?:[ ./-]\d+)+|(?:1[-. ])?\d{3}[-. ]\d{3}[-. ]\d{4}|\d+(?: \d+){2,}|\d\d(?:[.-]\d\d){3,}"
    r"|\(?\d\d\)?(?:[ /-]|\d\d/)\d{3,4}[ -]\d{4}|\d\d/ ?\d{3} \d\d \d\d|0\d{8,10}|1[3-9]\d(?:[ -]?\d{4}){2}"
)
"""How numbers without a country's prefix are written; "2400-1100-700" is arithmetic."""
_PLAIN_FORM = re.compile(
    r"\(\d{3}\) ?\d{3}[-. ]\d{4}|(?:1[-. ])?\d{3}([-.])\d{3}\1\d{4}|\(0\d{1,4}\) ?\d{3,4}[ -]\d{3,4}"
    r"|0\d{2,4}[ -]\d{3,4}[ -]\d{3,4}|0[1-9](?:[ .-]\d\d){4}|0\d{1,3}-\d{2,3} \d\d \d\d|[18] \(\d{3}\) \d{3}-\d\d-?\d\d"
)
"""Forms in which nothing but phone numbers is written, given out or not: area code, exchange and line; a leading 0 and groups."""
_LISTED = re.compile(r"\d(?: \d{1,2}){2,}")
"""Counts in a row: "0 10 20 30 40"."""
_AMOUNT = re.compile(r"[1-9]\d{0,2}(?:[ .]\d{3})+")
_GOES_ON = re.compile(r",\d")
_SHORT, _LONG = 6, 15
"""Digits of a number; E.164 allows no more than 15."""
_BARE = re.compile(r"\d+")


def phones(text: str, row: str = "") -> Iterator[Found]:
    """Yield the phone numbers of a text; the countries that its whole `row` speaks of count too. Not covered: bare digits that no word, no country and no other number tell of."""
    if sum(sign.isdecimal() for sign in text) < _SHORT if not text.isascii() else digits_in(text) < _SHORT:
        return
    yield from _linked(text)
    last = -1
    for match in _SHAPE.finditer(text):
        start, written = match.start(), match[0].rstrip(" ./-(\xa0")
        if written.startswith("(") and ")" not in written:  # the bracket is the sentence's
            start, written = start + 1, written[1:]
        whole = written.count("(") == written.count(")") and not _cut(text, start, start + len(written))
        if _SHORT <= _digits(_plain(written)) <= _LONG and whole and not _DATE.fullmatch(written):
            chained = last >= 0 and goes_on(text[last:start])
            if chained or _told_or_valid(text, start, written) or _of_a_country(text, start, written, row or text):
                last = start + len(written)
                yield found("phone", text, start, last)


def _linked(text: str) -> Iterator[Found]:
    """Yield the numbers within links that open a chat or a call; the link around one stays."""
    for match in _LINK.finditer(text) if ":" in text or "/" in text or "=" in text else ():
        number = match["number"].replace("%20", "").replace("%2B", "+").replace("%2b", "+")
        if _SHORT < _digits(number) <= _LONG:
            yield found("phone", text, match.end("number") - len(match["number"]), match.end("number"))


def _cut(text: str, start: int, end: int) -> bool:
    """Return whether a number goes on behind a comma, as a fraction or a list of digits does; a cell of a table ends there."""
    return _GOES_ON.match(text, end) is not None and text[start - 1 : start] not in {",", ";", '"', "\t"}


def _plain(written: str) -> str:
    """Return a number without its extension, its digits in those of ASCII."""
    number = re.split("[xe]", written)[0].rstrip(" ,")
    return number if number.isascii() else "".join(_ascii(sign) for sign in number)


def _ascii(sign: str) -> str:
    return str(unicodedata.digit(sign, "")) or ("-" if unicodedata.category(sign) == "Pd" else " " if sign.isspace() else sign)


def _told_or_valid(text: str, start: int, written: str) -> bool:
    """Return whether the words around a number or its own form say that it is a phone's."""
    before, after = text[max(0, start - NEAR) : start], text[start + len(written) :][:NEAR]
    number = _plain(written)
    if number.lstrip("(").startswith("+") or (number.startswith("00") and possible(number)):
        return True
    if called_other(before):
        return False
    if _digits(number) == _SHORT:  # as Greenland's and the Faroes' have
        return told_surely(before, after)
    if told(before, after) or _PLAIN_FORM.fullmatch(number):
        return True
    if counts(before, after):
        return False
    return bool(_WRITTEN.fullmatch(number)) and not _LISTED.fullmatch(number) and valid_somewhere(number)


def _of_a_country(text: str, start: int, written: str, row: str) -> bool:
    """Return whether a number that nothing counts or names otherwise is one of a country that the row speaks of."""
    before, after, number = text[max(0, start - NEAR) : start], text[start + len(written) :][:NEAR], _plain(written)
    if _digits(number) == _SHORT or called_other(before) or counted(after) or counts(before, after):
        return False
    return any(fits(number, region) for region in regions_of(row))


def _digits(number: str) -> int:
    return sum(map(str.isdecimal, number))


@functools.lru_cache(maxsize=4096)
def fits(number: str, region: str) -> bool:
    """Return whether a number is one of a region that the text speaks of: in groups one that can be dialled, bare one given out."""
    phonenumbers = library("phonenumbers")
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    if _BARE.fullmatch(number) or _AMOUNT.fullmatch(number) or _LISTED.fullmatch(number):
        return bool(phonenumbers.is_valid_number_for_region(parsed, region))
    return bool(phonenumbers.is_possible_number(parsed))


@functools.lru_cache(maxsize=4096)
def possible(written: str) -> bool:
    """Return whether a number with its country's prefix could be dialled."""
    phonenumbers = library("phonenumbers")
    try:
        number = phonenumbers.parse("+" + written[2:] if written.startswith("00") else written, None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_possible_number(number))


@functools.lru_cache(maxsize=4096)
def valid_somewhere(written: str) -> bool:
    """Return whether a number without a prefix belongs to a range that one of REGIONS has given out."""
    phonenumbers = library("phonenumbers")
    for region in REGIONS:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number_for_region(number, region):
            return True
    return False
