"""Nearest texts by their words: Okapi BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework", eq. 3.15).

Needs no model. Words are compared without case, accents and common English endings; in scripts that write no spaces, and in
Hangul, pairs of characters stand for words.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K1, B = 1.2, 0.75
"""The usual constants: how soon a repeated word counts no more, and how much a long text is held back."""

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_ENDINGS = ("ing", "ies", "ed", "es", "s")


def terms(text: str) -> list[str]:
    """Return the terms of a text in order.

    >>> terms("Cafés opening: 9:30"), terms("鍵はどこ")
    (['cafe', 'open', '9', '30'], ['鍵は', 'はど', 'どこ'])
    """
    plain = "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFC", plain)):
        at = 0
        for run in _UNSPACED.finditer(word):
            found += [_stem(word[at : run.start()])] if run.start() > at else []
            found += [run[0][i : i + 2] for i in range(max(1, len(run[0]) - 1))]
            at = run.end()
        found += [_stem(word[at:])] if at < len(word) else []
    return found


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


class WordIndex:
    """Texts that can be searched by words."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Count the terms of the texts."""
        self._counts = [Counter(terms(text)) for text in texts]
        lengths = [sum(counts.values()) for counts in self._counts]
        mean = sum(lengths) / max(1, len(lengths)) or 1.0
        self._norms = [K1 * (1 - B + B * length / mean) for length in lengths]
        self._holders = Counter(term for counts in self._counts for term in counts)

    def scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Return (queries, texts) scores from 0 to 1: 1 is the best that any text of this index could have for the query."""
        import numpy as np

        found = np.zeros((len(queries), len(self._counts)), dtype=np.float32)
        for i, query in enumerate(queries):
            weights = {term: self._weight(term) for term in set(terms(query))}
            best = sum(weights.values()) * (K1 + 1) or 1.0
            for j, (counts, norm) in enumerate(zip(self._counts, self._norms, strict=True)):
                total = sum(w * counts[t] * (K1 + 1) / (counts[t] + norm) for t, w in weights.items() if t in counts)
                found[i, j] = total / best
        return found

    def _weight(self, term: str) -> float:
        number, holders = len(self._counts), self._holders[term]
        return math.log(1 + (number - holders + 0.5) / (holders + 0.5))
