"""How many phone numbers of many countries `burnish scrub` finds in invented sentences: `python benchmarks/phones.py [--prose FILE.jsonl]`.

Faker makes the numbers, as each country writes them, by a fixed seed. Half the locales and half the sentences are for development; the
other half were written at the same time and are only ever counted (`--show` prints misses of the development half alone). Four settings:
`told` (a word says what the number is), `placed` (only a country or a town stands in the text), `alone` (nothing tells),
`written` (in a table, a page, a record). A number counts as
found when all of it is covered by one finding. Beside it: numbers that are none (orders, amounts, versions, sums, dates, codes), and,
with `--prose`, every string of a file of rows, in which whatever is found is printed for a person to judge.
"""

import argparse
import hashlib
import importlib.util
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from faker import Faker
from faker.config import AVAILABLE_LOCALES

from burnish.data.scrub.find import private_things

EACH = 20
"""Numbers a locale and a setting."""
TOLD = {
    "development": (
        "You can call me on {phone} after lunch.",
        "Name: A. B.\nPhone: {phone}\nDate: 2021-03-04",
        "My number is {phone}, just text.",
        "If it breaks again at 10, call the desk, they sit at {phone} until 6.",
        "Reach me at {phone} or {phone2}.",
        "{phone} is my mobile, write it down.",
        "Best,\nthe office\n{phone} office\n{phone2} fax",
        "My card is lost, call {phone}.",
        "Mein Telefon: {phone}",
        "Mi teléfono es {phone}, gracias.",
        "Appelez le {phone} avant midi.",
    ),
    "held out": (
        "Please phone {phone} when the parcel is there.",
        "Contact: A. B., tel. {phone}, room 12",
        "Can you ring her? It's {phone}.",
        "Her cell was {phone} last year, at least until 2019.",
        "Dial {phone}, then press 3.",
        "Fax us the form ({phone}).",
        "Kind regards,\nthe desk\n{phone} (mobile)\n{phone2} (home)",
        "For this order our phone is {phone}.",
        "Telefonnummer {phone}, bitte abends.",
        "Il mio cellulare: {phone}",
        "Meu telefone é {phone}.",
    ),
}
PLACED = {
    "development": (
        "I moved to {country} last week. Now it is {phone} for me.",
        "{city}, {country}\n{phone}",
        "She wrote down {phone} before she left {city} for good.",
        "We are in {country}: {phone}, all day.",
    ),
    "held out": (
        "Our friends in {country} gave me this: {phone}",
        "The shop in {city} ({phone}) is open.",
        "{phone}\n{city}\n{country}",
        "Try {phone}, it is somewhere in {country}.",
    ),
}
ALONE = {
    "development": ("Two lines came in, {phone} and nothing more.", "{phone}"),
    "held out": ("Then she wrote {phone} on the wall.", "Note to self, {phone}"),
}
WRITTEN = {
    "development": (
        "name,phone,age\nA,{phone},41",
        "<tr><td>{phone}</td></tr> <b>tel</b>",
        "**{phone}** is the number.",
        "tel:{phone}",
        '{{"mobile": "{phone}", "age": 41}}',
    ),
    "held out": (
        "tel;mail\n{phone};a",
        "<span>Phone</span> <em>{phone}</em>",
        "Call *{phone}*!",
        "phone='{phone}'",
        "| fax | {phone} |",
    ),
}
SETTINGS = {"told": TOLD, "placed": PLACED, "alone": ALONE, "written": WRITTEN}
OTHER = {
    "development": (
        "Order {n} shipped to {country} on 2021-03-04.",
        "The {country} office spent {a} {b} in May and {n} in June.",
        "Call the function with {n} and {m}, then text me what happens.",
        "In {city} {n} people live; in 1990 it were {m}.",
        "It returned 0 {t} {t2} 30 40 and then {n} again.",
        "Ticket {n}: the phone does not ring in {city}.",
        "The song has {n} plays in {country}.",
        "Call me when invoice {n} is paid.",
        "Call it {a}{b} or {n} if you like; the account number is {m}.",
        "The order no. {n}, invoice: {m}. Call back at 12 30 45.",
    ),
    "held out": (
        "Case {n} is about a parcel from {country}.",
        "Between {a} and {b} the {city} index fell from {n} to {m}.",
        "If the account {n} does not answer, phone the bank.",
        "In {country} there are {n} of them, and {m} abroad.",
        "The list was 5 {t} {t2} 20 25, or {n} summed.",
        "Dial in the value {n} on the meter.",
        "Seed {n} gave the same result on the machine in {city}.",
        "She reached {n} points; call it luck.",
    ),
}


