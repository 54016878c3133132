"""Postal addresses that no word for a street tells: by a flat, a postal code, a military post office, or a house's number before a town.

Each form has an anchor that little else has; what belongs to it is looked for around the anchor alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from burnish.data.scrub.lists import COMMON, called, places
from burnish.data.scrub.organizations import roads
from burnish.data.spelling import english

_UPPER = r"[^\W\d_a-zß-öø-ÿ]"
_CAPITAL = rf"{_UPPER}[\w.'’-]*"
_SMALL = r"(?:of|and|de|la|le|do|da|dos|das|du|des|del|della|di|den|der|van|von|the|el|al|al-|bin|v|na|nad|pod|z|u|i|e|y|os|ul\.|sur|los|las|bajos|altos|mewn|am|im|auf|an|zur|zum)"
_PIECE = rf"(?:{_CAPITAL}|\d{{1,6}}[A-Za-z]?(?:[/-]\w{{1,5}})?\.?|{_SMALL}|#)"
_FLAT = re.compile(r"(?<!\w)(?:apt|apartment|suite|ste|flat|unit)\.? ?#? ?\d{1,5}[a-z]?\b", re.IGNORECASE)
_FLATS = frozenset(["apt", "apartment", "suite", "ste", "flat", "unit"])
_BEFORE_FLAT = re.compile(
    rf"(?P<all>(?P<house>\d{{1,6}}[A-Za-z]?,? )?(?:{_PIECE}[ ,]{{1,2}}){{0,8}}(?P<last>{_CAPITAL}|\d{{1,5}}[A-Za-z]?(?:[/-]\w{{1,5}})?\.?)[ ,]{{0,2}}\n?[ ]?)$"
)
_CODE = re.compile(
    r"(?<![\w-])(?:[A-Z]{2,3}[ ,\n]{1,3}\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)[ ,]{1,2}\d{4}|[A-Z]\d[A-Z] ?\d[A-Z]\d)(?![\w-])"
)
"""Postal codes that nothing else is written as: of the United States with the state, the United Kingdom's, Australia's, Canada's."""
_BEFORE_CODE = re.compile(rf"(?<![\w./-])\d{{1,6}}[A-Za-z]?,? (?:{_PIECE}[ ,.]{{0,2}}[ ,\n]{{1,3}}){{1,14}}$")
_MILITARY = re.compile(
    r"(?:(?:U\.?S\.?S\.?|USNS|USNV|USCGC) [A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3}[,\s]{1,3})?\b(?:APO|FPO|DPO)[ ,]{1,2}A[AEP][ ,]{1,2}\d{5}(?:-\d{4})?\b"
)
_HOUSE = re.compile(
    rf"(?<![\w.@/-])(?P<first>\d{{1,6}} )?(?P<name>{_CAPITAL}(?: (?:{_SMALL} )?{_CAPITAL}){{0,4}}),? (?:n[.°ºor]{{0,2}} ?|č\.? ?)?(?P<number>\d{{1,4}}[A-Za-z]?(?:[/-]\d{{1,4}}[A-Za-z]?)?)"
    rf"(?P<rest>[,\n][, \n]{{0,2}}(?:[A-Z]{{1,2}}[- ])?(?P<code>\d{{4,6}}|\d{{3}} \d\d|\d\d-\d{{3}}|\d{{4}} [A-Z]{{2}}) (?P<town>{_CAPITAL}(?:[ -]{_CAPITAL}){{0,2}})|, (?P<place>{_CAPITAL}(?: {_CAPITAL}){{0,3}})(?:, (?P<country>{_CAPITAL}(?: {_CAPITAL}){{0,3}}))?)?",
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_HOME = re.compile(
    r"\b(?:live[sd]?|living|home|house|flat|apartment|moved?|moving|address|resid\w+|my|our|stay(?:s|ed|ing)?|parcel|deliver\w*|stolen|lost|accident|neighbou?r\w*|keys|taxi|postcode|zip|shop|office|corner|meet\w*"
    r"|wohn\w+|habite|vivo|vive|abito|moro|woon|bor|mieszkam|bydlím)\b[^.!?\n]{0,60}$",
    re.IGNORECASE,
)
"""Words that tell of somebody's own place, in the same sentence before it."""
_NEAR = re.compile(r"\b(?:on|in|at|near|to|from|off|along|between|and|of|know|beside|behind|:)[ \n]$")


def by_form(text: str) -> Iterator[tuple[int, int]]:
    """Yield where an anchor tells an address, one over another too.

    >>> [text[start:end] for text in ("I am at 9 Miła Dam, Leeds, LS1 4AP now.",) for start, end in by_form(text)]
    ['9 Miła Dam, Leeds, LS1 4AP']
    """
    lower = text.lower()
    for flat in (
        _FLAT.finditer(text) if any(word in lower for word in ("apt", "apartment", "suite", "ste", "flat", "unit")) else ()
    ):
        before = _BEFORE_FLAT.search(text, max(0, flat.start() - 90), flat.start())
        if before and (
            before["house"]
            or before["last"][0].isdigit()
            or (" " in before["all"].strip() and before["all"].endswith(("\n", "\n ")))
        ):
            yield before.start("all"), flat.end()
    for code in _CODE.finditer(text):
        before = _BEFORE_CODE.search(text, max(0, code.start() - 120), code.start())
        if before:
            yield before.start(), code.end()
    if "PO " in text:
        yield from (match.span() for match in _MILITARY.finditer(text))
    yield from _houses(text)


def _houses(text: str) -> Iterator[tuple[int, int]]:
    """Yield a name and a house's number where a postal code and a town, or a known town, come after it."""
    for match in _HOUSE.finditer(text):
        word = re.split("[ -]", match["name"].rstrip("."))[-1].casefold()
        if (
            word in COMMON
            or (word in english() and word not in called() and word not in places())
            or _YEAR.fullmatch(match["number"])
        ):
            continue
        towns = [one.casefold() for one in (match["place"], match["country"]) if one]
        if (match["code"] and not _YEAR.fullmatch(match["code"])) or (
            len(towns) == 2 and towns[1] in places() and not match["number"].startswith("0")
        ):
            yield match.start(), match.end()
        elif (match["first"] and len(match["first"]) > 3 and not _YEAR.fullmatch(match["first"].strip())) or (
            _NEAR.search(text, max(0, match.start() - 9), match.start())
            and _HOME.search(text, max(0, match.start() - 90), match.start())
        ):
            yield match.start(), match.end("number")


def by_place(text: str) -> Iterator[tuple[int, int]]:
    """Yield streets without a number where the sentence tells of somebody's own place."""
    for start, end in roads(text):
        if _NEAR.search(text, max(0, start - 9), start) and _HOME.search(text, max(0, start - 90), start):
            yield start, end
