"""The table of what can be exported: a new kind is one line here and the file it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from burnish.errors import ModelError
from burnish.export.gguf import build_gguf, prove_gguf
from burnish.export.hf import build_adapter, build_merged, prove_adapter, prove_merged
from burnish.export.job import Job
from burnish.export.ollama import build_ollama, prove_ollama
from burnish.export.proof import TOLERANCES, Check, Tolerance
from burnish.export.quantise import QUANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One form in which a version leaves the house."""

    build: Callable[[Job, Path], None]
    """Writes the artefact into an empty folder."""
    prove: Callable[[Job, Path], list[Check]]
    """Returns the checks of an artefact that is there."""
    bytes_a_weight: float
    """Disk it takes at most while it is made, in bytes for each weight of the base."""
    quantised: bool = False
    """Whether `--quant` means anything to it."""

    def tolerance(self, name: str, quant: str) -> Tolerance:
        """Return how far this kind may be from the trained model."""
        return TOLERANCES[quant if self.quantised else name]


KINDS: Mapping[str, Kind] = {
    "adapter": Kind(build=build_adapter, prove=prove_adapter, bytes_a_weight=0.3),
    "merged": Kind(build=build_merged, prove=prove_merged, bytes_a_weight=2.1),
    "gguf": Kind(build=build_gguf, prove=prove_gguf, bytes_a_weight=7.0, quantised=True),
    "ollama": Kind(build=build_ollama, prove=prove_ollama, bytes_a_weight=7.0, quantised=True),
}


def kind_of(name: str, quant: str) -> Kind:
    """Return a kind by name. Raises ModelError for a kind or a quantisation that there is not."""
    if name not in KINDS:
        raise ModelError(f"there is no kind of export {name!r}", seen=name, remedy="use one of " + ", ".join((*KINDS, "version")))
    if quant not in QUANTS:
        raise ModelError(f"there is no --quant {quant!r}", seen=quant, remedy="use one of " + ", ".join(QUANTS))
    return KINDS[name]
