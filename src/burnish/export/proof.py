"""What a proof says: each check passed or not, the value seen, and what to do; written beside the artefact as proof.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.records.codec import JSON

FILE = "proof.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must be so."""

    name: str
    passed: bool
    seen: str
    """The value seen, with its unit; what differs first, where something does."""
    remedy: str = ""
    figures: Mapping[str, JSON] = field(default_factory=dict)
    shown: bool = True
    """False where nothing speaks against it and nothing shows it either: that is told, and proves nothing."""

    @property
    def word(self) -> str:
        """Whether it holds, in a word or two."""
        return "NO" if not self.passed else "yes" if self.shown else "not shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All checks of one artefact."""

    kind: str
    version: str
    when: str
    """UTC, ISO 8601."""
    checks: tuple[Check, ...]
    tolerance: Mapping[str, JSON]
    made_with: Mapping[str, str]
    """Versions of the libraries that took part."""
    memory: str = "none"
    """What was proven of the rows that the version answers with; "none" where it has none."""

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def not_shown(self) -> tuple[Check, ...]:
        """The checks that passed without having shown anything."""
        return tuple(check for check in self.checks if check.passed and not check.shown)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far an artefact may be from the trained model, by kind of weights."""

    divergence: float
    """Mean over all places of KL(trained || artefact), in nats."""
    undecided: float
    """Where the trained model's first two choices lie closer than this (nats), either may be taken."""
    why: str

    def to_json(self) -> dict[str, JSON]:
        """Return the numbers with their units."""
        return {"mean_divergence_nats": self.divergence, "undecided_nats": self.undecided, "why": self.why}


TOLERANCES = {
    "adapter": Tolerance(divergence=1e-4, undecided=0.01, why="the same weights, loaded by PEFT"),
    "merged": Tolerance(divergence=0.01, undecided=0.25, why="weights rounded to bfloat16, 8 bits of mantissa"),
    "f16": Tolerance(divergence=0.01, undecided=0.25, why="weights rounded to float16; computed by llama.cpp"),
    "q8_0": Tolerance(divergence=0.03, undecided=0.5, why="8 bits a weight"),
    "q5_1": Tolerance(divergence=0.1, undecided=1.0, why="5 bits a weight"),
    "q5_0": Tolerance(divergence=0.1, undecided=1.0, why="5 bits a weight"),
    "q4_1": Tolerance(divergence=0.25, undecided=2.0, why="4 bits a weight"),
    "q4_0": Tolerance(divergence=0.25, undecided=2.0, why="4 bits a weight"),
}
"""About four times what smollm2-135m and random toys showed (merged 0.0021 nats, q8_0 0.0057, q4_1 0.036, q4_0 of a toy 0.061)."""
