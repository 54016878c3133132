"""How many people of a language whose names no list holds `burnish scrub` finds: `python benchmarks/names.py [--prose FILE.jsonl ...]`.

For each language that Faker has names of, its names are taken out of the lists (the names of all other languages stay), and 60 of them
stand in invented sentences: `full` (first and family name, no word that announces them), `told` (a greeting, a signature), `first` (the
first name alone). Half the languages are for development, the other half were only counted. Found means: half of the signs are covered.
With `--prose`, persons are printed that only the search for unlisted names finds in a file of rows, for a reader to judge.
"""

import argparse
import hashlib
import importlib
import json
import pkgutil
import random
import warnings
from pathlib import Path

import faker.providers.person as lists_of_names

from burnish.data.scrub import lists, names, strangers
from burnish.data.scrub.find import private_things

warnings.simplefilter("ignore")
SENTENCES = {
    "full": (
        "We saw {full} at the market.",
        "Yesterday {full} brought the keys back.",
        "{full} is a friend of ours from school.",
        "The keys are with {full}, ask there.",
        "I think that {full} will pay.",
        "{full}, can you check this?",
        "It was {full} who broke the lamp.",
    ),
    "told": ("My name is {full}.", "Hi {full}, thanks for your help.", "Regards,\n{full}", "Name: {full}\nAge: 4"),
    "first": ("We saw {first} at the market.", "{first} will pay tomorrow.", "Thanks {first}!", "Is {first} there?"),
}
EACH = 20
"""Names a language and a setting."""
LEAST = 30
"""Family names with a capital that a language must have to be asked."""
MODULES = [module.name for module in pkgutil.iter_modules(lists_of_names.__path__) if "_" in module.name]


def own(locale: str, prefix: str) -> list[str]:
    """Return a locale's own names, three letters or more, with a capital."""
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    keys = [key for key in dir(provider) if key.startswith(prefix) and isinstance(getattr(provider, key), list | tuple | dict)]
    values = {str(one[0] if isinstance(one, tuple) else one) for key in keys for one in getattr(provider, key)}
    return sorted(value for value in values if len(value) > 2 and value[0].isupper())


def without(locale: str, prefix: str) -> frozenset[str]:
    """Return the words of all names but those of a language."""
    values = (value for other in MODULES if other[:2] != locale[:2] for value in own(other, prefix))
    return (
        frozenset(part for value in values for part in value.casefold().replace("-", " ").split() if part.isalpha())
        - lists.COMMON
    )


def take_out(locale: str) -> None:
    """Let the rules see lists without a language's names."""
    first, family = without(locale, "first_name"), without(locale, "last_name")
    for module in (lists, names, strangers):
        for name, words in (("first_names", first), ("family_names", family), ("called", first | family)):
            if hasattr(module, name):
                setattr(module, name, lambda words=words: words)


def found(text: str, name: str) -> bool:
    """Return whether at least half of a name's signs are covered."""
    start = text.index(name)
    things = private_things(text, ("person",))
    return sum(max(0, min(start + len(name), one.end) - max(start, one.start)) for one in things) >= len(name) / 2


def measure(which: str, locales: list[str]) -> None:
    """Print the share found in each setting."""
    hits = dict.fromkeys(SENTENCES, 0)
    for locale in locales:
        take_out(locale)
        dice = random.Random(5)
        first_names, family_names = own(locale, "first_name"), own(locale, "last_name")
        for setting, shapes in SENTENCES.items():
            for index in range(EACH):
                first, full = (first := dice.choice(first_names)), f"{first} {dice.choice(family_names)}"
                text = shapes[index % len(shapes)].format(first=first, full=full)
                hits[setting] += found(text, first if setting == "first" else full)
    shares = ", ".join(f"{setting} {hit / EACH / len(locales):.3f}" for setting, hit in hits.items())
    print(f"{which}, {len(locales)} locales of {len({one[:2] for one in locales})} languages: {shares}")


def strings(value: object) -> list[str]:
    """Return every string within a row."""
    if isinstance(value, list | dict):
        return [text for one in (value.values() if isinstance(value, dict) else value) for text in strings(one)]
    return [value] if isinstance(value, str) else []


def prose(path: Path) -> None:
    """Print the persons of a file that no list and no word announced."""
    texts = [text for line in path.read_text("utf-8").splitlines() if line.strip() for text in strings(json.loads(line))]
    every = [private_things(text, ("person",)) for text in texts]
    search, names.stranger = names.stranger, lambda *_: None
    before = [{(one.start, one.end) for one in private_things(text, ("person",))} for text in texts]
    names.stranger = search
    new = [
        (text, one)
        for text, things, old in zip(texts, every, before, strict=True)
        for one in things
        if (one.start, one.end) not in old
    ]
    print(f"{path.name}: {sum(map(len, every))} persons, {len(new)} of them by the search for unlisted names")
    for text, one in new:
        print(f"  {text[max(0, one.start - 30) : one.start]!r} {one.text!r} {text[one.end : one.end + 20]!r}")


def main() -> None:
    """Judge the prose with the whole lists first, then both halves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prose", type=Path, nargs="*", default=[])
    for path in parser.parse_args().prose:
        prose(path)
    asked = [one for one in MODULES if own(one, "first_name") and len(own(one, "last_name")) > LEAST]
    halves: dict[bool, list[str]] = {False: [], True: []}
    for locale in asked:
        halves[hashlib.sha256(locale[:2].encode()).digest()[0] % 2 == 1].append(locale)
    measure("development", halves[False])
    measure("held out", halves[True])


if __name__ == "__main__":
    main()
