"""Checkpoints: one folder each, with tensors as safetensors and the position as JSON. A kill leaves the old one or the new.

A checkpoint is written under a hidden name and moved into place in one rename; its JSON holds the sha256 of its tensors and
of itself, so a damaged one is known and passed over. The newest two are kept, and the newest that lies between two epochs.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from burnish import durable
from burnish.records.codec import JSON, from_json, to_json

KEPT = 2
_NAME = re.compile(r"step-(\d+)-epoch-(\d+)-try-(\d+)")
_TENSORS, _STATE = "tensors.safetensors", "state.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a run stands, and its counts so far: all of its state that is no tensor."""

    key: str
    """Hash of the plan and the rows it belongs to."""
    threads: int
    """CPU threads the run began with: sums of floats depend on them."""
    computed_by: tuple[str, ...] = ()
    """What computed the steps so far (arithmetic.py), in turn; more than one: the bits are no single one's. Empty: not known."""
    step: int = 0
    """Optimizer steps taken."""
    epoch: int = 0
    """Epochs completed, their held-out loss included."""
    epoch_step: int = 0
    """Steps taken of the epoch that is under way."""
    rate_scale: float = 1.0
    """Halved by each rewind."""
    rewinds: int = 0
    best_loss: float | None = None
    """The lowest held-out loss, the start's among them."""
    best_epoch: int = 0
    """The epoch that has it; 1 for the first, 0 for the start."""
    start_loss: float | None = None
    """Of the rows that are looked at all along (held-out rows, or the first step's), before the first step; None: not measured."""
    watched_loss: float | None = None
    """Of the same rows after the last epoch."""
    kept_loss: float | None = None
    """The lowest held-out loss after an epoch, which `keep = best` keeps; None where no row is held out."""
    kept_epoch: int = 0
    """The epoch that has it; 1 for the first."""
    recent: tuple[float, ...] = ()
    """The losses of the last steps, newest last."""
    looked_at: int = 0
    """The step after which the watched rows were last looked at within an epoch."""
    loss_epochs: tuple[float, ...] = ()
    """Mean nats a supervised token of each epoch that was trained whole."""
    tokens: int = 0
    supervised_tokens: int = 0
    seconds: float = 0.0
    loss_first: float = 0.0
    epoch_loss: float = 0.0
    """Nats summed over the epoch under way."""
    epoch_targets: int = 0
    loss_last: float = 0.0
    """Mean nats a supervised token of the last epoch, or of the part of it that was trained."""
    ended: str = ""
    """Why training is over; empty while it is not."""

    @property
    def name(self) -> str:
        """The checkpoint's folder name."""
        return f"step-{self.step:06d}-epoch-{self.epoch:04d}-try-{self.rewinds}"

    @property
    def between_epochs(self) -> bool:
        """Whether no step of an epoch under way has been taken."""
        return self.epoch_step == 0


def save(folder: Path, position: Position, tensors: Mapping[str, torch.Tensor]) -> Path:
    """Write a checkpoint below `folder`, remove what it makes needless, and return its path. Raises StorageError."""
    target, beside = folder / position.name, folder / f".{position.name}"
    durable.remove_folder(beside)
    durable.write_with(beside / _TENSORS, lambda path: save_file(dict(tensors), path))
    state = {"position": to_json(position), "sha256": durable.sha256_of(beside / _TENSORS)}
    durable.write_json(beside / _STATE, {**state, "digest": _digest(state)})
    if target.exists():  # a damaged one that was passed over, and the run has come here again
        durable.remove_folder(target)
    durable.move_folder(beside, target)
    _prune(folder)
    return target


def newest(folder: Path, *, between_epochs: bool = False) -> tuple[Position, dict[str, torch.Tensor]] | None:
    """Return the newest whole checkpoint (of those between epochs, if asked), or None where there is none."""
    for path in _ranked(folder):
        found = _read(path)
        if found is not None and (found[0].between_epochs or not between_epochs):
            return found
    return None


def _ranked(folder: Path) -> list[Path]:
    """Return the checkpoints, newest first: a later try beats a later step, which the try went back from."""
    found = [(match, path) for path in folder.glob("step-*") if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found, key=lambda pair: [int(pair[0][i]) for i in (3, 1, 2)], reverse=True)]


def _read(path: Path) -> tuple[Position, dict[str, torch.Tensor]] | None:
    state = _read_state(path)
    try:
        if state is None or durable.sha256_of(path / _TENSORS) != state["sha256"]:
            return None
        return from_json(Position, state["position"]), dict(load_file(path / _TENSORS))
    except (OSError, SafetensorError):
        return None


def _read_state(path: Path) -> dict[str, JSON] | None:
    try:
        state = json.loads((path / _STATE).read_text("utf-8"))
        return state if state.pop("digest") == _digest(state) else None
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None


def _digest(state: JSON) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _prune(folder: Path) -> None:
    ranked = _ranked(folder)
    states = [(path, _read_state(path)) for path in ranked]
    whole = [path for path, state in states if state is not None]
    between = [path for path, state in states if state is not None and state["position"]["epoch_step"] == 0]
    for path in ranked:
        if path not in (*whole[:KEPT], *between[:1]):
            durable.remove_folder(path)


def clean(folder: Path) -> None:
    """Remove what a kill left half-written."""
    for path in folder.glob(".step-*"):
        durable.remove_folder(path)
