"""Keys and tokens: by the shapes their makers give them, by what stands before them, and by how random they look."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from burnish.data.scrub.assigned import assigned
from burnish.data.scrub.found import Found, digits_in, found
from burnish.data.scrub.passwords import passwords

ENTROPY = 3.9
"""Bits a sign from which on 24 mixed signs or more look drawn, not written; English words joined have about 3.5."""

_SHAPES = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|\Z)"
    r"|\b(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"  # Amazon
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{40,}|glpat-[\w-]{20,}"  # code hosts
    r"|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{20,}"  # Slack
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,}"  # Google
    r"|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"  # Stripe
    r"|sk-(?:ant-|proj-|or-)?[\w-]{20,}"  # model providers
    r"|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{40,}|dop_v1_[a-f0-9]{64}"
    r"|SG\.[\w-]{20,}\.[\w-]{20,}|key-[0-9a-f]{32}|\d{8,10}:AA[\w-]{32,}"  # mail and chat bots
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"  # JSON web tokens
    r")(?![\w])",
    re.DOTALL,
)
_BEARER = re.compile(r"\b(?:Bearer|Basic)\s+([\w.~+/=-]{16,})")
_TOKEN = re.compile(r"(?<![\w/.+@-])[A-Za-z0-9+/_-]{24,}={0,2}(?![\w/+@-]|\.\w)")
_CAMEL = re.compile(r"[A-Z]?[a-z]{3,}")
"""Words written together: "thisIsAnOrdinaryMethodName"."""
_LINK = re.compile(r"(?:://|\bwww\.)\S*$")


def secrets(text: str) -> Iterator[Found]:
    """Yield the keys, tokens and passwords of a text."""
    for match in _SHAPES.finditer(text):
        yield found("key", text, match.start(), match.end())
    yield from passwords(text)
    yield from assigned(text)
    for match in _BEARER.finditer(text) if "earer" in text or "asic" in text else ():
        yield found("key", text, match.start(1), match.end(1))
    for match in _TOKEN.finditer(text) if digits_in(text) >= 3 else ():  # as `looks_drawn` asks
        if looks_drawn(match[0]) and not (
            text[match.start() - 1 :].startswith("=") and _LINK.search(text, max(0, match.start() - 400), match.start())
        ):
            yield found("key", text, match.start(), match.end())


def looks_drawn(token: str) -> bool:
    """Return whether signs look drawn at random: large and small letters and digits, mixed, of high entropy (Shannon 1948).

    >>> looks_drawn("q7Hs92KdLw0PzXv81mTrB4yN"), looks_drawn("thisIsAnOrdinaryMethodName2")
    (True, False)
    """
    kinds = sum(any(test(sign) for sign in token) for test in (str.isdigit, str.islower, str.isupper))
    digits = sum(sign.isdigit() for sign in token)
    if sum(map(len, _CAMEL.findall(token))) >= 0.6 * len(token):
        return False
    return kinds == 3 and digits >= len(token) / 12 and digits >= 3 and entropy(token) >= ENTROPY


def entropy(text: str) -> float:
    """Return the entropy of a text's signs, in bits a sign."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())
