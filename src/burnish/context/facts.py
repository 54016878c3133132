"""The method `facts`: names, numbers, dates, links, amounts and promises stay letter for letter, each with the words it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from burnish.context.choices import choices_of
from burnish.context.cover import Costs, lines_of
from burnish.context.marks import norm, stands
from burnish.context.pieces import Piece
from burnish.context.ruler import Ruler
from burnish.context.shape import Lines, Parts
from burnish.context.wording import content_words


def facts(parts: Parts, ruler: Ruler) -> partial[Lines]:
    """Return a function from room in tokens to the lines (turn, role, text) to keep."""
    found = ruler.pieces(parts.middle, len(parts.head))
    asked = frozenset(content_words(parts.question))
    elsewhere = norm("\n".join(one.content for one in (*parts.head, *parts.tail)))
    choices = [choice for piece in found for choice in choices_of(piece, asked)]
    return partial(lines_of, found, choices, Costs(found, ruler.tokens), said_in(found, elsewhere))


def said_in(found: Sequence[Piece], elsewhere: str) -> frozenset[str]:
    """Return which facts and words of the pieces stand in a normed text already. Facts are known by "=" before them."""
    keys = {mark.key for piece in found for mark in piece.marks}
    return frozenset({f"={key}" for key in keys if stands(key, elsewhere)}) | frozenset(content_words(elsewhere))
