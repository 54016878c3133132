"""The few figures that a page shows live, of each version since the server began: `GET /v1/figures`."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from burnish.serve.watch.told import FAILED, REFUSED, Told

WINDOW_SECONDS = 60.0
"""Over which tokens a second are told."""
LAST = 512
"""Requests whose times to the first token are kept."""


class VersionFigures(BaseModel):
    """One version's; null where nothing can be said yet."""

    requests: int
    """That reached it and have ended."""
    errors: int
    """Of these, those that got an error: refused or failed."""
    running: int
    waiting: int
    tokens_out_per_second: float
    """Over the last minute, by answers that ended in it."""
    first_token_seconds_p50: float | None
    first_token_seconds_p95: float | None
    natural_stops_share: float | None
    refusals_share: float | None
    context_shortened: int


class Figures(BaseModel):
    """`GET /v1/figures`."""

    object: str = "figures"
    since: float
    """Seconds that the server has run."""
    versions: dict[str, VersionFigures]


@dataclass(slots=True)
class Tally:
    """What one version did."""

    requests: int = 0
    errors: int = 0
    answers: int = 0
    natural: int = 0
    refusals: int = 0
    shortened: int = 0
    firsts: deque[float] = field(default_factory=lambda: deque(maxlen=LAST))
    tokens: deque[tuple[float, int]] = field(default_factory=deque)

    def ended(self, told: Told, refusals: Sequence[bool]) -> None:
        """Count a request that has ended."""
        self.requests += 1
        self.errors += told.outcome in {REFUSED, FAILED}
        made = [one for one in told.answers if one.reason in {"stop", "length"}]
        self.answers += len(made)
        self.natural += sum(one.natural for one in made)
        self.refusals += sum(refusals)
        self.shortened += told.shortened is not None
        if told.first_seconds is not None:
            self.firsts.append(told.first_seconds)
        self.tokens.append((time.monotonic(), told.completion_tokens))
        self._forget()

    def _forget(self) -> None:
        while self.tokens and self.tokens[0][0] < time.monotonic() - WINDOW_SECONDS:
            self.tokens.popleft()

    def told(self, running: int, waiting: int, since: float) -> VersionFigures:
        """Return its figures; a server younger than the window is measured over its age."""
        self._forget()
        return VersionFigures(
            requests=self.requests,
            errors=self.errors,
            running=running,
            waiting=waiting,
            tokens_out_per_second=sum(tokens for _, tokens in self.tokens) / min(WINDOW_SECONDS, max(since, 1.0)),
            first_token_seconds_p50=quantile(self.firsts, 0.5),
            first_token_seconds_p95=quantile(self.firsts, 0.95),
            natural_stops_share=self.natural / self.answers if self.answers else None,
            refusals_share=self.refusals / self.answers if self.answers else None,
            context_shortened=self.shortened,
        )


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least this share of the values does not exceed; None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else None
