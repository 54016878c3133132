"""What a shortened conversation still holds of the whole one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from burnish.context.fold import Cut
from burnish.context.marks import norm, stands
from burnish.context.pieces import pieces
from burnish.context.shape import question_at
from burnish.context.wording import content_words
from burnish.records.conversation import Message


@dataclass(frozen=True, slots=True)
class Losses:
    """The facts kept and lost, each once, and what of the question's matter is left."""

    kept: tuple[str, ...]
    lost: tuple[str, ...]
    asked: int
    """Sentences that share a word with the question."""
    asked_kept: int
    """Those of them of which at least half the words with a meaning still stand."""

    @property
    def score(self) -> float:
        """The mean of both shares, 0 to 1; a share of nothing is 1."""
        facts = len(self.kept) / max(1, len(self.kept) + len(self.lost)) if self.kept or self.lost else 1.0
        return (facts + (self.asked_kept / self.asked if self.asked else 1.0)) / 2


def losses(before: Sequence[Message], after: Sequence[Message], cut: Cut = pieces) -> Losses:
    """Return what of `before` still stands in `after`: a fact counts as kept where its letters stand, in any case."""
    asked_at = question_at(before)
    words = frozenset(content_words(before[asked_at].content))
    earlier = cut(tuple(one for one in before[:asked_at] if one.role != "system"), 0)
    text = norm("\n".join(one.content for one in after))
    here = frozenset(content_words(text))
    facts = {mark.key: mark.text for piece in earlier for mark in piece.marks}
    stays = {key: stands(key, text) for key in facts}
    about = [piece.words - words for piece in earlier if piece.words & words and piece.words - words]
    return Losses(
        kept=tuple(text for key, text in facts.items() if stays[key]),
        lost=tuple(text for key, text in facts.items() if not stays[key]),
        asked=len(about),
        asked_kept=sum(2 * len(one & here) >= len(one) for one in about),
    )
