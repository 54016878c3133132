"""Persons: words with a capital that a list, a title or the words around them tell to be somebody's name.

Not covered: names without a capital but where a word announces them ("my name is ann") or two stand in the lists; people called
by a nickname; in languages that write all nouns with a capital, words that are also names.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator

from burnish.data.scrub.ascii_forms import GAP
from burnish.data.scrub.found import Found, found, merged
from burnish.data.scrub.lists import COMMON, called, family_names, first_names, places
from burnish.data.scrub.organizations import named_after
from burnish.data.scrub.strangers import has_meaning, mailed, stranger

_UPPER = r"[^\W\d_a-zß-öø-ÿ]"
_PART = rf"(?:(?:O|D|L|Mc|Mac)['’]?)?{_UPPER}[^\W\d_]*(?:[-'’]{_UPPER}[^\W\d_]+)*"
_INITIAL = rf"{_UPPER}\."
_JOIN = r"(?:van der|van den|van de|van|von|de la|de los|de|del|della|di|da|dos|do|den|der|ter|ten|al|el|bin|ibn|la|le|af|zu|y|e)"
_RUN = re.compile(rf"(?<![\w@#/&.])(?:{_INITIAL} ?)*{_PART}(?: (?:{_INITIAL} ?)+{_PART}| (?:{_JOIN} )?{_PART})*(?![\w@])")
_TITLE = re.compile(
    r"\b(?:mrs?|ms|miss|mx|dr|prof(?:essor)?|sir|lady|herr|frau|fr|mme|mlle|m|sr|sra|señora?|signora?|uncle|aunt)\.? *$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:\bname(?:'s| is| was|:| on \w+ \w+\? \w+:| \w+ is)|\bname\?|\bi am|\bi['’]?m|\bthis is|\bcalled|\bnamed|\bdear|\bhi|\bhello|\bhey"
    r"|\bregards,?|\bcheers,?|\bsincerely,?|\byours,?|\bsigned:?|\bfrom:|\bto:|\bcc:|\bauthor:|\bsays|\bsaid|\basked|\bwrote|\bby|\bproducer"
    r"|\b(?:assistant|reports?|reported|married|engaged|speak|spoke|talk|talked) (?:to|with)|\bmother|\bfather|\bsister|\bbrother|\bwife|\bhusband|\bson|\bdaughter|\bcolleague|\bboss|\bfriend|\bmanager|\bcontact:?|\bclient"
    r"|\bcustomer:?|\bpatient:?|\bemployee:?|\bsinger|\bactor|\bdirector|\bauthor|\bfounders?:|\bmet|\bask|\btell|\bthanks,?|\bthank you,?"
    r"|\bneighbou?r|\bcousin|\bnephew|\bniece|\bgrandmother|\bgrandfather|\bteacher|\blandlord|\btenant|\bguest|\bcoach|\bcaptain|\bpresident|\bminister|\bsenator|\bjudge"
    r"|\bsurname:?|\battention:?|\battn:?|\bspeakers are|\binterviewed|\bappointed|\bhired|\bmarried|\bphoned|\btexted|\bemailed|\bname of|\bwith us:?|@)"
    r"[\s\"“*_]*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[\s,\"”*_]*(?:['’]s (?:daughter|son|wife|husband|mother|father|sister|brother|friend|house|birthday|desk|team)\b"
    r"|:? ?[\"“]|(?:says|said|asked|told|wrote|writes|explained|explains|replied|points out|lives?|lived|works|worked|called|thinks|thought"
    r"|has to|just has|is from|was born|from|married|spent|and I)\b|(?:Jr|Sr|II|III|IV)\b)",
)
_LABEL_BEHIND = re.compile(
    r" (?:Street|Title|City|Town|Phone|E-?[Mm]ail|Mail|Address|Company|Job|Age|Date|Country|State|Zip|ZIP|Tel|Mobile|Name|Surname|Gender|Sex|Birth|Born|DOB|ID|Number|Role|Position|Department|Organi[sz]ation|Fax|Website|Subject)$"
)
_TOWN_HEADS = (
    "Lake",
    "New",
    "North",
    "South",
    "East",
    "West",
    "Port",
    "Mount",
    "Fort",
    "San",
    "Santa",
    "São",
    "Saint",
    "St.",
    "Los",
    "Las",
    "El",
    "Bad",
    "Nova",
    "Nowy",
    "Nowa",
    "Stara",
    "Nueva",
    "Puerto",
    "Villa",
    "Vila",
    "Ciudad",
    "Kota",
    "Thành",
)
_TOWN = re.compile(rf"(?:{'|'.join(map(re.escape, _TOWN_HEADS))}) {_PART}(?: {_PART})?$")
"""Towns that are called after somebody."""
_QUOTE_BEHIND = re.compile(r"[:\s]{0,3}[\"“]")
_OF_A_PROGRAM = re.compile(r"[A-Z][a-z]{4,}[A-Z]|Kata (?:sandi|laluan|kunci)")
"""A program's own names, "EncryptionKey" ("MacDonald" and "FitzGerald" have fewer small letters first), and "password" in Malay and Indonesian."""
_TOWN_AROUND = re.compile(r"-[a-zß-öø-ÿ]{1,5}-")
_TOWN_BEFORE = re.compile(r"-[a-zß-öø-ÿ]{1,5}-$")
_CALLED_OUT = re.compile(r", (?:(?:can|could|would|will|do|did|are|have) (?:you|we|I)|please|let me)\b")
"""What follows a name that begins a sentence spoken to somebody."""
_JOINED = tuple(f"{word} " for word in _JOIN[3:-1].split("|"))
_TITLED_PARTICLE = re.compile(
    rf"\b(?:[Mm]rs?|[Mm]s|[Mm]iss|[Dd]r|[Pp]rof(?:essor)?|[Ss]ir|Herr|Frau|Mme|Sra?)\.? (?P<particle>{_JOIN} )$"
)
_INITIALED = re.compile(rf"{_PART} (?:{_INITIAL} ?)+(?:{_JOIN} )?{_PART}$")
"""A name with an initial amid it, which little else is written as."""
_NO_NAME = frozenset(
    """
    street road avenue lane drive court square place boulevard apt suite box inc llc ltd corp corporation company group bank gmbh ag
    university college school hospital hotel restaurant church club center centre institute museum park station airport act title
    plc tv fm radio news research press times review award championship cup league festival airlines motors insurance credit capital
    association department ministry services systems solutions technologies software international partners foundation team union islands
    holdings holding capital technologies labs laboratories analytics consulting associates brothers sons studios pharma industries logistics securities realty ventures enterprises networks
    island republic states kingdom county valley mountain river lake sea ocean beach bay city town village dam bowl wars trek cup falls bridge tower gate palace castle airlines grade series movie film show band orchestra north south east west
    """.split()  # noqa: SIM905
)
_LIKELY = re.compile(
    r"\b(?:does|did|see|saw|seen|know|knew|invited?|miss(?:ed)?|if|that|because|with|for|think|thinks|hope|like|joined|told|gave|owes?|appointed|hired|fired|against|beat|defeated|interviewed|elected|succeeded|replaced|blamed|praised|thanked|accused|sued|after|v\.|vs\.|versus|nor|neither|as) $"
)
"""Words after which a family name alone is one, where nothing else speaks against it."""
_IN_PLACE = re.compile(r"\b(?:in|near|across|throughout|outside|inside) $", re.IGNORECASE)
_UNIT = re.compile(r"\b(?:Apt|Suite|Flat|Unit)\b")
_LOWER_TOLD = re.compile(
    r"\b(?:my (?:\w+ )?name is|(?:mrs?|ms|miss|dr|prof)\.?(?= )|name['’]s|(?:last|first|full) name\? *|i['’]m called|call me|sincerely,?\s|regards,?\s)\s*"
    r"(?!(?:not|a|an|the|so|very|just|in|on|at|me|my|maybe|later|back|when|if|anytime)\b)([^\W\d_]{2,}(?: [^\W\d_]{2,}){0,2})",
)
_SENTENCE_START = re.compile(r"(?:^|[.!?:\n\"“”])[\s\"“‘(\[*•-]*$")
_FAMILY = re.compile(
    r"\w{2}(?:d[óo]ttir|ss[oø]n|sen|nen|mann|stein|ov[áa]|ev[áa]|ić|vic|wicz|sk[iya]|skaya|enko|chuk|escu|opoulos|[ií]dis|akis|shvili|[jy]an|[oe]v|[aeiouy]ez|etti|elli|ucci|berg)$"
)
"""Ends of family names in languages that build them so; with a first name or a cue beside it such a word is taken for one."""
_VERB = re.compile(
    r"(?:,)? (?:is|was|has|had|will|can|did|does|would|could|wants|likes|went|goes|came|joined|left|sent|won|lost|beat|scored|fell|ran|started|died|played|led|finished|took|gave|moved|told|retired|resigned|arrived|never|also|still|already)\b"
)
_PARTICLE = re.compile(rf" {_JOIN} ")
_AND_BEFORE = re.compile(rf"({_PART})(?:,| and|,? &|,? or) $")
_AND_AFTER = re.compile(rf"(?:,| and|,? &|,? or) (?:[^\W\d_]\. )*({_PART})")
_PLURAL = re.compile(r"(?: and \w+)? (?:were|are|have|both)\b")
_LOWER_WORD = re.compile(r"(?<![\w@./-])[^\W\d_]{3,}(?![\w@/-])")
_LOWER_PAIR = re.compile(r"(?<![\w@./-])([^\W\d_]{2,}) (?:[^\W\d_]\.? )?([^\W\d_]{2,})(?![\w@/-])")


