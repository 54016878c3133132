"""Countries that a text speaks of, for numbers that mean something in one country alone: by its name, a town, a prefix, a web address.

Not covered: countries that only the language tells, towns that no list holds, names in scripts that leave no gap between words.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from burnish.data.library import library
from burnish.data.scrub.lists import COMMON

_WORD = re.compile(r"[^\W\d_][^\W\d_]*(?:['’.-][^\W\d_]+)*")
_WORDS_IN_NAME = 3
_PREFIX = re.compile(r"(?<![\w+])(?:\+|00)[ (]{0,2}(\d{1,3})")
_WEB = re.compile(r"(?:@|://|www\.)[\w.-]*\.([a-z]{2})(?![\w.]\w)", re.IGNORECASE)
_FOR_ALL = frozenset({"AI", "CC", "CO", "FM", "IO", "LY", "ME", "SH", "TK", "TO", "TV", "WS"})
"""Countries whose ending of web addresses stands for no country in use."""
_SHORTEST = 4
"""Signs of a name; shorter ones are too often another word."""


@functools.lru_cache(maxsize=8)
def regions_of(text: str) -> frozenset[str]:
    """Return the countries (ISO 3166, two capitals) that a text names or hints at.

    >>> sorted(regions_of("From Norway to Odense, or +33 1 70 18 99 00, anna@firma.nl"))
    ['DK', 'FR', 'NL', 'NO']
    """
    return frozenset((*_named(text), *_prefixed(text), *_of_the_web(text)))


def _named(text: str) -> Iterator[str]:
    words = list(_WORD.finditer(text))
    for index, first in enumerate(words):
        if first[0][0].islower():
            continue
        for last in words[index : index + _WORDS_IN_NAME]:
            yield from _names().get(" ".join(text[first.start() : last.end()].casefold().split()), ())


def _prefixed(text: str) -> Iterator[str]:
    codes: Mapping[int, tuple[str, ...]] = library("phonenumbers").COUNTRY_CODE_TO_REGION_CODE
    for match in _PREFIX.finditer(text):
        for length in range(1, len(match[1]) + 1):  # no code begins another
            yield from codes.get(int(match[1][:length]), ())[:1]


def _of_the_web(text: str) -> Iterator[str]:
    known = library("phonenumbers").SUPPORTED_REGIONS
    endings = ({"UK": "GB"}.get(one, one) for one in (match[1].upper() for match in _WEB.finditer(text)))
    return (one for one in endings if one in known and one not in _FOR_ALL)


@functools.cache
def _names() -> Mapping[str, frozenset[str]]:
    """Return the countries of each name in lower case: of a country in some thirty languages, of a town or a state."""
    regions: defaultdict[str, set[str]] = defaultdict(set)
    for name, region in (*_countries(), *_towns()):
        if len(name) >= _SHORTEST and name.casefold() not in COMMON:
            regions[name.casefold()].add(region)
    return {name: frozenset(found) for name, found in regions.items()}


def _countries() -> Iterator[tuple[str, str]]:
    for region, names in library("phonenumbers.geodata.locale").LOCALE_DATA.items():
        for name in names.values():
            if not name.startswith("*"):  # a star leads to another language's name
                yield name, region
    yield from (("England", "GB"), ("Scotland", "GB"), ("Wales", "GB"), ("America", "US"), ("Holland", "NL"))


def _towns() -> Iterator[tuple[str, str]]:
    """Yield towns and states with their countries, as Faker lists them by country."""
    package = "faker.providers.address"
    for module in pkgutil.iter_modules(library(package).__path__):
        if "_" in module.name:
            provider = importlib.import_module(f"{package}.{module.name}").Provider
            for key in ("cities", "city_names", "states", "provinces", "regions"):
                values: Iterable[object] = getattr(provider, key, ())
                yield from ((str(one[-1] if isinstance(one, tuple) else one), module.name[-2:]) for one in values)
