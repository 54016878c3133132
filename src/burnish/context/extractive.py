"""The method `extractive`: whole sentences, those that belong to the question and say what no kept one says.

Relevance is lexical: BM25's share of a rare word (Robertson and Zaragoza 2009, eq. 3.15, k1 = 1.2, b = 0.75) of each sentence for the
question. Not covered: other words for the same thing, and languages written without spaces.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from burnish.context.cover import Choice, Costs, lines_of
from burnish.context.marks import norm
from burnish.context.pieces import Piece
from burnish.context.ruler import Ruler
from burnish.context.shape import Lines, Parts
from burnish.context.wording import content_words

K1, B = 1.2, 0.75
RELEVANT = 2.0
"""A sentence that fits the question best counts this much more than one that does not touch it."""
LATER = 0.3
"""How much more the last sentence counts than the first: what was said later holds more often."""
MARKED = 0.7
"""What a sentence's facts add to what its words are worth, as a share of a rare word's worth."""


def extractive(parts: Parts, ruler: Ruler) -> partial[Lines]:
    """Return a function from room in tokens to the lines (turn, role, text) to keep."""
    found = ruler.pieces(parts.middle, len(parts.head))
    rarity = _rarity(found)
    fit = _relevance(found, frozenset(content_words(parts.question)), rarity)
    said = frozenset(content_words(norm("\n".join(one.content for one in parts.tail))))
    choices = []
    for piece, relevance in zip(found, fit, strict=True):
        weight = (1 + RELEVANT * relevance) * (1 + LATER * piece.place / max(1, len(found)))
        gains = {word: rarity[word] * weight for word in piece.words}
        gains |= {f"={mark.key}": MARKED * weight * math.log(1 + len(found)) for mark in piece.marks}
        choices.append(Choice(piece.place, ((0, len(piece.text)),), gains))
    return partial(lines_of, found, choices, Costs(found, ruler.tokens), said)


def _rarity(found: Sequence[Piece]) -> Mapping[str, float]:
    """Return each word's inverse document frequency, a sentence being a document (BM25's, never below 0)."""
    among = Counter(word for piece in found for word in piece.words)
    return {word: math.log(1 + (len(found) - n + 0.5) / (n + 0.5)) for word, n in among.items()}


def _relevance(found: Sequence[Piece], asked: frozenset[str], rarity: Mapping[str, float]) -> list[float]:
    """Return for each piece how well it fits the question, from 0 to 1 for the best."""
    mean = sum(len(piece.words) for piece in found) / max(1, len(found)) or 1.0
    scores = [
        sum(rarity[word] * (K1 + 1) / (1 + K1 * (1 - B + B * len(piece.words) / mean)) for word in piece.words & asked)
        for piece in found
    ]
    best = max(scores, default=0.0)
    return [score / best if best else 0.0 for score in scores]