def half(name: str) -> str:
    """Return which half a locale belongs to."""
    return "held out" if hashlib.sha256(name.encode()).digest()[0] % 2 else "development"


def locales() -> dict[str, list[str]]:
    """Return the locales of each half that write numbers of their own."""
    halves: dict[str, list[str]] = {"development": [], "held out": []}
    for name in sorted(one for one in AVAILABLE_LOCALES if "_" in one):
        if (
            importlib.util.find_spec(f"faker.providers.phone_number.{name}")
            and hasattr(Faker(name), "phone_number")
            and hasattr(Faker(name), "city")
        ):
            halves[half(name)].append(name)
    return halves


def country(name: str) -> str:
    """Return the English name of a locale's country."""
    from phonenumbers.geodata.locale import LOCALE_DATA

    names = LOCALE_DATA[name[-2:]]
    text = names["en"]
    return str(names[text[1:]] if text.startswith("*") else text)


def sentences(which: str, setting: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield locale, text and the numbers within."""
    for name in locales()[which]:
        maker = Faker(name)
        maker.seed_instance(7)
        for index in range(EACH):
            shape = SETTINGS[setting][which][index % len(SETTINGS[setting][which])]
            numbers = [maker.phone_number(), maker.phone_number()]
            yield (
                name,
                shape.format(phone=numbers[0], phone2=numbers[1], country=country(name), city=maker.city()),
                (numbers if "{phone2}" in shape else numbers[:1]),
            )


def others(which: str) -> Iterator[str]:
    """Yield texts with numbers that are no phones."""
    dice = random.Random(7)
    for name in locales()[which]:
        maker = Faker(name)
        maker.seed_instance(7)
        for shape in OTHER[which]:
            n, m = (str(dice.randrange(10 ** (length - 1), 10**length)) for length in dice.choices(range(6, 12), k=2))
            a, b = dice.randrange(100, 1000), dice.randrange(100, 1000)
            yield shape.format(
                n=n,
                m=m,
                a=a,
                b=b,
                t=dice.randrange(10, 100),
                t2=dice.randrange(10, 100),
                country=country(name),
                city=maker.city(),
            )


def measure(which: str, show: str) -> None:
    """Print the recall of each setting and how many other numbers were taken for phones."""
    for setting in SETTINGS:
        there, hit, by = 0, 0, defaultdict(Counter)
        for name, text, numbers in sentences(which, setting):
            things = [one for one in private_things(text) if one.kind == "phone"]
            for number in numbers:
                start = text.index(number)
                ok = any(one.start <= start and start + len(number) <= one.end for one in things)
                there, hit = there + 1, hit + ok
                by[name][ok] += 1
                if not ok and show == setting:
                    print(f"  missed ({name}): {number!r} in {text!r}")
        low = {
            name: f"{count[True]}/{count.total()}"
            for name, count in by.items()
            if which == "development" and count[True] < 0.7 * count.total()
        }
        print(f"{which}, {setting}: {hit} of {there} ({hit / there:.3f}) {low or ''}")
    texts = list(others(which))
    wrong = [(one.text, text) for text in texts for one in private_things(text) if one.kind == "phone"]
    print(f"{which}: {len(wrong)} other numbers taken for phones in {len(texts)} texts")
    if show == "other":
        print(*(f"  {number!r} in {text!r}" for number, text in wrong), sep="\n")


def strings(value: object) -> Iterator[str]:
    """Yield every string within a row."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def main() -> None:
    """Measure both halves; the prose where it was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", default="", choices=["", *SETTINGS, "other"], help="print this setting's misses (development)")
    parser.add_argument("--prose", type=Path, nargs="*", default=[], help="files of rows (JSON lines) in which finds are printed")
    asked = parser.parse_args()
    measure("development", asked.show)
    if not asked.show:
        measure("held out", "")
    for path in asked.prose:
        texts = [text for line in path.read_text("utf-8").splitlines() if line.strip() for text in strings(json.loads(line))]
        finds = [(one.text, text) for text in texts for one in private_things(text, ("phone",))]
        print(f"{path.name}: {len(finds)} phones in {len(texts)} texts, {sum(map(len, texts)):,} signs")
        for number, text in finds:
            at = text.index(number)
            print(f"  {number!r} in {text[max(0, at - 50) : at + len(number) + 20]!r}")


if __name__ == "__main__":
    main()
