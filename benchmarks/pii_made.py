"""How much `burnish scrub` finds in sentences made for it: `python benchmarks/pii_made.py [--names spacy:MODEL] [--show KIND] [--per 12]`.

The sentences are of the kind of Microsoft's presidio-research set (messages to a desk, news, letters, forms, several lines of an address),
but written here, in one go, before any was tried. Half are for development; the other half is only ever counted (`--show` prints the
development half alone). Faker draws what fills them, from some thirty languages, by a fixed seed. A third of all names' words, by their
hash, are taken out of the lists that scrub knows (as a third of that set's names stand in no list), other thirds for the two halves.
Judged as benchmarks/pii.py does.
"""

import argparse
import hashlib
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path

from faker import Faker

sys.path.insert(0, str(Path(__file__).parent))
import pii

from burnish.data.scrub import lists, names, strangers

LOCALES = (
    *(
        "en_US",
        "en_GB",
        "en_AU",
        "en_NZ",
        "en_IN",
        "de_DE",
        "fr_FR",
        "es_ES",
        "es_MX",
        "it_IT",
        "pt_BR",
        "pt_PT",
        "nl_NL",
        "da_DK",
        "sv_SE",
    ),
    *(
        "no_NO",
        "fi_FI",
        "pl_PL",
        "cs_CZ",
        "hu_HU",
        "hr_HR",
        "sl_SI",
        "ro_RO",
        "tr_TR",
        "vi_VN",
        "id_ID",
        "et_EE",
        "lt_LT",
        "zu_ZA",
        "yo_NG",
    ),
)
DEVELOPMENT = (
    "My flat is at {address} and the heating there is broken again.",
    "Could you tell {person} that the parcel went to {address}?",
    "{organization} has appointed {person} as its new head of sales in {town}.",
    "Hello, this is {person}. I moved, please use {address} from May on.",
    "{person} and {person} run a bakery in {town}.",
    "The shop of {organization} is on {road}, right beside the station.",
    "Ship to:\n{person}\n{address}",
    "{full}\n{organization}\n{address}\n{phone}",
    "When did {person} start at {organization}?",
    "I would like to change the name on my account from {full} to {full}.",
    '"We were lucky," said {person}, who grew up in {town}.',
    "{last} won the second set against {last} in {town} on Sunday.",
    "A spokesman for {organization} said that {last} would not comment.",
    "Is {first} still living in {country}?",
    "Our guest tonight is {full}, author of three novels.",
    "Title: {title} Name: {full} Street: {street}",
    "The new branch of {organization} opens at {address} next week.",
    "{first}, can you bring the keys to {street}?",
    "I was born in {town} but my parents are from {country}.",
    "{title} {last} will see you at {hour}.",
    "Send the invoice to {organization}, {address}.",
    "The {nationality} team of {organization} met {person} in {country}.",
    "My neighbour {full} lives at {street}.",
    "Please cancel the order of {full}, customer number {number}.",
    "{full} was a {nationality} painter. She died in {town} in {year}.",
    "Meet us at {corner} at {hour}.",
    "The match between {town} and {town} was stopped after {last} fell.",
    "What is the postcode of {street} in {town}?",
    "{organization} v. {last}, decided in {year}",
    "Thanks for everything!\n{first} {last}\n{title} of Physics",
    "Tell me the opening hours of {organization} in {town}, {country}.",
    "I have sent {money} to {full} by mistake.",
    "Where does {first} {last} live? At {street}, {town}.",
    "Her brother {first} works for {organization} as a driver.",
    "As {last} wrote in {year}, few towns are as old as {town}.",
    "Room bookings: {full}, {full}, and {full}.",
    "{person} signed with {organization} after four years at {organization}.",
    "Do you know {road}? It is the one with the trees.",
    "Bill to: {address}",
    "The taxi from {street} to {street} took an hour.",
    "We interviewed {person} about the flood in {town}.",
    "Who owns {organization} now, {last} or {last}?",
    "{full} ({organization}) and {full} ({organization}) will speak.",
    "Return address: {address}. Thank you.",
    "My card was stolen near {road}. My name is {full}.",
)
HELD_OUT = (
    "The meter at {address} has not been read since {year}.",
    "Was it {person} who ordered the flowers for {address}?",
    "{person}, until now at {organization}, becomes the chair of {organization}.",
    "Good morning, {first} {last} here. What was sent to {address} never came.",
    "{person} met {person} at a wedding in {town}.",
    "You find {organization} on {road} in {town}.",
    "Deliver this to\n{address}\nand ask for {first}.",
    "From: {full}\nTo: {full}\nWe are at {address} now.",
    "Has {person} ever worked for {organization}?",
    "The lease is in the name of {full}; please add {full} to it.",
    '"Nobody told us," {person} told reporters in {town}.',
    "{last} beat {last} by a point in {country}.",
    "According to {organization}, {last} had left the firm by then.",
    "I heard that {first} moved back to {country}.",
    "With us in the studio: {full}, who directed the film.",
    "Surname: {last}\nGiven name: {first}\nResidence: {address}",
    "{organization} is moving its offices to {address} this autumn.",
    "{first} said the door at {street} is open.",
    "We spent a week in {town} and another in {town}, {country}.",
    "Is {title} {last} in on Fridays?",
    "{organization}\n{address}\nAttention: {full}",
    "{person} is the first {nationality} to lead {organization}.",
    "The house of {full} at {street} is for sale.",
    "Refund {money} to {full}, please.",
    "{full}, a {nationality} singer, was born in {town}.",
    "It happened on {corner}, just after {hour}.",
    "{town} lost to {town} although {last} scored twice.",
    "How do I get to {street} from {town}?",
    "The case of {last} against {organization} goes on.",
    "Best wishes\n{title} {first} {last}",
    "Does {organization} have a shop in {town}?",
    "Why was {money} taken from the account of {full}?",
    "{first} {last} can be found at {street}, {town}, {country}.",
    "{first} has a cousin at {organization}.",
    "{last} ({year}) describes the walls of {town}.",
    "Present: {full}, {full}, {full}. Absent: {first} {last}.",
    "After two seasons with {organization}, {person} went home to {country}.",
    "There is a hole in {road} near the church.",
    "Mail the form to {address}.",
    "Between {street} and {street} the road is closed.",
    "{person} saw the fire in {town} from the hill.",
    "Neither {last} nor {last} has answered {organization}.",
    "Speakers are {full} of {organization} and {full} of {organization}.",
    "Our new address: {address}. Please note it.",
    "I lost my bag on {road}, I am {full}.",
)
CORE = (
    "Nautic",
    "Data",
    "Cloud",
    "Plot",
    "Health",
    "Bale",
    "Civic",
    "Trans",
    "Nor",
    "Sim",
    "Lumen",
    "Area",
    "Hop",
    "Zon",
    "Pred",
)
TAIL = ("ytics", "fire", "watt", "made", "stop", "io", "sight", "weave", "ora", "pocket", "soft", "works", "ability", "mark")
SUFFIX = (
    "Inc",
    "Inc.",
    "LLC",
    "Ltd",
    "GmbH",
    "Group",
    "Corporation",
    "Bank",
    "Capital",
    "Life Technologies",
    "Solutions",
    "Holdings",
    "and Sons",
    "PLC",
)
KNOWN = (
    "Morgan Stanley",
    "Allianz",
    "Deutsche Bank",
    "Walmart",
    "Credit Karma",
    "Goldman Sachs",
    "Marks & Spencer",
    "Zillow",
    "Johnson & Johnson",
    "Charles Schwab",
)
TITLES = ("Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "Miss")


class Maker:
    """Draws what fills the gaps of a sentence."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.fakers = [Faker(locale) for locale in LOCALES]
        for number, faker in enumerate(self.fakers):
            faker.seed_instance(seed + number)
        self.english = self.fakers[0]
        self.kinds: dict[str, tuple[str, Callable[[], str]]] = {
            "address": ("STREET_ADDRESS", self.address),
            "street": ("STREET_ADDRESS", self.street),
            "road": ("STREET_ADDRESS", self.road),
            "corner": ("STREET_ADDRESS", lambda: f"the corner of {self.road()} and {self.road()}"),
            "person": ("PERSON", self.person),
            "full": ("PERSON", self.full),
            "first": ("PERSON", lambda: self.latin("first_name")),
            "last": ("PERSON", lambda: self.latin("last_name")),
            "organization": ("ORGANIZATION", self.organization),
            "town": ("GPE", lambda: self.latin("city")),
            "country": ("GPE", self.english.country),
            "phone": ("PHONE_NUMBER", lambda: f"({self.dice.randrange(201, 990)}) 555-{self.dice.randrange(1000, 9999)}"),
            "title": ("TITLE", lambda: self.dice.choice(TITLES)),
            "hour": ("", lambda: f"{self.dice.randrange(7, 22)}:{self.dice.choice(('00', '15', '30'))}"),
            "year": ("", lambda: str(self.dice.randrange(1900, 2026))),
            "number": ("", lambda: str(self.dice.randrange(10**6, 10**7))),
            "money": ("", lambda: f"{self.dice.randrange(20, 900)} euros"),
            "nationality": (
                "NRP",
                lambda: self.dice.choice(("Danish", "Polish", "Kenyan", "French", "Chilean", "Thai", "Scottish")),
            ),
        }

    def latin(self, what: str) -> str:
        """Return a drawn value in Latin letters."""
        while True:
            faker = self.dice.choice(self.fakers)
            value = str(getattr(faker, what)())
            if re.match(r"[A-Za-zÀ-ž]", value):
                return value

    def full(self) -> str:
        first, last = self.latin("first_name"), self.latin("last_name")
        initial = f" {self.dice.choice('ABCDEFGHJKLMNPRSTW')}." if self.dice.random() < 0.25 else ""
        whole = f"{first}{initial} {last}"
        return whole.lower() if self.dice.random() < 0.03 else whole

    def person(self) -> str:
        return self.dice.choice((self.full, self.full, self.full, self.kinds["first"][1], self.kinds["last"][1]))()

    def road(self) -> str:
        """Return a street without a number."""
        return re.sub(r"^\d+[\w/-]*,? |,? (?:n\.?|nr\.?|č\.)? ?\d+[\w/ -]*\.?$", "", self.latin("street_name"))

    def street(self) -> str:
        return (
            self.latin("street_address").replace("\n", ", ")
            if self.dice.random() < 0.8
            else f"{self.road()} {self.dice.randrange(1, 200)}"
        )

    def address(self) -> str:
        dice, house, flat = (
            self.dice,
            str(self.dice.randrange(10, 99999)),
            f"{self.dice.choice(('Apt.', 'Suite'))} {self.dice.randrange(100, 999)}",
        )
        street, town, country, code = self.street(), self.latin("city"), self.english.country(), self.english.postcode()
        state = self.english.state_abbr()
        forms = (
            f"{house} {street} {flat} {town} {state}",
            f"{house} {street}\n {flat}\n {town}\n {country} {code}",
            f"{self.road()} {self.road()}\n {flat}\n {town}\n {country}",
            f"{street}, {town}, {country}",
            f"{house} {street} {flat}, {town}, {country} {code}",
            f"{street}\n{town}, {state} {code}",
            f"{house} {street}\n{town}\n, {state}\n {country} {code}",
            f"{street}\n{code} {town}",
            f"{street}, {code} {town}",
            f"{street}, {town}",
            f"P.O. Box {dice.randrange(10, 9999)}, {town} {code}",
            f"PSC {dice.randrange(10, 9999)}, Box {dice.randrange(10, 9999)}\nAPO AE {code}",
            f"Unit {dice.randrange(10, 9999)} Box {dice.randrange(10, 9999)}\nDPO AP {code}",
            f"USS {self.latin('last_name')}\nFPO AE {code}",
            f"{flat}, {street}, {town}",
            f"{self.fakers[1].street_address().replace(chr(10), ', ')}, {self.fakers[1].city()}, {self.fakers[1].postcode()}",
            f"{self.english.street_address()}, {self.english.city()}, {state} {code}",
        )
        return dice.choice(forms)

    def organization(self) -> str:
        dice = self.dice
        forms = (
            lambda: self.latin("company"),
            self.english.company,
            lambda: f"{self.english.last_name()}-{self.english.last_name()}",
            lambda: f"{self.english.last_name()}, {self.english.last_name()} and {self.english.last_name()}",
            lambda: f"{self.latin('last_name')} {dice.choice(SUFFIX)}",
            lambda: dice.choice(CORE) + dice.choice(TAIL),
            lambda: f"{dice.choice(CORE)}{dice.choice(TAIL)} {dice.choice(SUFFIX)}",
            lambda: dice.choice(KNOWN),
        )
        return dice.choice(forms)()

    def row(self, template: str) -> dict:
        """Return a row as presidio-research's are."""
        text, spans = "", []
        for piece in re.split(r"(\{\w+\})", template):
            kind, draw = self.kinds.get(piece.strip("{}"), ("", None)) if piece.startswith("{") else ("", None)
            value = draw() if draw else piece
            if kind:
                spans.append(
                    {
                        "entity_type": kind,
                        "entity_value": value,
                        "start_position": len(text),
                        "end_position": len(text) + len(value),
                    }
                )
            text += value
        return {"full_text": text, "spans": spans, "template_id": template}


def forget(part: int) -> None:
    """Take a third of all names' words out of the lists, by their hash."""

    def kept(words: frozenset[str]) -> frozenset[str]:
        return frozenset(word for word in words if hashlib.sha256(word.encode()).digest()[0] % 3 != part)

    for name in ("first_names", "family_names", "called"):
        words = kept(getattr(lists, name)())
        for module in (lists, names, strangers):
            if hasattr(module, name):
                setattr(module, name, lambda words=words: words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", default="", help="print what is missed and wrong of this kind (development)")
    parser.add_argument("--per", type=int, default=12, help="rows a template")
    parser.add_argument("--half", choices=["development", "held out", "both"], default="both")
    parser.add_argument("--names", default="", help="a model of names beside the rules: spacy:MODEL or gliner:FOLDER")
    asked = parser.parse_args()
    whole = {name: getattr(lists, name) for name in ("first_names", "family_names", "called")}
    for half, templates, seed in (("development", DEVELOPMENT, 11), ("held out", HELD_OUT, 977)):
        if asked.half not in {half, "both"}:
            continue
        maker = Maker(seed)
        rows = [maker.row(template) for template in templates for _ in range(asked.per)]
        for name, words in whole.items():
            setattr(lists, name, words)
        forget(seed % 3)
        strangers.has_meaning.cache_clear()
        print(f"{half}: {len(rows)} rows of {len(templates)} sentences")
        pii.measure(rows, asked.show if half == "development" else "", asked.names)
        print()


if __name__ == "__main__":
    main()
