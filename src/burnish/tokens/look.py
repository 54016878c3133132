"""The tokens of one row, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from burnish.records.conversation import Conversation
from burnish.tokens.template import Chat


@dataclass(frozen=True, slots=True)
class LookedToken:
    """One token of a row."""

    text: str
    """Its piece of the text; "" for a token that holds only a part of a letter, whose letter stands at its last token."""
    id: int
    supervised: bool
    """Whether it is trained."""
    end: bool
    """Whether it is a token that ends a turn."""


def look(chat: Chat, conversation: Conversation) -> tuple[tuple[LookedToken, ...], ...]:
    """Return the tokens of each sequence of a row. Raises DataError when the row cannot be rendered."""
    return tuple(
        tuple(
            LookedToken(text, token, supervised, token in chat.stop_ids)
            for text, token, supervised in zip(pieces(chat, sequence.ids), sequence.ids, sequence.supervised, strict=True)
        )
        for sequence in chat.render(conversation).sequences
    )


def pieces(chat: Chat, ids: Sequence[int]) -> list[str]:
    """Return the text that each token adds; joined they are the decoded text.

    A token is decoded behind the few before it, since alone it would lose its leading space or half a letter.
    """
    texts: list[str] = []
    start = done = 0  # ids[start:done] is decoded already and stands before what is next
    for end in range(1, len(ids) + 1):
        before = chat.decode(ids[start:done], special=True)
        text = chat.decode(ids[start:end], special=True)
        if text.endswith("\N{REPLACEMENT CHARACTER}") and end < len(ids):
            texts.append("")
            continue
        texts.append(text[len(before) :])
        start, done = done, end
    return texts
