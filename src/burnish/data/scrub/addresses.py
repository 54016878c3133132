"""Postal addresses: a street word beside a number, a post box, or what follows a word that announces one.

The streets of some twenty languages, by the word for street; the flat, the town and the postal code around it go with it.
Not covered: a street named alone without a number ("she lives in Baker Street"), and towns alone.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence

from burnish.data.scrub.address_forms import by_form, by_place
from burnish.data.scrub.found import Found, found, merged, words_in
from burnish.data.scrub.organizations import names_a_road

_UPPER = r"[^\W\d_a-zß-öø-ÿ]"
_NUMBER = r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?\.?"
_TYPE = (
    "street|str|st|road|rd|avenue|ave|boulevard|blvd|lane|ln|drive|dr|court|courts|crt|ct|place|pl|square|sq|terrace|way|highway|hwy|parkway|pkwy"
    "|circle|cir|close|crescent|cres|gardens|mews|row|alley|trail|loop|plaza|grove|quay|green|hill|walk|rise|esplanade|parade|crossing|ridge"
)
_LEAD = (
    "jalan|jl|gg|aleea|[sș]oseaua|bulevardul|intrarea|drumul|splaiul|alameda|privada|andador|pasaje|pasadizo|corredor|calzada|camino|ronda|glorieta|rambla|callejón|vereda"
    "|ladeira|rodovia|viela|beco|sítio|loteamento|núcleo|pátio|azinhaga|vicolo|piazzale|borgo|rotonda|lungomare|rynek|bulwar|osiedle|nábřeží|nábrežie|trieda|đường|phố|ngõ|hẻm|số|cesta|улица|ул|проспект|пр|переулок|пер|вулиця|вул|бул|булевар"
    "|rue|avenue|av|boulevard|bd|place|chemin|allée|quai|impasse|route|via|viale|piazza|corso|strada|contrada|calle|c/|avenida|avda|plaza|paseo|carrer"
    "|rua|r|travessa|praça|largo|estrada|ul|ulica|aleja|al|plac|náměstí|nám|třída|ulice|str|strasse|straße|calea|bulevardul|odos|ruta|ctra|carretera"
)
_TAIL = (
    "straße|strasse|str\\.|gasse|weg|platz|allee|ring|damm|ufer|graben|steig|laan|straat|gracht|plein|kade|dijk|singel|steeg|vej|gade|allé|stræde|toften"
    "|vænget|parken|krogen|gata|gatan|gate|vegen|veien|veg|vei|vägen|väg|gränd|stigen|stien|tie|katu|kuja|polku|tänav|iela|gatvė|götu|vegur|stígur|braut"
    "|bakki|utca|út|útja|tér|köz|sétány|polku|bulevardi|dreef|alléen|berget|bråten|faret|gjerdet|grenda|jordet|kollen|kroken|lunden|plassen|ringen|skogen|stranda|stubben|tunet|vollen|torget|ulice|rkp\\.?|körút|ulice|ulica|cesta|caddesi|sokak|pass|allén|bakken|haugen|lia|svingen|løkken|marken|backen"
)
_UNIT = r"(?:edif|depto|dpto|apto|piso|puerta|bloco|bl|sc|et|ap|apt|apartment|suite|ste|unit|flat|floor|room|box|bsmt|dept)\.?,? *#? *\w{1,6}"
_WORD = r"[^\W\d_][\w.'’-]*"
_STREET = (
    rf"(?:{_NUMBER},? ){{1,2}}(?:{_WORD} ){{1,4}}(?:{_TYPE})\b\.?(?: [NSEW]{{1,2}}\b\.?)?"  # 12 Old Mill Road
    rf"|(?:{_NUMBER},? ){{0,2}}\b(?:{_LEAD})\.? (?:{_WORD} ){{0,5}}(?:{_WORD},? )(?:n[°ºr.o]{{0,2}}|č\.?|#)? ?(?:\d{{1,5}}\b[A-Za-z]?(?:/\d{{1,4}}\w?)?|S/N\b)"  # Rua do Arenque 1634
    rf"|(?:{_NUMBER},? ){{1,2}}\b(?:{_LEAD})\b\.? (?:{_WORD} ?){{1,5}}"  # 31 Rue Al Imam
    rf"|(?:{_NUMBER},? ){{0,2}}\b(?:{_WORD} ){{0,3}}(?:[^\W\d_]*(?:{_TAIL})),? \d{{1,5}}\b[A-Za-z]?\.?"  # Mellemvej 32
    r"|\bp\.? ?o\.? ?box \d+|\b(?:psc|unit|cmr) \d+,? box \d+|\b(?:postfach|casilla|apartado|bp) \d+"
)
_CORE = re.compile(rf"(?<![\w.@/-])(?:{_STREET})(?:[\s,]+{_UNIT})*", re.IGNORECASE)
_STREET_WORDS = frozenset(f"{_TYPE}|{_LEAD}|soseaua|șoseaua|box|psc|unit|cmr|postfach|casilla|apartado|bp".split("|"))
_STREET_ENDS = tuple(_TAIL.replace("rkp\\.?", "rkp|rkp.").replace("\\", "").split("|"))
_WORD_ENDS = tuple(end.rstrip(".") for end in _STREET_ENDS)
_WORDS = re.compile(r"c/|[^\W\d_]+")
_DIGIT, _DIGITS, _SPACES = re.compile(r"\d"), re.compile(r"\d+"), re.compile(r"\s")
BESIDE = 120
"""Signs around a digit in which its street is looked for, and on to the end of a word."""
_UNIT_ALONE = re.compile(r"(?<!\w)(?:apt|suite|ste|flat)\.? *#? *\d{1,5}[a-z]?\b(?:[\s,]+\d{1,6})?", re.IGNORECASE)
_CORNER = re.compile(r"\b(?:the )?corner of (?:[\w.'’-]+ ){1,5}and (?:[\w.'’-]+ ?){1,3}", re.IGNORECASE)
_NO_STREET = frozenset({"during", "ring", "spring", "string", "bring"})
_BOX = re.compile(r"p\.? ?o\.? ?box|(?:psc|unit|cmr|postfach|casilla|apartado|bp) ", re.IGNORECASE)
_UNIT_END = re.compile(rf"(?:[\s,]+{_UNIT})+$", re.IGNORECASE)
_KIND = re.compile(rf"(?:{_TYPE})\.?|(?:{_LEAD})\.?|[^\W\d_]*(?:{_TAIL})\.?", re.IGNORECASE)
_FOREIGN = re.compile(
    r"aleja|al\.?|plac|osiedle|jalan|jl\.?|strada|alameda|travessa|aleea|intrarea|bulevardul|soseaua|drumul|andador|privada|pasaje|calzada|vicolo|đường|phố|rue|chemin|allée|quai|impasse|viale|corso|strada|calle|avenida|avda|paseo|carrer|rua|travessa|praça|ul\.?|ulica|tér|út|utca|rkp\.?|náměstí|nám\.?|třída|ulice|strasse|straße|str\.?|blvd\.?|gasse|weg|platz|gade|vej|katu|tie|gata|vägen",
    re.IGNORECASE,
)
"""Words for a street that English does not use otherwise."""
_TOLD = re.compile(
    r"\b(?:address(?:es)?(?: is| was|:| to(?: the same)?:?)+|lives? (?:at|in)|lived (?:at|in)|living at|meet me at|located at|office at|moved to"
    r"|ship(?:ped)? (?:it )?to|deliver(?:ed)? (?:it )?to|reside[sd]? at|live in|branch at|at)\s+(?:the same: *)?",
    re.IGNORECASE,
)
_LABELS = (
    "address",
    "street",
    "residence",
    "ship",
    "bill",
    "deliver",
    "anschrift",
    "adres",
    "dirección",
    "domicilio",
    "indirizzo",
    "endereço",
    "morada",
    "osoite",
    "lakcím",
    "alamat",
    "địa chỉ",
    "адрес",
    "地址",
    "住址",
    "住所",
    "주소",
)
_TOLD_SURELY = re.compile(
    r"(?:\b(?:address(?:es)?(?: is now| is| was|:|\?| to(?: the same)?:)+|(?:(?:home|street|residence|ship(?:ping)?(?: to)?|bill(?:ing)?(?: to)?|deliver(?:y)?(?: to)?|anschrift|adress?e?|dirección|domicilio|indirizzo|endereço|morada"
    r"|adresa|adresă|osoite|lakcím|alamat|địa chỉ|адреса?) ?:))|(?:地址|住址|住所|주소) ?[:：])[ \n]*(?<=[ \n:：])",
    re.IGNORECASE,
)
_ANY_FORM = re.compile(r"(?!(?:19|20)\d\d\b)(?=[^\n]{0,40}\d)(?![^\n]{0,40}@)[^\W_][^\n.!?。！？]{7,60}")
_TOLD_FORM = re.compile(
    rf"(?=[^.!?\n]{{0,60}}\d)(?:(?:{_NUMBER},? )?{_NUMBER},? )?(?:{_UPPER}[\w.'’-]*|of|and|de|la|do|da|du|des|the|le|al|el)\b"
    rf"(?: (?:{_UPPER}[\w.'’-]*|of|and|de|la|do|da|du|des|the|le|al|el|{_NUMBER})(?!\w))*"
)
_TOWN = r"[^\W\d_](?:[\w'’-]|\.(?=\w))*(?:(?<=\b\w\w)\.|(?<=\b\w)\.)?"
_LAST = re.compile(r"(?:[\s,;:]+(?:and|or|please|the|to|of|in|at|is|was|where|which)\b)*[\s,;:]*$")
_PLACED = re.compile(
    rf"^\d{{1,6}}[A-Za-z]? (?:\d{{1,5}} )?{_UPPER}\w+(?! \d{{4}}$)|^(?!the ){_UPPER}[\w.'’-]+(?: [\w.'’-]+){{0,4}} \d{{1,4}}\b"
)
_CITY = re.compile(
    rf"[ ]?(?:\n ?| ?, ?|\n ?, ?| )(?:(?:{_UNIT})|(?:\d{{4,6}} )?{_TOWN}(?: \(?{_TOWN}\)?){{0,3}}(?:[ ,]+(?:[A-Z]{{2,3}} )?[A-Z0-9-]*\d[\w-]*)?|\d{{4,6}})(?=$|[\n,.;:!?)\x1f，。、；！？）]|(?<=\d\d\d\d) )",
    re.IGNORECASE,
)


def addresses(text: str) -> Iterator[Found]:
    """Yield the postal addresses of a text, each with its flat, town and postal code."""
    yield from _joined(sorted(_each(text), key=lambda one: one.start), text)


def _joined(pieces: list[Found], text: str) -> Iterator[Found]:
    """Yield the pieces, those that overlap as one."""
    for start, end in merged((piece.start, piece.end) for piece in pieces):
        yield found("address", text, start, end)


def _each(text: str) -> Iterator[Found]:
    """Yield each find of each pattern. Most texts hold no digit, most digits no street beside them: those cost a look only."""
    lower = text.lower()
    if names_a_road(words_in(text)):
        yield from (found("address", text, start, end) for start, end in by_place(text))
    if "corner of" in lower:
        yield from (_grown(text, match.start(), match.end()) for match in _CORNER.finditer(text))
    if ((":" in text and _DIGIT.search(text)) or "address" in lower) and any(label in lower for label in _LABELS):
        yield from _told(text, _TOLD_SURELY, _ANY_FORM)
    if not _DIGIT.search(text):
        return
    yield from (_grown(text, start, end) for start, end in by_form(text))
    yield from (_grown(text, match.start(), match.end()) for match in _UNIT_ALONE.finditer(text))
    yield from (_grown(text, one.start(), one.end()) for one in _told_forms(text) if _PLACED.search(one[0]))
    if not _may_hold_a_street(text):
        return
    capitals = text != lower
    for start, end in _windows(text):
        for match in _CORE.finditer(text, start, end):
            if _named(match[0], capitals=capitals):
                yield _grown(text, match.start(), match.end())


def _told(text: str, announced: re.Pattern[str], form: re.Pattern[str]) -> Iterator[Found]:
    for told in announced.finditer(text):
        one = form.match(text, told.end())
        if one:
            yield _grown(text, one.start(), one.end())


def _told_forms(text: str) -> Iterator[re.Match[str]]:
    return (form for told in _TOLD.finditer(text) if (form := _TOLD_FORM.match(text, told.end())))


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text around digits in which a word for a street stands, cut between words; none over another."""
    spaces = [one.start() for one in _SPACES.finditer(text)]
    around = ((max(0, one.start() - BESIDE), min(len(text), one.end() + BESIDE)) for one in _DIGITS.finditer(text))
    for start, end in merged((_wordwise(text, spaces, start, end) for start, end in around)):
        if _hinted(text[start:end].lower()):
            yield start, end


