"""Card and bank numbers: a number is one only where its check digits are right."""

from __future__ import annotations

import re
from collections.abc import Iterator

from burnish.data.scrub.found import Found, found

_CARD = re.compile(r"(?<![\d.,])(?:\d[ -]?){11,18}\d(?![\d])")
_ISSUER = re.compile(r"4|5[0-8]|6|3[04-9]|2[2-7]|1800|2131")
"""The leading digits that card schemes use (ISO/IEC 7812); of other numbers one in ten has a right check digit by chance."""
_TOLD = re.compile(r"\bcard\b[^\d\n]*$", re.IGNORECASE)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")


def cards(text: str) -> Iterator[Found]:
    """Yield the card numbers of a text: 13 to 19 digits of a known scheme, or 12 and more after "card", whose Luhn digit is right."""
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        told = _TOLD.search(text[max(0, match.start() - 30) : match.start()])
        if luhn(digits) and (told or (len(digits) > 12 and _ISSUER.match(digits))):
            yield found("card", text, match.start(), match.end())


def luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def ibans(text: str) -> Iterator[Found]:
    """Yield the bank numbers of a text whose check digits are right; words that follow one are not taken in."""
    for match in _IBAN.finditer(text):
        end = _checked_end(text, match.start(), match.end())
        if end:
            yield found("iban", text, match.start(), end)


def _checked_end(text: str, start: int, end: int) -> int:
    """Return where the longest part with right check digits ends, tried at the gaps of what looks like a number; 0 for none."""
    ends = [end, *(start + gap.start() for gap in re.finditer(r"[ -]", text[start:end]))]
    return next((at for at in sorted(ends, reverse=True) if mod97(re.sub(r"[ -]", "", text[start:at]))), 0)


def mod97(iban: str) -> bool:
    """Return whether a bank number of 15 to 34 signs has right check digits (ISO 13616; ISO/IEC 7064, MOD 97-10).

    >>> mod97("GB82WEST12345698765432"), mod97("GB82WEST12345698765433")
    (True, False)
    """
    if not 15 <= len(iban) <= 34 or not iban.isascii():
        return False
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1