def persons(text: str) -> Iterator[Found]:
    """Yield the names of people in a text, each without its title."""
    people = [one for match in _RUN.finditer(text) for one in _in_run(text, match.start(), match.end())]
    others = merged(sorted(named_after(text))) if people else []
    starts = [start for start, _ in others]
    for one in people:
        at = bisect.bisect_left(starts, one.end)
        if at == 0 or others[at - 1][1] <= one.start:
            yield one
    if text == text.lower():
        yield from _in_lower(text)


def _in_run(text: str, start: int, end: int) -> Iterator[Found]:
    """Yield the name in a run of words with capitals, once words that only begin the sentence are off its ends."""
    if end - start == 1 or _an_english_word(text, start, end) or _OF_A_PROGRAM.match(text, start):
        return
    if text[start].lower() == text[start].upper() and _QUOTE_BEHIND.match(text, end):  # "他说“...”": no name is told by it
        return
    start = _with_particle(text, start)
    if text.startswith(":", end) and (label := _LABEL_BEHIND.search(text, start, end)):  # "Name: Ann Berg Street: ..."
        end = label.start()
    if _a_town(text, start, end):
        return
    unit = _UNIT.search(text, start, end)
    start, end = _trimmed(text, start, unit.start() if unit else end)
    words = _parts(text[start:end])
    if not words or {*map(str.casefold, words)} <= _HEADS or any(word.casefold() in _NO_NAME for word in words):
        return
    at = start if _weight(text, start, end, words) >= 1.0 else stranger(text, start, end, words)
    if at is not None:
        yield found("person", text, at, end)


