"""Words that tell names: the first and family names of some 70 languages and regions, as Faker (MIT) lists them.

A capital alone does not make a name, and no list holds all: the rules in `names.py` weigh both.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from typing import Any

from burnish.data.library import library

COMMON = frozenset(
    """
    a about after again all also always am an and any are as ask at back be because been before being best but by call can come could
    day dear did do does done down each even ever every few find first for from full get give go good got great had has have he hello
    help her here hers hey hi him his how i if in into is it its just keep key know last later let like line list long look made make
    man many may me mean mine more most much must my name near need never new next nice no not note now of off ok okay old on once one
    only open or other our out over own part people per place please point put question rather read real right said same say see she
    should show since so some still such sure take team tell test than thank thanks that the their them then there these they thing
    think this those time to today too top true try two under until up upon us use user very want was way we week well went were what
    when where which while who whom whose why will with word work would write year yes yet you young your assistant system bot agent
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november
    december spring summer autumn winter north south east west university college bank company group street road church state city
    king queen president prince doctor english german french spanish italian american british european asian african chinese japanese
    internet google amazon microsoft apple linux windows python java english ok faq api url pdf html json sql http https css error case
    server client port host admin user root docker data team lead among during mr mrs ms sir baby bean bell berry bill bird black bloom blue book box boy brook brown bush butter carter chance charity chase christian church
    city clay cliff coal cook crystal dale daisy dawn dean delta destiny diamond dollar drew earl eden essence faith field fish flower
    ford forest fox frank friend gift glen gold grace grant gray green grey hall happy harmony hart hill holly home honey hood hope
    house hunt hunter ice iris ivy jack jade jewel journey joy justice king knight lake lance lane law leaf lee liberty lily long love
    major mark marsh mason max mercy merit mercedes mill miller miles mine misty moon moss noble page paris park parker patience pearl
    penny piper poppy porter post power praise price quick rain ray rich robin rob rock rose royal ruby rusty sage sandy savannah sea
    self sharp short silver sky small smith snow song spark star stone storm strong sue sun sunny temple terra trip trinity unity
    vale victory wall ward waters wells west white wild will winner winter wise wood woods worth young art basil china cherry
    dong dot fast field finder georgia india iran ireland israel jordan lisa london malta may melody mission model ocean olive peace
    plan plus project river running scout search season second see seven sin sing sister son sonny soul sound sum thin van vera viola
    von virginia washington wang war win won york
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Common words that are also somebody's name: a capital does not make them one."""


@functools.cache
def first_names() -> frozenset[str]:
    """Return first names in lower case."""
    return frozenset(_listed("first_name")) - COMMON


@functools.cache
def family_names() -> frozenset[str]:
    """Return family names in lower case."""
    return frozenset(_listed("last_name")) - COMMON


@functools.cache
def called() -> frozenset[str]:
    """Return all first and family names, those that are common words too."""
    return frozenset(_listed("first_name")) | frozenset(_listed("last_name"))


@functools.cache
def places() -> frozenset[str]:
    """Return countries and larger cities in lower case: capitals that name nobody."""
    return frozenset(_values("faker.providers.address", ("countries", "cities", "city_names", "states", "provinces")))


@functools.cache
def street_heads() -> frozenset[str]:
    """Return the words, in lower case, with which streets begin: "rua", "jalan", "strada"."""
    heads = _values("faker.providers.address", ("street_prefixes",), but=("fi_FI", "sv_SE"))
    return frozenset(word.strip(". ") for word in heads if len(word) > 2) | frozenset(_HEADS)


_HEADS = (
    "vicolo",
    "viale",
    "piazza",
    "piazzale",
    "borgo",
    "contrada",
    "rotonda",
    "lungomare",
    "corso",
    "jl",
    "gg",
    "av",
    "avda",
    "azinhaga",
    "beco",
    "quinta",
)


@functools.cache
def street_tails() -> frozenset[str]:
    """Return the words, in lower case, with which the streets of English addresses end: "street", "crescent", "shores"."""
    ends = _values("faker.providers.address", ("street_suffixes",))
    return frozenset(word for word in ends if word.isalpha() and word.isascii() and len(word) > 2)


def _listed(prefix: str) -> Iterator[str]:
    for name in _values("faker.providers.person", (prefix,)):
        yield from (part for part in name.replace("-", " ").split() if len(part) > 1 and part.isalpha())


def _values(package: str, prefixes: tuple[str, ...], but: tuple[str, ...] = ()) -> Iterator[str]:
    folder: Any = library(package)
    for module in pkgutil.iter_modules(folder.__path__):
        if module.name in but:
            continue
        provider = importlib.import_module(f"{package}.{module.name}").Provider
        for key in dir(provider):
            values = getattr(provider, key)
            if key.startswith(prefixes) and isinstance(values, list | tuple | dict):
                yield from _words(values)


def _words(values: Iterable[Any]) -> Iterator[str]:
    return (str(one[0] if isinstance(one, tuple) else one).casefold() for one in values)
