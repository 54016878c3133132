"""Open Assistant's trees: `{"prompt":{"text":"...","role":"prompter","replies":[{"text":"...","rank":0,"replies":[...]}]}}`.

A tree gives one conversation: at each turn the reply that people ranked first. The other replies are alternatives to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from burnish.data.flaw import Flaw
from burnish.data.turns import Turn, missing
from burnish.records.codec import JSON

NAME = "tree"
KEYS = frozenset({"prompt"})
_ROLES = {"prompter": "user", "assistant": "assistant"}
_DEEPEST = 200


def matches(row: Mapping[str, JSON]) -> bool:
    """Return whether a row is of this format."""
    return isinstance(held := row.get("prompt"), dict) and "replies" in held and "text" in held


def turns(row: Mapping[str, JSON], flaws: list[Flaw]) -> list[Turn]:
    """Return the turns on the way of the best replies; a question at its end that nobody answered is left out."""
    found: list[Turn] = []
    at: JSON = row["prompt"]
    key = "prompt"
    while isinstance(at, dict) and len(found) < _DEEPEST:
        if "text" not in at:
            flaws.append(missing(f"{key}.text", "write the words of the message under `text`"))
            return []
        role = at.get("role")
        known = _ROLES.get(role, role) if isinstance(role, str) else role
        found.append(Turn(role=known, content=at["text"], role_key=f"{key}.role", content_key=f"{key}.text"))
        replies = at.get("replies")
        ranked = [(i, one) for i, one in enumerate(replies) if isinstance(one, dict)] if isinstance(replies, list) else []
        best, at = min(ranked, key=lambda one: _rank(one[1]), default=(0, None))
        key = f"{key}.replies[{best}]"
    while len(found) > 1 and found[-1].role == "user":
        found.pop()
    return found


def others(row: Mapping[str, JSON]) -> bool:
    """Return whether a tree holds replies beside the best ones."""
    at: JSON = row["prompt"]
    while isinstance(at, dict):
        replies = at.get("replies")
        ranked = [one for one in replies if isinstance(one, dict)] if isinstance(replies, list) else []
        if len(ranked) > 1:
            return True
        at = ranked[0] if ranked else None
    return False


def _rank(reply: Mapping[str, JSON]) -> float:
    rank = reply.get("rank")
    return float(rank) if isinstance(rank, int | float) else float("inf")
