"""What the loop tells while it trains. One line of events.jsonl each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from burnish.records.codec import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The run begins, or goes on."""

    steps: int
    """Optimizer steps of the whole run, if nothing stops it early."""
    epochs: int
    rows: int
    held_out_rows: int
    tokens_an_epoch: int
    """Tokens of all training rows, padding not counted."""
    resumed_at: int
    """Steps that were done already; 0 for a new run."""
    computed_by: str = ""
    """The form of the step, the library and the processor; empty in records from before this was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A run that goes on is computed otherwise than until now: from here it agrees with an unbroken one to rounding, not in bits."""

    step: int
    """Steps that were done before."""
    before: str
    """What computed them."""
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """One optimizer step is done."""

    step: int
    """1 for the first."""
    steps: int
    epoch: int
    """1 for the first."""
    loss: float
    """Mean nats a supervised token of this step, before the step."""
    learning_rate: float
    grad_norm: float
    """Before clipping."""
    tokens: int
    supervised_tokens: int
    seconds: float
    memory_bytes: int = 0
    """What the process holds right after the step; 0 in records from before this was kept."""
    peak_bytes: int = 0
    """The most it has held so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """The held-out rows were judged: before the first step, and at the end of each epoch."""

    epoch: int
    """0: where training starts, before the first step."""
    step: int
    loss: float
    """Mean nats a supervised token."""
    best: bool
    """Whether it is the lowest so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A checkpoint is on the disk, whole."""

    step: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewound:
    """A number was not finite: the run went back, and goes on at half the rate."""

    step: int
    """The step it could not take."""
    reason: str
    learning_rate: float
    """The highest rate from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverged:
    """The loss is far above where it started, on the same rows: training ends here, for more steps mend nothing."""

    step: int
    loss: float
    """Mean nats a supervised token now."""
    start: float
    """The same rows' loss before the first step."""
    rows: str
    """Which rows: "held-out" or "training"."""
    learning_rate: float
    """The highest rate of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The run was asked to stop; it can be resumed."""

    step: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The adapter is written, and it is alive."""

    step: int
    epoch_kept: int
    """1 for the first."""
    steps: int
    """Optimizer steps taken."""
    loss_first: float
    """Mean nats a supervised token of the first step: one batch of rows, so not to be set against an epoch's mean."""
    loss_last: float
    """Mean nats a supervised token over the last epoch that was trained."""
    held_out_best: float | None
    """The lowest held-out loss after an epoch; None when no row is held out."""
    tokens: int
    supervised_tokens: int
    seconds: float
    """Of steps and held-out judging, over all parts of a resumed run."""
    tokens_per_second: float
    adapter_hash: str
    """sha256 of adapter_model.safetensors."""
    adapter_effect: float
    """The largest change of a logit of a training row that the adapter makes."""
    reason: str
    """Why training ended, and why this epoch was kept."""
    loss_epochs: tuple[float, ...] = ()
    """Mean nats a supervised token of each epoch that was trained whole."""
    loss_start: float | None = None
    """Of the rows looked at all along, before the first step: the held-out rows, or the first step's where none is held out."""
    loss_kept: float | None = None
    """Of the same rows, with the adapter that is kept."""
    loss_rows: str = ""
    """Which rows these are: "held-out" or "training"."""
    diverged: str = ""
    """What shows that the kept adapter's loss is far above where it started, in words; empty where it is not."""


Event = Started | Changed | Stepped | HeldOut | Saved | Rewound | Diverged | Stopped | Finished


def line(event: Event) -> str:
    """Return an event as one line of JSON; the key `event` is its name in snake_case, such as "held_out"."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    return json.dumps({"event": name, **to_json(event)}, allow_nan=False)
