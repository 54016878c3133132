"""What stands in the place of a private thing: the same for the same thing, wherever it stands."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from burnish.data.library import library
from burnish.data.scrub.ascii_forms import ascii_forms
from burnish.data.scrub.find import every_find
from burnish.data.scrub.found import KINDS, Found, apart, found
from burnish.data.scrub.lists import COMMON
from burnish.data.scrub.name_models import Named, joined

PLACEHOLDER = re.compile(r"\[(?:" + "|".join(kind.upper() for kind in KINDS) + r")_\d+\]")
"""What stands for a private thing, where no surrogate does."""
_WORD = re.compile(r"[^\W\d_]+")
_NAME_WORD = re.compile(r"(?<![\w@./-])[^\W\d_]{3,}(?![\w@])")
_TELLING = ("url", "mail", "address", "person")
"""Kinds that persons are told from: a name within an address of the web or of a house is none."""
_LIKE_LIFE = ("person", "mail", "phone", "address", "ip")
"""Kinds that have surrogates; a made-up key or card would only look like a leak."""


@dataclass(slots=True, kw_only=True)
class Swapper:
    """Finds private things and gives each its stand-in. Show it every text with `learn` first: then "Ann" and "Ann Berg" are one."""

    kinds: tuple[str, ...] = KINDS
    surrogates: bool = False
    """Names and numbers that look real instead of `[PERSON_1]`."""
    stands_for: dict[str, str] = field(default_factory=dict)
    """Each stand-in and what it stands for, in its fullest form."""
    row: str = ""
    """All texts of the row at hand, which tell more than the one that is searched; empty where a text stands alone."""
    kind_of: dict[str, str] = field(default_factory=dict)
    """Each stand-in's kind, but for the half names that surrogates have."""
    named: Mapping[str, Named] = field(default_factory=dict)
    """What a model of names found in each text, where one is used beside the rules."""
    _given: dict[tuple[str, str], str] = field(default_factory=dict)
    _full: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Each word of a name and the full names (two words or more) that hold it."""
    _taken: set[str] = field(default_factory=set)
    """Words and placeholders of the texts themselves: no stand-in may be one."""
    _found: dict[tuple[str, str], tuple[Found, ...]] = field(default_factory=dict)
    """What was found in each text of each row."""
    _count: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def remember(self, stands_for: Mapping[str, str], kind_of: Mapping[str, str]) -> None:
        """Go on from an earlier scrub: what stood for a person or a number there does so here."""
        self.stands_for.update(stands_for)
        for stand_in, text in stands_for.items():
            self._taken.update((stand_in, *_WORD.findall(stand_in.casefold())))
            kind = kind_of.get(stand_in)
            if kind is None:
                continue
            if PLACEHOLDER.fullmatch(stand_in):  # a number that was passed over there stands in those rows: none is used again
                self._count[kind] = max(self._count[kind], int(stand_in.rpartition("_")[2][:-1]))
            name = _plain_name(text) if kind == "person" else ""
            for word in name.split() if " " in name else ():
                self._full[word].add(name)
            self._given[kind, name or _same(kind, text)] = stand_in
            self.kind_of[stand_in] = kind

    def learn(self, text: str) -> None:
        """Note the full names of a text, and the words that no stand-in may use."""
        self._taken.update(PLACEHOLDER.findall(text))
        if self.surrogates:
            self._taken.update(_WORD.findall(text.casefold()))
        if "person" in self.kinds:
            for one in apart(one for one in self._finds(text) if one.kind in _TELLING):
                name = _plain_name(one.text)
                if one.kind == "person" and " " in name:
                    for word in name.split():
                        self._full[word].add(name)

    def swap(self, text: str) -> tuple[str, list[tuple[Found, str]]]:
        """Return the text with stand-ins, and each thing found with its stand-in, in order."""
        pieces, swapped, at = [], [], 0
        for one in self.find(text):
            stand_in = self._stand_in(one)
            pieces += [text[at : one.start], stand_in]
            swapped.append((one, stand_in))
            at = one.end
        return "".join((*pieces, text[at:])), swapped

    def find(self, text: str) -> list[Found]:
        """Return the private things of a text, with the words of names learnt elsewhere; placeholders of the text are left."""
        things = apart(one for one in self._finds(text) if one.kind in self.kinds)
        if "person" in self.kinds:
            things += self._known_names(text)
        held = [match.span() for match in PLACEHOLDER.finditer(text)]
        return [one for one in apart(things) if all(one.end <= start or one.start >= end for start, end in held)]

    def _finds(self, text: str) -> tuple[Found, ...]:
        """Return what each kind's rules find; both passes ask for it, and searching is nearly all that a scrub costs."""
        key = (text, self.row)
        if key not in self._found:
            kinds = tuple(kind for kind in KINDS if kind in self.kinds or kind in _TELLING)
            rules = tuple(every_find(text, kinds, self.row))
            self._found[key] = tuple(joined(text, rules, self.named[text])) if text in self.named and "person" in kinds else rules
        return self._found[key]

    def _known_names(self, text: str) -> Iterable[Found]:
        for match in _NAME_WORD.finditer(text):
            word = match[0]
            if word[0].isupper() and word.casefold() not in COMMON and word.casefold() in self._full:
                yield found("person", text, match.start(), match.end())

    def _stand_in(self, one: Found) -> str:
        name = _plain_name(one.text) if one.kind == "person" else ""
        whole = next(iter(self._full[name])) if len(self._full.get(name, ())) == 1 else ""
        key = (one.kind, whole or name or _same(one.kind, one.text))
        if key not in self._given:
            self._given[key] = self._new(one.kind)
            self.stands_for[self._given[key]] = one.text
            self.kind_of[self._given[key]] = one.kind
        stand_in = self._given[key]
        if one.kind == "person" and len(one.text) > len(self.stands_for[stand_in]):
            self.stands_for[stand_in] = one.text  # the fullest form
        return self._part(stand_in, whole, name) if self.surrogates and whole else stand_in

    def _part(self, stand_in: str, whole: str, name: str) -> str:
        """Return the surrogate's first or family name where only that was written of the real one."""
        part = stand_in.split()[0 if whole.split(maxsplit=1)[0] == name else -1]
        self.stands_for.setdefault(part, name.title())
        return part

    def _new(self, kind: str) -> str:
        make = self._like_life(kind) if self.surrogates and kind in _LIKE_LIFE else None
        while True:
            self._count[kind] += 1
            made = make(self._count[kind]) if make else f"[{kind.upper()}_{self._count[kind]}]"
            words = {made, *_WORD.findall(made.casefold())} if kind == "person" and make else {made}
            if words.isdisjoint(self._taken):
                self._taken |= words
                return made

    def _like_life(self, kind: str) -> Callable[[int], str]:
        faker = _faker()

        def make(number: int) -> str:
            faker.seed_instance(number)
            made: dict[str, Callable[[], str]] = {
                "person": lambda: f"{faker.first_name()} {faker.last_name()}",
                "mail": lambda: f"{faker.user_name()}{number}@example.org",
                "phone": lambda: f"+1 {200 + number % 700} 555 01{number // 700 % 100:02d}",  # numbers kept free for fiction
                "address": faker.street_address,
                "ip": lambda: f"2001:db8::{number:x}",  # kept free for documents (RFC 3849)
            }
            return made[kind]()

        return make


@functools.cache
def _faker() -> Any:
    return library("faker").Faker("en_US")


def _plain_name(name: str) -> str:
    """Return the words of a name alone, in lower case, without initials."""
    words = [word for word in _WORD.findall(name.casefold()) if len(word) > 1]
    return " ".join(words) or name.casefold()


def _same(kind: str, text: str) -> str:
    """Return what makes two findings of a kind the same thing, however they are spaced."""
    text = ascii_forms(text).text
    if kind in {"phone", "card"}:
        return re.sub(r"%2[0B]|&#?\w+;|\D", "", text)
    if kind == "iban":
        return re.sub(r"&#?\w+;|[^A-Z0-9]", "", text.upper())
    if kind in {"key", "url"}:
        return text
    return " ".join(text.casefold().split())


def masked(text: str) -> str:
    """Return a value as it may be shown: enough of it to know which it is, and not what it is.

    >>> masked("ann.berg@site.example"), masked("Ann")
    ('a•••e', 'A••')
    """
    flat = " ".join(text.split())
    return flat[0] + "••" if len(flat) < 6 else f"{flat[0]}•••{flat[-1]}"
