"""Other values of a value's form: what it could have been instead. The more of them a model finds less likely, the more it has learnt.

Digits become other digits and, in keys, mail addresses and links, letters other letters; persons become other listed names. What
stays is what the form says of itself: spaces, signs, a key's first letters, a mail address's host.
"""

from __future__ import annotations

import random
import string
from functools import cache

from burnish.data.scrub.lists import family_names, first_names

_HEAD = {"key": 3}
"""First signs that are kept: they say whose key it is."""


def alternatives(kind: str, value: str, number: int, seed: int) -> list[str]:
    """Return so many values of the form of `value`, all different and none it; fewer where the form has no more."""
    draw = random.Random(f"alternative:{seed}:{value}")  # noqa: S311 - drawn again from its seed, no secret
    found: dict[str, None] = {}
    for _ in range(20 * number):
        one = _other_name(value, draw) if kind == "person" else _other(kind, value, draw)
        if one.casefold() != value.casefold():
            found.setdefault(one)
        if len(found) == number:
            break
    return list(found)


def _other(kind: str, value: str, draw: random.Random) -> str:
    kept = _HEAD.get(kind, 0)
    name, host = value.rsplit("@", 1) if kind == "mail" and "@" in value else (value, "")
    letters = kind in {"key", "mail", "url", "address"}
    body = "".join(_sign(sign, draw, letters=letters) for sign in name[kept:])
    return name[:kept] + body + (f"@{host}" if host else "")


def _sign(sign: str, draw: random.Random, *, letters: bool) -> str:
    if sign.isdigit():
        return draw.choice(string.digits)
    if letters and sign.isalpha():
        return draw.choice(string.ascii_uppercase if sign.isupper() else string.ascii_lowercase)
    return sign


def _other_name(value: str, draw: random.Random) -> str:
    words = value.split()
    drawn = [draw.choice(_names(first=i == 0)) for i in range(len(words))]
    return " ".join(new.title() if old[:1].isupper() else new for old, new in zip(words, drawn, strict=True))


@cache
def _names(*, first: bool) -> tuple[str, ...]:
    return tuple(sorted(first_names() if first else family_names()))
