"""Keys by what they say, however they are written: `systemPrompt`, `system_prompt` and `System Prompt` are one name."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Container, Iterator, Mapping
from typing import Any

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")


@functools.lru_cache(maxsize=4096)
def words_of(key: str) -> tuple[str, ...]:
    """Return the words of a key in lower case, without accents.

    >>> words_of("systemPrompt"), words_of("Réponse finale"), words_of("expected_output")
    (('system', 'prompt'), ('reponse', 'finale'), ('expected', 'output'))
    """
    apart = _HUMP.sub(" ", key[:80])
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", apart.casefold()) if not unicodedata.combining(letter))
    return tuple(_WORD.findall(unicodedata.normalize("NFC", bare)))


@functools.lru_cache(maxsize=4096)
def plain(key: str) -> str:
    """Return a key's words as one, to be looked up by.

    >>> plain("loss_mask"), plain("System-Prompt")
    ('lossmask', 'systemprompt')
    """
    return "".join(words_of(key))


def named(row: Mapping[str, Any], names: Container[str]) -> Iterator[str]:
    """Yield the keys of a row that go by one of the names (as `plain` writes them), in their order."""
    return (key for key in row if plain(key) in names)


def name_list(words: str) -> tuple[str, ...]:
    """Return the names in a text, in order, as `plain` writes them.

    >>> name_list("Antwort réponse loss_mask")
    ('antwort', 'reponse', 'lossmask')
    """
    return tuple(map(plain, words.split()))
