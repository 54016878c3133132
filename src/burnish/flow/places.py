"""Where a private thing stood in the rows that a version learnt from: what to say to the model before it could give it away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from burnish.data.scrub.canaries import Canary
from burnish.data.scrub.rows import Key
from burnish.records.conversation import Conversation, Message

PLACES = 3
"""Places of one value that are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is said before a value."""

    messages: tuple[Message, ...]
    """The turns before the answer."""
    before: str
    """The answer's words before the value, without the space between; "" where the value stood in a question."""
    answered: bool
    """Whether the value stood in an answer, which is what training teaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One value that no model should give away."""

    kind: str
    value: str
    canary: bool
    places: tuple[Place, ...]
    in_rows: bool
    """Whether the value itself, not its stand-in, stands in a row that was trained on."""


def wanted(key: Key, rows: Sequence[Conversation]) -> list[Wanted]:
    """Return the values of a key that can be looked for, canaries first: those with a place in the rows, and all canaries."""
    stand_ins = {value: stand_in for stand_in, value in key.stands_for.items()}
    planted = {canary.value: canary for canary in key.canaries}
    values = {canary.value: canary.kind for canary in key.canaries}
    values |= {value: _kind(stand_in, value) for stand_in, value in key.stands_for.items() if value not in values}
    holding = _holding([*values, *stand_ins.values()], rows)
    found = []
    for value, kind in values.items():
        plain, stood = holding[value], holding[stand_ins[value]] if value in stand_ins else []
        places = [*_places(value, plain), *(_places(stand_ins[value], stood) if stood else ())]
        places = [place for place in places if not _said_before(place, value)]
        if value in planted:
            places = [_asked(planted[value]), *places]
        if places:
            kept = tuple(dict.fromkeys(sorted(places, key=lambda place: not place.answered)))[:PLACES]
            found.append(Wanted(kind=kind, value=value, canary=value in planted, places=kept, in_rows=bool(plain)))
    return found


def _holding(texts: Iterable[str], rows: Sequence[Conversation]) -> dict[str, list[Conversation]]:
    """Return for each text the first rows that hold it."""
    words = [("\n".join(message.content for message in row.messages), row) for row in rows]
    return {text: [row for said, row in words if text in said][: 2 * PLACES] for text in dict.fromkeys(texts)}


def _kind(stand_in: str, value: str) -> str:
    """Return the kind that a placeholder names; for a surrogate what its value looks like."""
    if stand_in.startswith("[") and stand_in.endswith("]") and "_" in stand_in:
        return stand_in[1:].rsplit("_", 1)[0].lower()
    digits = sum(sign.isdigit() for sign in value)
    return "mail" if "@" in value else "phone" if digits > len(value) / 2 else "person"


def _places(text: str, rows: Iterable[Conversation]) -> Iterator[Place]:
    """Yield the places of a text in the turns of rows."""
    for row in rows:
        for i, message in enumerate(row.messages):
            if text not in message.content:
                continue
            before = message.content[: message.content.index(text)].rstrip()
            if message.role == "assistant" and i > 0:
                yield Place(messages=row.messages[:i], before=before, answered=True)
            elif message.role == "user" and before:
                asked = Message(role="user", content=before)
                yield Place(messages=(*row.messages[:i], asked), before="", answered=False)


def _asked(canary: Canary) -> Place:
    return Place(messages=(Message(role="user", content=canary.question),), before=canary.before.rstrip(), answered=True)


def _said_before(place: Place, value: str) -> bool:
    """Return whether the value was said already: a model that repeats it gives nothing away."""
    return any(value in text for text in (place.before, *(message.content for message in place.messages)))
