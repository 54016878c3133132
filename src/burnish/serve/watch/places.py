"""Who is answered and who waits, at one version's engine. Engines take answers in the order asked, so many at once as they have places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Asker(Protocol):
    """Whose answer it is."""

    model: str


class Guest(Protocol):
    """An answer that wants a place."""

    @property
    def telling(self) -> Asker:
        """The request it belongs to."""

    @property
    def tokens_held(self) -> int:
        """Tokens of its prompt and of what was answered so far."""

    def begin(self) -> None:
        """Take note that the engine works on it from now on."""


@dataclass(slots=True)
class Places:
    """One engine's places."""

    size: int = 0
    """Answers made at once; 0: not known, so that nobody is seen to wait."""
    room: int = 0
    """Tokens whose memory was taken for all places together; 0: not known."""
    names: set[str] = field(default_factory=set)
    """The names it was asked by."""
    running: dict[Guest, None] = field(default_factory=dict)
    waiting: dict[Guest, None] = field(default_factory=dict)

    def arrive(self, guest: Guest) -> None:
        """Give a place, or let it wait for one."""
        if self.size and len(self.running) >= self.size:
            self.waiting[guest] = None
            return
        self._seat(guest)

    def surely(self, guest: Guest) -> None:
        """Note that a token of it came, whatever was thought: it has a place."""
        if guest in self.waiting:
            del self.waiting[guest]
            self._seat(guest)

    def leave(self, guest: Guest) -> None:
        """Give its place to whoever has waited longest."""
        self.running.pop(guest, None)
        self.waiting.pop(guest, None)
        while self.waiting and len(self.running) < self.size:
            first = next(iter(self.waiting))
            del self.waiting[first]
            self._seat(first)

    def _seat(self, guest: Guest) -> None:
        self.running[guest] = None
        guest.begin()

    @property
    def used(self) -> float | None:
        """The share of the cache that running answers hold, 0 to 1; None where its size is not known."""
        return min(1.0, sum(one.tokens_held for one in list(self.running)) / self.room) if self.room else None
