"""A tokenised example: what `tokens` gives to `train` and `evaluate`, and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """One token sequence, exactly as the model will see it at inference, with the tokens that carry loss."""

    ids: tuple[int, ...]
    """(T,) token ids."""
    supervised: tuple[bool, ...]
    """(T,) True where this token is the assistant's (its end-of-turn token included) and is therefore a target."""

    @property
    def supervised_tokens(self) -> int:
        """How many tokens carry loss."""
        return sum(self.supervised)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row. Most rows are one sequence; a template that rewrites earlier turns makes one sequence for each assistant turn."""

    sequences: tuple[Sequence, ...]
    row: int
    """0-based index of the row among the rows that were accepted."""

    @property
    def tokens(self) -> int:
        """Tokens of all sequences."""
        return sum(len(sequence.ids) for sequence in self.sequences)

    @property
    def supervised_tokens(self) -> int:
        """Supervised tokens of all sequences."""
        return sum(sequence.supervised_tokens for sequence in self.sequences)
