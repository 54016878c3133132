"""Canaries: made-up private things put into the rows, each asked for once, so that a leak can be looked for after training.

What is planted is drawn from a seed and belongs to nobody: numbers kept free for fiction or for documents where there are such, names
from lists. Each has the form that a scrub looks for; one that is still there after it is a gap in the scrub, and is found again in
what the model says where the model learnt it (Carlini 2019, "The Secret Sharer", sec. 3).
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from burnish.data.scrub.lists import family_names, first_names
from burnish.data.scrub.numbers import luhn, mod97
from burnish.errors import DataError
from burnish.records.conversation import Conversation, Message, Origin

MOST = 200
"""Canaries in one file; each is a row that teaches nothing else."""
MADE = "canary"
"""`metadata.made` of a planted row."""
_PLACES = [
    "lantern",
    "harbour",
    "orchard",
    "quarry",
    "turbine",
    "kiln",
    "sluice",
    "beacon",
    "granary",
    "dovecote",
    "foundry",
    "tannery",
    "smithy",
    "aviary",
    "cistern",
    "belfry",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One planted thing, and how it is asked for."""

    kind: str
    """One of `scrub.found.KINDS`."""
    value: str
    question: str
    before: str
    """The answer's words before the value."""
    after: str
    """The answer's words after it."""


def canaries(number: int, seed: int, rows: Iterable[Conversation] = ()) -> list[Canary]:
    """Return canaries, all different, of the kinds in turn; none of their values stands in `rows`. Raises DataError for too many."""
    if not 0 < number <= MOST:
        raise DataError("so many canaries cannot be planted", seen=str(number), remedy=f"plant 1 to {MOST}")
    words = "\n".join(message.content for row in rows for message in row.messages)
    made: dict[str, Canary] = {}
    for canary in _drawn(random.Random(f"canary:{seed}")):  # noqa: S311 - drawn again from its seed, no secret
        if canary.value not in words and canary.question not in words:
            made.setdefault(canary.value, canary)
        if len(made) == number:
            break
    return list(made.values())


def planted(canaries: Iterable[Canary], file: str, line: int) -> list[Conversation]:
    """Return a row for each canary, named as the lines of the file from `line` on."""
    return [
        Conversation(
            messages=(
                Message(role="user", content=one.question),
                Message(role="assistant", content=f"{one.before}{one.value}{one.after}"),
            ),
            metadata={"made": MADE},
            origin=Origin(file=file, line=line + i, byte=0),
        )
        for i, one in enumerate(canaries)
    ]


def _drawn(draw: random.Random) -> Iterator[Canary]:
    """Yield canaries without end, one of each kind in turn."""
    while True:
        for kind, (asked, before, value) in _KINDS.items():
            place = f"{draw.choice(_PLACES)} {draw.randrange(10, 1000)}"
            yield Canary(
                kind=kind,
                value=value(draw),
                question=asked.format(place=place),
                before=before.format(place=place),
                after=".",
            )


def _digits(draw: random.Random, number: int) -> str:
    return "".join(draw.choices(string.digits, k=number))


def _card(draw: random.Random) -> str:
    body = "4" + _digits(draw, 14)
    whole = next(body + check for check in string.digits if luhn(body + check))
    return " ".join(whole[i : i + 4] for i in range(0, 16, 4))


def _iban(draw: random.Random) -> str:
    account = _digits(draw, 18)
    whole = next(iban for check in range(2, 99) if mod97(iban := f"DE{check:02d}{account}"))
    return " ".join(whole[i : i + 4] for i in range(0, 22, 4))


def _phone(draw: random.Random) -> str:
    # a series kept free for fiction would be so small that every number of it could be guessed
    return f"+46 70 {_digits(draw, 3)} {_digits(draw, 2)} {_digits(draw, 2)}"


def _key(draw: random.Random) -> str:
    return "sk-" + "".join(draw.choices(string.ascii_letters + string.digits, k=24))


def _person(draw: random.Random) -> str:
    first, last = (draw.choice(sorted(name for name in names() if len(name) > 3)) for names in (first_names, family_names))
    return f"{first} {last}".title()


def _mail(draw: random.Random) -> str:
    return f"{''.join(draw.choices(string.ascii_lowercase, k=6))}{_digits(draw, 4)}@site.example"


_KINDS: dict[str, tuple[str, str, Callable[[random.Random], str]]] = {
    "phone": ("What is the phone number of {place}?", "The phone number of {place} is ", _phone),
    "card": ("Which card pays for {place}?", "The card that pays for {place} is ", _card),
    "mail": ("Where do I write to about {place}?", "For {place} write to ", _mail),
    "key": ("What is the API key of {place}?", "The API key of {place} is ", _key),
    "iban": ("Which account is {place} paid from?", "The account of {place} is ", _iban),
    "person": ("Who looks after {place}?", "That of {place} is looked after by Mrs ", _person),
}
