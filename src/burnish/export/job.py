"""One export: what is made, of which version, and whom to tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from burnish.export.opened import Report, Version
from burnish.export.probes import Probe, probes_of
from burnish.export.reference import Reference, reference_of


@dataclass(slots=True)
class Job:
    """What builders and provers share."""

    version: Version
    quant: str
    report: Report
    probes: tuple[Probe, ...] = ()
    _reference: Reference | None = field(default=None)

    def __post_init__(self) -> None:
        """Choose the probes once."""
        self.probes = self.probes or probes_of(self.version)

    @property
    def reference(self) -> Reference:
        """The trained model's own answers, made on first use."""
        if self._reference is None:
            self.report("asking the trained model")
            self._reference = reference_of(self.version, self.probes)
        return self._reference
