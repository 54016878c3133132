"""A row within a length limit: whole, shortened at the end of a turn, or refused. Never cut inside an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from burnish.errors import DataError
from burnish.records.conversation import Conversation
from burnish.records.example import Example, Sequence
from burnish.tokens.template import Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What became of one row."""

    example: Example | None
    """None: the row is refused."""
    fate: str
    """"whole", "shortened" or "refused"."""
    tokens: int
    """Tokens of the whole row, all its sequences together; 0 when it could not be rendered."""
    used_tokens: int
    """Tokens of `example`; 0 when refused."""
    supervised_tokens: int
    """Tokens of `example` that carry loss."""
    reason: str
    """Why it was shortened or refused; "" when whole."""


def fit(chat: Chat, conversation: Conversation, max_length: int, row: int) -> Fitted:
    """Return the row with no sequence longer than `max_length` tokens, each ending with its trained end-of-turn token."""
    try:
        whole = chat.render(conversation, row)
    except DataError as error:
        return _refused(0, "; ".join(part for part in (error.what, error.seen and f"seen: {error.seen}", error.remedy) if part))
    if all(len(sequence.ids) <= max_length for sequence in whole.sequences):
        return _kept(whole, whole, "whole", "")
    cut = replace(whole, sequences=tuple(_cut(s, n) for s in whole.sequences if (n := _last_end(s, max_length)) > 0))
    if not cut.sequences:
        first = min(_first_end(sequence) for sequence in whole.sequences)
        return _refused(
            whole.tokens,
            f"too long: its first answer ends at token {first}, the limit is {max_length}; "
            f"raise train.max_length to {first} or more, or split the row",
        )
    reason = f"shortened at token {cut.tokens} of {whole.tokens}: the turns after it are not trained"
    return _kept(cut, whole, "shortened", reason)


def _refused(tokens: int, reason: str) -> Fitted:
    return Fitted(example=None, fate="refused", tokens=tokens, used_tokens=0, supervised_tokens=0, reason=reason)


def _kept(example: Example, whole: Example, fate: str, reason: str) -> Fitted:
    return Fitted(
        example=example,
        fate=fate,
        tokens=whole.tokens,
        used_tokens=example.tokens,
        supervised_tokens=example.supervised_tokens,
        reason=reason,
    )


def _ends(sequence: Sequence) -> list[int]:
    """Return how long the sequence is up to the end of each of its answers."""
    after = (*sequence.supervised[1:], False)
    return [i + 1 for i, (here, then) in enumerate(zip(sequence.supervised, after, strict=True)) if here and not then]


def _first_end(sequence: Sequence) -> int:
    return _ends(sequence)[0]


def _last_end(sequence: Sequence, max_length: int) -> int:
    return max((end for end in _ends(sequence) if end <= max_length), default=0)


def _cut(sequence: Sequence, length: int) -> Sequence:
    return Sequence(ids=sequence.ids[:length], supervised=sequence.supervised[:length])
