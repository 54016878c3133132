"""Numbers in running text: found, and read as values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from burnish.grading.links import without_links

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_UNITS += ["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate(_UNITS)} | {word: 10 * (i + 2) for i, word in enumerate(_TENS)}

_GAP = "[,'’\u00a0\u202f]"
_DIGITS = (
    rf"\d{{1,3}}(?:{_GAP}\d{{3}})+(?:\.\d+)?(?!\d)"  # 1,234,567.5
    r"|\d{1,3}(?:\.\d{3})+,\d+"  # 1.234.567,5
    r"|\d+\.\d+"  # 1234.5
    r"|(?<!\d,)\d+,\d{1,2}(?![\d]|,\d)"  # 23,80
    r"|\d+"
)
_CLOCK = r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?!\d)(?:\s?(?P<half>[ap])\.?m\b)?"
_SIGNED = rf"(?P<sign>(?<![\w)\]])[-−][$€£]?)?(?<!\w)(?P<digits>{_DIGITS})"
_SPELLED = rf"\b(?P<spelled>(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_UNITS[1:10])}))?|{'|'.join(_UNITS)})\b"
_NUMBER = re.compile(rf"(?<![\w:])(?:{_CLOCK})|{_SIGNED}|{_SPELLED}", re.IGNORECASE)
Key = tuple[bool, Decimal]
"""(is it a time of day, its value): what two equal numbers have in common."""
_MARK = re.compile(r"^[ \t]*(?:\*\*)?\(?\d{1,3}[.)](?:\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a text."""

    text: str
    """As it stands in the text."""
    value: Decimal
    """Its value; for a time of day, minutes since midnight."""
    clock: bool = False
    """Whether it is a time of day (09:45)."""
    spelled: bool = False
    """Whether it is a word (seven)."""

    @property
    def key(self) -> Key:
        """The same for 1,000 and 1000.0, and for 7:15 pm and 19:15."""
        return self.clock, self.value


def figures(text: str) -> list[Figure]:
    """Return the numbers of a text in order: digits, times of day, and the words zero to ninety-nine.

    Digits inside links or glued to the end of letters (H2O, A12) are no numbers. A comma followed by three digits divides
    thousands, by one or two is a decimal comma; a point followed by digits is a decimal point. Not covered: fractions,
    Roman numerals, words of a hundred and more, powers of ten.

    >>> [str(figure.value) for figure in figures("1,234.50 − or −7, twenty-one or 23,80 of 5-10 (H2O)")]
    ['1234.50', '-7', '21', '23.80', '5', '10']
    >>> [(figure.text, str(figure.value)) for figure in figures("from 09:45 to 7:15 pm")]
    [('09:45', '585'), ('7:15 pm', '1155')]
    """
    return [_figure(match) for match in _NUMBER.finditer(without_links(text))]


def without_marks(text: str) -> str:
    r"""Return the text without the numbers that number its list items.

    >>> without_marks("1. Pay 5 euros.\n2) Wait.")
    ' Pay 5 euros.\n Wait.'
    """
    return _MARK.sub(lambda match: " " if match[0][-1:].strip() == "" else "", text)


def _figure(match: re.Match[str]) -> Figure:
    if match["hour"] is not None:
        return Figure(text=match[0], value=_minutes(match), clock=True)
    if match["spelled"] is not None:
        parts = re.split(r"[- ]", match["spelled"].casefold())
        return Figure(text=match[0], value=Decimal(sum(_VALUES[part] for part in parts)), spelled=True)
    value = _value(match["digits"])
    return Figure(text=match[0], value=-value if match["sign"] else value)


def _minutes(match: re.Match[str]) -> Decimal:
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].casefold() == "p" else 0)
    return Decimal(60 * hour + int(match["minute"]))


def _value(digits: str) -> Decimal:
    """Return the value of digits with separators; which one is the decimal point, the pattern has already settled."""
    if re.fullmatch(rf"\d{{1,3}}(?:{_GAP}\d{{3}})+(?:\.\d+)?", digits):
        return Decimal(re.sub(_GAP, "", digits))
    if "," in digits:
        return Decimal(digits.replace(".", "").replace(",", "."))
    return Decimal(digits)
