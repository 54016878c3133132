"""Facts of the data that a plan is made from."""

from __future__ import annotations

from dataclasses import dataclass

ABOUT_FACTS = 0.8
"""From this share of rows that state a fact on, rows are about facts. Measured: ten sets of invented facts 0.95 and more, the starter rows
(half style, half facts) 0.67, one person's terse replies 0.22."""


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
    fact_rows: int = 0
    """Rows that state a fact: asked in several ways, or with a number, time, link, code or name that the question does not hold."""
    facts: int = 0
    """Different facts that they state; several rows may state one."""
    holdable_rows: int
    """The most rows a split holds out by its rules without taking a fact out of training that no other row teaches."""

    @property
    def about_facts(self) -> bool:
        """Whether the rows as a whole are about facts, and are trained until these are known."""
        return self.fact_rows >= ABOUT_FACTS * max(1, self.rows)