def _an_english_word(text: str, start: int, end: int) -> bool:
    """Return whether a run is one English word that no list has and no title announces: most runs are the first word of a sentence."""
    if text.find(" ", start, end) >= 0:
        return False
    word = text[start:end].casefold()
    if word in called() or not has_meaning(word) or "@" in text:
        return False
    return not (text.endswith((" ", "\n"), 0, start) and _ends(text[max(0, start - 12) : start], _TITLE_ENDS))


def _a_town(text: str, start: int, end: int) -> bool:
    """Return whether a run is a town's name, or a part of one: "Lake Bryan", "Becker-sur-Thomas"."""
    if text.startswith(_TOWN_HEADS, start) and _TOWN.match(text, start, end):
        return True
    if text.startswith("-", end) and _TOWN_AROUND.match(text, end):
        return True
    return text[start - 1 : start] == "-" and _TOWN_BEFORE.search(text, max(0, start - 8), start) is not None


def _with_particle(text: str, start: int) -> int:
    """Return where a family name begins that a particle and a title stand before: "Dr. van Velzen"."""
    if not text.endswith(_JOINED, 0, start):
        return start
    before = _TITLED_PARTICLE.search(text, max(0, start - 24), start)
    return before.start("particle") if before else start


def _parts(run: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", run)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a run's ends without the common words at its head ("Producer", "When") and a possessive s at its tail."""
    while True:
        head = re.match(r"([^\W\d_]+)\.?\s+(?=\S)", text[start:end])
        if not head or not (head[1].casefold() in _HEADS or (head[1].casefold() in COMMON and not _listed(head[1]))):
            break
        start += head.end()
    tail = re.search(r"['’]s$", text[start:end])
    return start, end - (2 if tail else 0)


_HEADS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "professor",
        "sir",
        "herr",
        "frau",
        "producer",
        "name",
        "title",
        "surname",
        "the",
        "my",
        "our",
        "your",
        "his",
        "her",
        "their",
        "in",
        "on",
        "at",
        "to",
        "from",
        "hi",
        "hello",
        "hey",
        "dear",
        "with",
        "and",
        "but",
        "for",
        "by",
        "when",
        "where",
        "what",
        "who",
        "is",
        "are",
        "was",
        "were",
        "do",
        "does",
        "did",
        "can",
        "could",
        "would",
        "will",
        "thanks",
        "thank",
        "call",
        "ask",
        "tell",
        "meet",
    ]
)


