"""Facts of the data that a plan is made from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DataProfile:
    """What the rows look like once tokenised, before any limit is applied."""

    rows: int
    """Rows that can be trained on or held out."""
    tokens: int
    supervised_tokens: int
    token_p50: int
    token_p90: int
    token_p99: int
    token_max: int
    """Longest row, in tokens."""
    lengths: tuple[int, ...]
    """Tokens of each row, in file order."""
    novelty: float
    """Mean over rows of the share (0 to 1) of the answer's specific words (names, numbers, links; those of the row's own prompt
    aside) that stand in no row with another answer; a row without any counts 0. Near 1 where every row teaches a fact of its
    own, near 0 where rows share a manner."""
    data_hash: str
    """sha256 over the ids of the rows in order: the same words give the same hash with or without BOM, CRLF or blank lines."""
    holdable_rows: int
    """The most rows a split holds out by its rules without taking a fact out of training that no other row teaches."""
