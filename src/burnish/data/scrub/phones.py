"""Phone numbers: those written internationally, those that a word announces, and those that are valid where many people live."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from burnish.data.library import library
from burnish.data.scrub.found import Found, found

REGIONS = (
    *("US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "SE", "NO", "DK", "FI", "PL", "CZ", "PT", "IE"),
    *("AU", "NZ", "IN", "BR", "MX", "ZA", "JP", "CN", "TR", "GR", "HU", "RO", "UA", "IL", "SG", "IS", "CY", "SI"),
)
"""Where a number without a country's prefix is tried."""

_SHAPE = re.compile(
    r"(?<![\w.,/#$€£<=>*-])(?<!\d:)(?:\(?\+|00|\()?\d(?:[ ./()\u2011\xa0-]{0,3}\d){5,16}(?: ?(?:x|ext\.?) ?\d{1,5})?(?![\w%€£=]| ?=|[.,:-]\d)"
)
_DATE = re.compile(
    r"(?:19|20)\d\d[-./ ][01]?\d[-./ ][0-3]?\d(?:\s+\d\d)?|[0-3]?\d[-./][0-3]?\d[-./](?:19|20)?\d\d|(?:(?:19|20)\d\d\D{0,3}){1,4}"
)
_TOLD = re.compile(
    r"(?:phone|tele?(?:fon)?|call(?:ed|ing)?|mobile|cell|fax|whatsapp|sms|text me|handy|ring|dial|number(?: is)?|contact|hotline|reach)\b"
    r"[^\d]{0,50}$"
    r"|\b(?:reply|answer|message|voicemail|available|touch) (?:at|on|under|via)[ :]*$"
    r"|(?:^|[\n|,;(•-] *)(?:[tmfpoh]|ph|mob|office|home|work|direct|desk|private)\s*[.:]? *$",
    re.IGNORECASE,
)
_TOLD_AFTER = re.compile(r"\W{0,3}(?:is|was) (?:my|his|her|our|the|their) (?:\w+ )?(?:number|phone|mobile|cell)", re.IGNORECASE)
_WRITTEN = re.compile(
    r"\(\d{1,5}\)[ -]?\d+(?:[ .-]\d+)*|0\d+(?:[ ./-]\d+)+|(?:1[-. ])?\d{3}[-. ]\d{3}[-. ]\d{4}|\d+(?: \d+){2,}|\d\d(?:[.-]\d\d){3,}"
    r"|\(?\d\d\)?(?:[ /-]|\d\d/)\d{3,4}[ -]\d{4}|\d\d/ ?\d{3} \d\d \d\d|0\d{8,10}|1[3-9]\d{9}"
)
"""How numbers without a country's prefix are written; "2400-1100-700" is arithmetic."""
_PLAIN_FORM = re.compile(
    r"\(\d{3}\) ?\d{3}[-. ]\d{4}|(?:1[-. ])?\d{3}([-.])\d{3}\1\d{4}|\(0\d{1,4}\) ?\d{3,4}[ -]\d{3,4}"
    r"|0\d{2,4}[ -]\d{3,4}[ -]\d{3,4}|0[1-9](?:[ .-]\d\d){4}|0\d{1,3}-\d{2,3} \d\d \d\d|[18] \(\d{3}\) \d{3}-\d\d-?\d\d"
)
"""Forms in which nothing but phone numbers is written, given out or not: area code, exchange and line; a leading 0 and groups."""
_OTHER = re.compile(
    r"\b(?:order|invoice|ticket|case|account|card|article|item|reference|ref|issue|serial|customer|tracking|zip|isbn|room|flight|id|no\.|nr\.)\b"
    r"[^\d\n]{0,20}$",
    re.IGNORECASE,
)


def phones(text: str) -> Iterator[Found]:
    """Yield the phone numbers of a text. Not covered: bare digits without a gap or a word that says what they are."""
    for match in _SHAPE.finditer(text):
        start, written = match.start(), match[0].rstrip(" ./-(\xa0")
        digits = re.sub(r"\D", "", re.split("[xe]", written)[0])
        if 6 < len(digits) <= 15 and not _DATE.fullmatch(written) and _announced_or_valid(text, start, written):
            yield found("phone", text, start, start + len(written))


def _announced_or_valid(text: str, start: int, written: str) -> bool:
    before = text[max(0, start - 60) : start]
    if written.lstrip("(").startswith("+") or (written.startswith("00") and possible(written)):
        return True
    if _OTHER.search(before):
        return False
    if _TOLD.search(before) or _TOLD_AFTER.match(text[start + len(written) :][:40]):
        return True
    number = re.split("[xe]", written)[0].rstrip()  # without its extension
    if _PLAIN_FORM.fullmatch(number):
        return True
    return bool(_WRITTEN.fullmatch(number)) and valid_somewhere(number)


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