def _weight(text: str, start: int, end: int, words: list[str]) -> float:
    """Return how much speaks for a name; from 1 on it is taken for one. Weights were set by hand on the development half."""
    before, after = text[max(0, start - 40) : start], text[end : end + 24]
    lower = [word.casefold() for word in words]
    if _ends(before, _TITLE_ENDS) and _TITLE.search(before):
        return 2.0
    cue = bool(_ends(before, _BEFORE_ENDS) and _BEFORE.search(before)) + bool(
        _AFTER.match(after) or (before.endswith(", ") and after.startswith(("!", "?")))
    )
    if " ".join(lower) in places() and not cue:
        return 0.0
    begins = _SENTENCE_START.search(before) is not None and not before.endswith("v. ")
    if begins and len(words) == 1 and len(lower[0]) > 3 and _CALLED_OUT.match(after) and not has_meaning(lower[0]):
        return 1.0
    form = 0.4 if 2 <= len(words) <= 3 else 0.0
    alone = before[-1:] in {"", "\n"} and after[:1] in {"", "\n"} and any(word in called() for word in lower)
    form += 0.5 if alone else 0.3 if _VERB.match(after) and _is_family(lower[-1]) else 0.0
    form += 0.6 if _INITIALED.match(text, start, end) and not (has_meaning(lower[0]) and has_meaning(lower[-1])) else 0.0
    form -= 0.6 if len(words) == 1 and _IN_PLACE.search(before) and not after.startswith(("'s", "’s")) else 0.0
    form += 1.0 if "@" in text and not mailed(text).isdisjoint(lower) else 0.0
    form += 0.5 if _PARTICLE.search(text, start, end) else 0.0
    form += 0.15 if len(lower) == 1 and lower[0] not in COMMON and _LIKELY.search(before) else 0.0
    form -= (
        0.5 if any(2 <= len(word) <= 5 and word.isupper() for word in words) and (text != text.upper() or GAP in text) else 0.0
    )
    return _by_lists(lower, within=not begins) + 0.6 * cue + form + _beside(before, after, lower)


