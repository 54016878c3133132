"""How many requests are under way: a place for each, a refusal when all are taken, and an orderly end when the server is told to stop.

A place is asked for when a request's last byte is here and before the first one is parsed, so a refusal costs next to nothing, and a
client that sends slowly holds no place. A version's engine orders those that have a place. Not covered: fairness between clients.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from burnish.serve.faults import Refused

WEIGHT = 0.05
"""How much the newest answer counts in the mean time of an answer: about the last twenty."""
LONGEST_RETRY = 60
"""Seconds a refused client is asked to wait at most."""


class Leaver(Protocol):
    """A request under way that can be told that its time is over."""

    def cut(self) -> None:
        """End it now, with words for its client."""


@dataclass(slots=True)
class Gate:
    """The places, and who has one."""

    places: int
    """Requests under way at most: those being answered and those waiting."""
    state: Literal["loading", "open", "draining"] = "loading"
    doing: str = ""
    """What is done while the first version is being loaded, in words."""
    seconds: float = 1.0
    """Mean time from getting a place to the answer's end, in seconds, of the last answers."""
    _inside: dict[int, Leaver] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        """Places that are taken now."""
        return len(self._inside)

    @contextlib.contextmanager
    def place(self, request: Leaver) -> Iterator[None]:
        """Hold a place for a request. Raises Refused (429) when there is none."""
        if len(self._inside) >= self.places:
            message = f"{len(self._inside)} requests are being answered or wait already; come again in {self.retry} s"
            raise Refused(429, message, code="queue_full", retry=self.retry)
        began = time.monotonic()
        self._inside[id(request)] = request
        try:
            yield
            self.seconds += WEIGHT * (time.monotonic() - began - self.seconds)
        finally:
            del self._inside[id(request)]

    @property
    def retry(self) -> int:
        """Whole seconds until as many requests have ended as are under way now: the mean time of one (Little's law)."""
        return max(1, min(LONGEST_RETRY, math.ceil(self.seconds)))

    def check(self) -> None:
        """Raise Refused (503) while nothing can be answered: before the first version is loaded, and once the server was told to stop."""
        if self.state == "loading":
            doing = f": {self.doing}" if self.doing else ""
            raise Refused(503, f"the model is still being loaded{doing}", code="not_loaded", retry=self.retry)
        if self.state == "draining":
            message = "the server was told to stop: it ends the answers it has begun and takes no new ones"
            raise Refused(503, message, code="draining", retry=self.retry)

    def cut(self) -> int:
        """End every request that is still under way; return how many."""
        left = list(self._inside.values())
        for one in left:
            one.cut()
        return len(left)
