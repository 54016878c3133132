"""Companies and streets that are called after people: what stands within them is nobody.

A company is told by its legal form ("Inc", "s.r.o.", "Oy"), by what follows "and" ("Thomas and Sons"), by an "&" between family names,
by three family names in a row ("Hawkins, Richardson and Santana") or two with a hyphen between ("Weeks-Rivas"). A street by its word.
Not covered: companies that are called as a person is ("Morgan Stanley").
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from burnish.data.scrub.lists import called, family_names, first_names, street_heads, street_tails

_UPPER = r"[^\W\d_a-zß-öø-ÿ]"
_NAME = rf"{_UPPER}[^\W\d_]*(?:[-'’]{_UPPER}?[^\W\d_]+)*"
_FORMS = (
    r"Inc|INC|inc\.|Incorporated|LLC|L\.L\.C|LLP|LP|Ltd|LTD|ltd\.|Limited|Ltda|LTDA|Lda|PLC|plc|PLLC|Corp|CORP|Corporation|Company|Co|GmbH|gGmbH|mbH|KG|KGaA|OHG|AG|UG|SE|SA|S\.A|SAS|S\.A\.S|SARL|SàRL|S\.A\.R\.L|SCA"
    r"|SNC|snc|s\.n\.c|SRL|s\.r\.l|S\.r\.l|SPA|SpA|s\.p\.a|S\.p\.A|S\.L|SLU|S\.C|BV|B\.V|NV|N\.V|V\.?O\.?F|BVBA|AB|Aktiebolag|OY|Oy|Oyj|Ky|AS|A/S|ASA|ApS|I/S|ANS|HB|KB|ehf|hf|OÜ|SIA|UAB|MB|VšĮ|Kft|KFT|Zrt|Nyrt|Bt|Kkt|Rt"
    r"|d\.o\.o|D\.O\.O|j\.d\.o\.o|d\.d|s\.r\.o|a\.s|v\.o\.s|o\.s|o\.p\.s|k\.s|spol|[Ss]p\. ?z ?o\.? ?o|[Ss]p\. ?j|s\.p|OOD|A\.Ş|Şti|Tbk|Sdn|Bhd|Pte|Pty|Pvt|JSC|OOO|GbR|e\.V|e\.K|s\.c"
)
_SUFFIXED = re.compile(
    rf"{_NAME}(?:(?:,? (?:and|&|und|et|y|e|i|og|och|en) |, | ){_NAME}){{0,4}},? (?:(?:{_FORMS})\b\.?(?![^\W_])"
    r"|(?:and|&|und|et|y|e|og|och|i) (?:Sons?|Daughters?|Brothers?|Partners?|Associates|Co|Söhne|Sohn|Partner|Fils|Hijos|Figli|Filhos|Sønner|Søn|Sønn|Söner|Zonen|Syn|Synové)\b)"
)
_AMPERSAND = re.compile(rf"({_NAME})\b ?& ?({_NAME})\b(?! {_UPPER})")
_THREE = re.compile(rf"({_NAME}), ({_NAME}),? (?:and|&|und|et|y|e|og|och|en|i) ({_NAME})\b(?! {_UPPER}[a-zß-öø-ÿ])")
_HYPHEN = re.compile(rf"(?<![\w-])({_UPPER}[^\W\d_]+)-({_UPPER}[^\W\d_]+)(?![\w-])")
_HEADED = re.compile(
    r"\b(?:PT|CV|UD|PD|Firma|Fa\.|Grupo|Banco|Gebr\.|Gebroeders|Fratelli|Perum|Cia|Companhia|Compagnie|Groupe|Stowarzyszenie|Fundacja|Fundação|Fundación|Stiftung) (?=[^\W\d_a-z])[^\W\d_]+(?: [^\W\d_a-z][^\W\d_]+){0,3}"
)
_FIRM_BEFORE = re.compile(
    r"\b(?:for|of|by|at|from|joined|joins|company|firm|client|employer|employee|work(?:s|ed)? with|signed with|called|after|into|owns|[Ww]hy does|[Dd]oes|v\.|vs\.|the|old) $"
)
_SURELY_FIRM = re.compile(
    r"\b(?:(?:spokes\w+|analysts?|lawyers?) (?:for|at|of)|(?:branch|shop|office|team|firm|company|customer|employee|partners?|offices|head|chair|CEO) (?:of|at)|invoice to|works? (?:for|at)|worked (?:for|at)|start(?:ed)? at|law firm|signed with) (?:the )?$"
)
_OF = re.compile(r"\b(?:of|for|at|with|by|against|from|to) $")
_FIRM_AFTER = re.compile(
    r" (?:has|is|was|does|v\.|wants|says|owns|offers|makes|sells)\b|,? (?:the|a) (?:company|firm|bank|maker)\b"
)
"""What stands around a firm rather than around three people."""
_GIVEN = re.compile(rf"{_NAME}\.? $")
_HEAD = "|".join(
    f"[{word[0].upper()}{word[0]}]{word[1:]}"
    for word in (
        [
            "rue",
            "calle",
            "rua",
            "ulica",
            "ul\\.",
            "aleja",
            "al\\.",
            "plac",
            "chemin",
            "impasse",
            "allée",
            "quai",
            "boulevard",
            "viale",
            "via",
            "piazza",
            "strada",
            "jalan",
            "praça",
            "travessa",
            "avenida",
            "paseo",
            "đường",
            "phố",
        ]
    )
)
_LOWER_HEAD = re.compile(
    rf"(?<![\w.])(?:{_HEAD}) (?:(?:de|la|le|les|du|des|da|do|dos|del|della|dei|al|l['’]) ?){{0,2}}{_NAME}(?: (?:(?:de|la|du|da|do|del) ){{0,2}}{_NAME}){{0,3}}"
)
_COMPOUND = re.compile(
    rf"(?<![\w-])(?:{_UPPER}[^\W\d_]*-){{0,3}}(?:{_UPPER}[^\W\d_]{{2,}}(?:straße|strasse|gasse|allee|platz|gade|stræde|gata|gatan|vägen|vegen|veien|katu|kuja|polku|straat|laan|gracht|kade|singel|steeg|dreef)|(?:Straße|Strasse|Gasse|Allee|Platz|Weg|Ring))(?![\w-])"
)
_SHORT_DOT = r"(?:(?<=\b\w)\.|(?<=\b\w\w)\.|(?<=\b\w\w\w)\.)?"
_CAPITALS = re.compile(
    rf"{_NAME}{_SHORT_DOT}(?: (?:(?:de|da|do|di|del|della|dos|du|la|le|van|der|den) ){{0,2}}{_NAME}{_SHORT_DOT}){{1,5}}(?!:)"
)
_ROADS = frozenset(
    [
        "street",
        "road",
        "avenue",
        "lane",
        "drive",
        "boulevard",
        "terrace",
        "crescent",
        "highway",
        "alley",
        "parkway",
        "mews",
        "estates",
        "overpass",
        "underpass",
        "turnpike",
        "freeway",
        "expressway",
        "causeway",
        "junctions",
    ]
)
_ROAD_WORDS = _ROADS | frozenset(
    [
        "rue",
        "calle",
        "rua",
        "ulica",
        "ul",
        "aleja",
        "al",
        "plac",
        "chemin",
        "quai",
        "viale",
        "via",
        "piazza",
        "strada",
        "jalan",
        "jl",
        "praça",
        "travessa",
        "avenida",
        "paseo",
        "đường",
        "phố",
        "aleea",
        "intrarea",
        "soseaua",
        "bulevardul",
        "drumul",
        "alameda",
        "andador",
        "privada",
        "calzada",
        "corredor",
        "pasaje",
        "camino",
        "callejón",
        "vicolo",
        "impasse",
        "allée",
    ]
)
_ROAD_ENDS = (
    "straße",
    "strasse",
    "gasse",
    "allee",
    "platz",
    "gade",
    "stræde",
    "gata",
    "gatan",
    "vägen",
    "vegen",
    "veien",
    "katu",
    "kuja",
    "polku",
    "straat",
    "laan",
    "gracht",
    "kade",
    "singel",
    "steeg",
    "dreef",
)


def names_a_road(words: frozenset[str]) -> bool:
    """Return whether a word for a street is among the words of a text, in lower case."""
    return not _ROAD_WORDS.isdisjoint(words) or any(word.endswith(_ROAD_ENDS) for word in words)


def named_after(text: str) -> Iterator[tuple[int, int]]:
    """Yield where companies and streets stand in a text that may be called after people, one over another too.

    >>> [text[start:end] for text in ("Ask Thomas and Sons.",) for start, end in named_after(text)]
    ['Thomas and Sons']
    """
    if "," in text or "&" in text or " and " in text:
        yield from _joined(text)
    yield from (match.span() for match in _SUFFIXED.finditer(text))
    yield from (match.span() for match in _HEADED.finditer(text))
    for match in _HYPHEN.finditer(text) if "-" in text else ():
        one, other = match[1].casefold(), match[2].casefold()
        given = re.search(rf"{_NAME}\.? $|\b(?:Mrs?|Ms|Miss|Dr|Prof)\.? $", text[max(0, match.start() - 30) : match.start()])
        if one in family_names() and other in called() and one not in first_names() and not given:
            yield match.span()
    yield from roads(text)


def _joined(text: str) -> Iterator[tuple[int, int]]:
    for match in _AMPERSAND.finditer(text):
        same = match[1] == match[2]
        two = not same and match[1].casefold() in first_names() and match[2].casefold() in first_names()
        if not two and not _GIVEN.search(text, max(0, match.start() - 30), match.start()):
            yield match.span()
    for match in _THREE.finditer(text):
        words = [word.casefold().split("-")[-1] for word in match.groups()]
        given = sum(word in first_names() and word not in family_names() for word in words)
        listed = sum(word in called() for word in words)
        surely = _SURELY_FIRM.search(text, max(0, match.start() - 30), match.start())
        if (surely and not given) or (
            listed >= 2
            and not given
            and not (
                all(word in first_names() for word in words) and not _OF.search(text, max(0, match.start() - 9), match.start())
            )
            and _a_firm(text, *match.span())
        ):
            yield match.span()


def _a_firm(text: str, start: int, end: int) -> bool:
    if text[start - 1 : start] == "(" and text[end : end + 1] == ")":
        return True
    if text[start - 1 : start] in {"", "\n"} and text[end : end + 1] == "\n":  # a line of its own, as on an envelope
        return start > 0
    return bool(_FIRM_BEFORE.search(text, max(0, start - 30), start) or _FIRM_AFTER.match(text, end))


@functools.lru_cache(maxsize=8)
def roads(text: str) -> tuple[tuple[int, int], ...]:
    """Return the runs of capitals that a word for a street begins, or ends where it is no family name."""
    return tuple(_roads(text))


def _roads(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _LOWER_HEAD.finditer(text))
    yield from (match.span() for match in _COMPOUND.finditer(text) if len(match[0]) > 6)
    for match in _CAPITALS.finditer(text):
        words = match[0].split()
        first, last = words[0].strip(".").casefold(), words[-1].strip(".").casefold()
        if (first in street_heads() and first not in called()) or (
            last in street_tails() and (last in _ROADS or last not in called())
        ):
            yield match.start(), match.end() - match[0].endswith(".")