def _ends(before: str, words: tuple[str, ...]) -> bool:
    """Return whether what stands before a name ends as one of its announcements does: far cheaper than the search it spares."""
    return before.rstrip(' \t\n\r"“*_.').lower().endswith(words)


_TITLE_ENDS = (
    *("mr", "mrs", "m", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "lady", "herr", "frau", "fr", "mme", "mlle", "sr"),
    *("sra", "señor", "señora", "signor", "signora", "uncle", "aunt"),
)
_BEFORE_ENDS = (
    *("name's", "name’s", "says", "regards", "cheers", "yours", "thanks", " is", " was", ":", "?", "i am", "im", "i'm", "i’m"),
    *(
        "called",
        "named",
        "dear",
        "hi",
        "hello",
        "hey",
        "regards,",
        "cheers,",
        "sincerely",
        "sincerely,",
        "yours,",
        "signed",
        "said",
    ),
    *("asked", "wrote", "by", "producer", " to", " with", "mother", "father", "sister", "brother", "wife", "husband", "son"),
    *("daughter", "colleague", "boss", "friend", "manager", "contact", "client", "customer", "patient", "employee", "singer"),
    *(
        "neighbour",
        "neighbor",
        "cousin",
        "nephew",
        "niece",
        "grandmother",
        "grandfather",
        "teacher",
        "landlord",
        "tenant",
        "guest",
        "coach",
        "captain",
    ),
    *(
        "president",
        "minister",
        "senator",
        "judge",
        "surname",
        "attention",
        "attn",
        "speakers are",
        "interviewed",
        "appointed",
        "hired",
        "married",
        "phoned",
    ),
    *("texted", "emailed", "name of", "with us"),
    *("actor", "director", "author", "met", "ask", "tell", "thanks,", "thank you", "thank you,", "@"),
)


def _by_lists(lower: list[str], *, within: bool) -> float:
    first = any(part <= first_names() for part in ({*word.split("-")} for word in lower[:-1] or lower))
    last = _is_family(lower[-1].split("-")[-1] if len(lower) > 1 else lower[-1])
    if len(lower) == 1:
        known = 1.0 if first else 0.7 + 0.2 * within if last else 0.0
        return known or (0.4 if not has_meaning(lower[0]) or (within and lower[0] in called()) else 0.0)
    return 0.8 * first + 0.7 * last + (0.0 if first or last else 0.2 if any(word in called() for word in lower) else 0.0)


def _is_family(word: str) -> bool:
    return word in family_names() or (_FAMILY.search(word) is not None and word not in COMMON)


def _beside(before: str, after: str, lower: list[str]) -> float:
    """Return what a name that stands on the other side of an "and" says for this one."""
    other = _AND_BEFORE.search(before) or _AND_AFTER.match(after)
    if not other:
        return 0.0
    if any(word in COMMON for word in lower):
        # "Muslija and Brown were": a capital within the sentence, a listed name, and a verb for two
        return 0.6 if _AND_BEFORE.search(before) and lower[-1] in called() and _PLURAL.match(after) else 0.2
    return 0.6 if other[1].casefold() in called() or _PLURAL.match(after) else 0.2


def _listed(word: str) -> bool:
    return word.casefold() in called()


def _in_lower(text: str) -> Iterator[Found]:
    """Yield names in a text without any capital: announced ones, and a listed first name before a listed family name."""
    for match in _LOWER_TOLD.finditer(text):
        yield found("person", text, match.start(1), match.end(1))
    for match in _LOWER_PAIR.finditer(text):
        if match[1] in first_names() and match[2] in family_names():
            yield found("person", text, match.start(), match.end())
    for match in _LOWER_WORD.finditer(text):
        before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 24]
        if match[0] in first_names() and (_BEFORE.search(before) or _AFTER.match(after)):
            yield found("person", text, match.start(), match.end())