def _may_hold_a_street(text: str) -> bool:
    """Return whether a word for a street is among a text's words, or ends one."""
    words = words_in(text)
    return not _STREET_WORDS.isdisjoint(words) or any(word.endswith(_WORD_ENDS) for word in words) or "c/" in text.lower()


def _hinted(part: str) -> bool:
    """Return whether a word for a street stands in a part of a text: where there is none the costly pattern finds nothing."""
    if not _STREET_WORDS.isdisjoint(_WORDS.findall(part)):
        return True
    return any(part[max(0, one.start() - 40) : one.start()].rstrip(" ,").endswith(_STREET_ENDS) for one in _DIGITS.finditer(part))


def _wordwise(text: str, spaces: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """Return a part of the text widened to whole words; `spaces` are the places of all white space in it, in order."""
    before, after = bisect.bisect_left(spaces, start), bisect.bisect_left(spaces, end)
    return spaces[before - 1] + 1 if before else 0, spaces[after] if after < len(spaces) else len(text)


def _named(match: str, *, capitals: bool) -> bool:
    """Return whether the street has a name: in a text with capitals "2 hours drive" and "scoring 14" are none."""
    if not capitals or _BOX.match(match):
        return True
    words = re.findall(r"[^\W\d_][\w.'’-]*", _UNIT_END.sub("", match))
    kind = [word for word in words if _KIND.fullmatch(word) and word.casefold() not in _NO_STREET]
    if not any(word[0].isupper() for word in words) or re.search(r"\b(?:19|20)\d\d (?:on|study|in)\b|\d, and\b", match):
        return False
    return any(word[0].isupper() or _FOREIGN.fullmatch(word) for word in kind)


def _grown(text: str, start: int, end: int) -> Found:
    """Return an address with the lines that belong to it: up to four more parts, each a flat, a town, a country or a postal code."""
    before = re.search(rf"(?:\b{_UNIT} +)?(?:\b\d{{1,6}} +){{0,2}}$", text[max(0, start - 30) : start], re.IGNORECASE)
    if before and before[0]:
        start -= len(before[0])
    for _ in range(5):
        more = _CITY.match(text, end)
        if not more or (more[0].startswith(" ") and not more[0].strip()[:1].isupper() and "," not in more[0]):
            break
        end = more.end()
    return found("address", text, start, start + len(_LAST.sub("", text[start:end])))
