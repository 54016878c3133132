"""Prompt and completion: `{"prompt":"...","completion":"..."}`, each a text or a list of messages."""

from __future__ import annotations

from collections.abc import Mapping

from burnish.data.flaw import Flaw
from burnish.data.sources import messages, pair
from burnish.data.turns import Turn, missing
from burnish.records.codec import JSON

NAME = "prompt/completion"


KEYS = frozenset({"prompt", "completion"})


def matches(row: Mapping[str, JSON]) -> bool:
    """Return whether a row is of this format."""
    return ("completion" in row or "prompt" in row) and not pair.matches(row)


def turns(row: Mapping[str, JSON], flaws: list[Flaw]) -> list[Turn]:
    """Return the row's turns; what is wrong is added to `flaws`."""
    absent = [key for key in ("prompt", "completion") if key not in row]
    flaws += [missing(key, f"write {key}: a text or a list of messages") for key in absent]
    if absent:
        return []
    return _side(row["prompt"], "prompt", "user", flaws) + _side(row["completion"], "completion", "assistant", flaws)


def _side(value: JSON, key: str, role: str, flaws: list[Flaw]) -> list[Turn]:
    if isinstance(value, list):
        return messages.listed(value, key, flaws)
    return [Turn(role=role, content=value, role_key=key, content_key=key)]
