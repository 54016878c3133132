"""What the rows that a version carries do for it: asked with them, without them, and where they do not answer."""

from __future__ import annotations

from dataclasses import dataclass

from burnish.records.questions import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedAsked:
    """What a version that carries its rows was asked beside its own questions; kept in the run folder."""

    left_out: tuple[Reply, ...]
    """Questions about facts, each asked with the rows of its fact taken out. The id is the row's."""
    prompt_tokens_with: float
    prompt_tokens_alone: float
    """Mean tokens of a prompt, with the rows before the question and without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithRows:
    """One kind of question, asked of the same version with its rows and without them."""

    name: str
    n: int
    with_rows: float
    alone: float
    """Shares of right answers, or mean scores, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsMeasured:
    """What the carried rows do."""

    rows: int
    k: int
    encoder: str
    """What finds them; `words`: their words alone."""
    kinds: tuple[WithRows, ...]
    left_out: int
    """Questions about facts that were asked with their rows taken out."""
    said_unknown: int
    right_all_the_same: int
    """Known from the weights."""
    prompt_tokens_with: float
    prompt_tokens_alone: float
    seconds_with: float
    seconds_alone: float
    """Seconds a request, in batches."""

    @property
    def invented(self) -> int:
        """Questions that no row answered and that were answered wrong, not with "I don't know"."""
        return self.left_out - self.said_unknown - self.right_all_the_same
