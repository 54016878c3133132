"""When two prompts of suites and training rows are nearly the same; stricter than what training itself drops as near-same."""

from __future__ import annotations

import re


def words(text: str) -> list[str]:
    """Return the words and numbers of a text, in small letters."""
    return re.findall(r"[\w']+", text.casefold())


def near(a: str, b: str) -> bool:
    """Return whether two prompts are the same or nearly the same."""
    return words(a) == words(b) or _jaccard(set(words(a)), set(words(b))) >= 0.6 or _jaccard(_grams(a), _grams(b)) >= 0.5


def _jaccard(a: set[str], b: set[str]) -> float:
    """Return shared over all, from 0 to 1."""
    return len(a & b) / len(a | b) if a | b else 1.0


def _grams(text: str) -> set[str]:
    """Return all runs of five characters of the normalised text."""
    plain = " ".join(words(text))
    return {plain[i : i + 5] for i in range(max(1, len(plain) - 4))}
