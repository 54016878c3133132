"""A run: the unit of lineage, and what `run.json` holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from burnish.records.codec import JSON
from burnish.records.gate import GateResult
from burnish.records.taught import VerdictPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished training and all that is needed to trust it."""

    id: str
    created: str
    """UTC, ISO 8601."""
    parents: tuple[str, ...]
    """The version it continued from; empty: from the base."""
    method: str
    """"sft", later "dpo" and "rl"."""
    base_model: str
    """The name or path the person gave."""
    base_hash: str
    """sha256 of the base's weights file."""
    data_files: tuple[str, ...]
    data_hash: str
    adapter_hash: str
    """sha256 of adapter_model.safetensors."""
    rows: int
    """Rows trained on."""
    steps: int
    tokens: int
    supervised_tokens: int
    loss_first: float
    """Of the first step: one batch of rows, so never to be set against `loss_last`."""
    loss_last: float
    """Mean of the last epoch."""
    train_seconds: float
    wall_seconds: float
    peak_bytes: int
    tokens_per_second: float
    trainable_parameters: int
    verdict: str
    """One of VERDICTS, or "not judged"."""
    scores: Mapping[str, JSON] = field(default_factory=dict)
    """By suite: before, after, difference, low, high, p, n, verdict."""
    ledger: Mapping[str, JSON] = field(default_factory=dict)
    gates: tuple[GateResult, ...] = ()
    """What came of each of the project's gates."""
    decision: str = ""
    """PROCEED, ADJUST or STOP; empty where the project has no gate."""
    retention: str = ""
    """"kept", "fell" or "forgot", of the sessions before it; empty where there is none."""
    environment: Mapping[str, JSON] = field(default_factory=dict)
    """Python, library versions, code state, machine."""
    tags: tuple[str, ...] = ()
    base_parameters: int = 0
    """Weights of the base, which stay as they are; 0 in records from before this was kept."""
    epoch_of: str = ""
    """`RUN@epoch3` for a version that was made of an epoch of another run; empty for any other."""

    loss_epochs: tuple[float, ...] = ()
    """Mean training loss of each whole epoch, the only two of which may be set side by side; empty in records from before it was kept."""
    loss_start: float | None = None
    loss_kept: float | None = None
    """Loss of the same rows before the first step, and with the adapter that is kept; None where it was not measured."""
    loss_rows: str = ""
    """Which rows these are: "held-out", or "training" (those of the first step) where none is held out."""
    memory: Mapping[str, JSON] = field(default_factory=dict)
    """What the rows that it carries do for it (`records.carried.RowsMeasured`); empty where it carries none."""
    parts: tuple[VerdictPart, ...] = ()
    """The verdict's named parts: taught facts and each suite, each judged by itself; empty in records from before it was kept."""
    broken: str = ""
    """What shows that it is no use as a model: its loss is far above the start's, or its answers do not end or repeat; else empty."""
    broken_remedy: str = ""
    """What to change; empty where it is not broken."""

    @property
    def trained_share(self) -> float | None:
        """The trained weights among all, the base's included; None where the base's number is not known."""
        every = self.base_parameters + self.trainable_parameters
        return self.trainable_parameters / every if self.base_parameters else None


def training_loss(means: Sequence[float]) -> str:
    """Return the training loss in words, like beside like: means of whole epochs.

    >>> training_loss((2.767, 2.657, 2.606)), training_loss((2.5,))
    ('mean training loss 2.767 in the first epoch, 2.606 in the last of 3 whole ones', 'mean training loss 2.500 over one whole epoch')
    """
    if not means:
        return "the training loss of no whole epoch is known"
    if len(means) == 1:
        return f"mean training loss {means[0]:.3f} over one whole epoch"
    return f"mean training loss {means[0]:.3f} in the first epoch, {means[-1]:.3f} in the last of {len(means)} whole ones"
