"""Labels that cannot grow without end: whatever a client or a server elsewhere sends, so many different values and no more."""

from __future__ import annotations

from dataclasses import dataclass, field

OTHER = "other"
MOST = 200
"""Different values of one label: more versions and tags than a project has at work at once, few enough for any Prometheus."""


@dataclass(slots=True)
class Bounded:
    """The values of one label that were seen; those after the last that fits are all `other`."""

    most: int = MOST
    seen: set[str] = field(default_factory=set)

    def __call__(self, value: str) -> str:
        """Return the value, or `other`."""
        value = value[:200]
        if value not in self.seen:
            if len(self.seen) >= self.most:
                return OTHER
            self.seen.add(value)
        return value
