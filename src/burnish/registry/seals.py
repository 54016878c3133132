"""Small JSON files that know whether they were changed: each holds the sha256 of what it says, and is read in its own bytes only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Any

SUM = "sum"


def sealed(value: dict[str, Any]) -> str:
    """Return a JSON object as text with a sha256 of its content as the last key."""
    return _text({**value, SUM: _digest(value)})


def unsealed(text: str, known: Collection[str]) -> dict[str, Any]:
    """Return the object that `sealed` made into text. Raises ValueError that says what is wrong when one byte is another.

    `known` are the keys of files written before there were seals: with exactly these and no seal, a file is taken as it is.
    """
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    if text != _text(value):
        raise ValueError("not as it was written")
    told = value.pop(SUM, None)
    if told is None and set(value) != set(known):
        raise ValueError("keys that were not written")
    if told is not None and told != _digest(value):
        raise ValueError("changed: it has not the checksum it was written with")
    return value


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _digest(value: dict[str, Any]) -> str:
    return hashlib.sha256(_text(value).encode("utf-8", "surrogatepass")).hexdigest()
