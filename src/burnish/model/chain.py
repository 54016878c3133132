"""Adapters of several sessions as one: put side by side they are again one stock adapter, with exactly the sum of their effects.

With A1 (r1, in), B1 (out, r1) and A2, B2 of another session, s1 B1 A1 + s2 B2 A2 = [s1 B1, s2 B2] [A1; A2]: a LoRA of rank
r1 + r2. So a version is always one whole adapter of its base, whichever way it was trained, and nothing is ever rounded into
16-bit weights on the way. `merged` does round, once, and is for training on: what it costs is measured in benchmarks/merging.py.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.errors import ModelError
from burnish.model.lora import CONFIG, read_state

if TYPE_CHECKING:
    from torch import Tensor

A, B = ".lora_A.weight", ".lora_B.weight"
MORE = (
    "rank_pattern",
    "alpha_pattern",
    "use_dora",
    "modules_to_save",
    "alora_invocation_tokens",
    "layer_replication",
    "lora_bias",
)
"""Settings of PEFT by which an adapter is more, or other, than s B A on each of its modules."""
BASE_KEPT = (True, False, None, "gaussian", "eva", "orthogonal")
"""Values of init_lora_weights that leave the base as it is; with others (PiSSA, OLoRA, CorDA, LoftQ) PEFT takes the adapter's start
off the base's weights when it loads it, and the same matrices on the base itself are another model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAdapter:
    """An adapter as it lies on the disk."""

    state: Mapping[str, Tensor]
    """By their names in the stock file: A (rank, in) and B (out, rank) of each module, float32."""
    rank: int
    alpha: float
    scale: float
    """What B A is multiplied by: alpha / rank, or alpha / sqrt(rank) where it is rank-stabilised (Kalajdzievski 2023)."""
    targets: tuple[str, ...]
    """Names of the modules that have it, such as "q_proj", sorted."""
    rslora: bool


def read_saved(folder: Path) -> SavedAdapter:
    """Return an adapter and its numbers. Raises ModelError when it is damaged or not of one rank and scale throughout."""
    config = _config(folder)
    rank, alpha, rslora = config["r"], config["lora_alpha"], bool(config.get("use_rslora"))
    state = read_state(folder)
    odd = [name for name, tensor in state.items() if rank not in tensor.shape]
    odd += [f"{key} = {config[key]!r}" for key in MORE if config.get(key)]
    odd += [f"bias = {config['bias']!r}"] if config.get("bias", "none") != "none" else []
    start = config.get("init_lora_weights", True)
    odd += [] if start in BASE_KEPT else [f"init_lora_weights = {start!r}, which changes the base"]
    if odd:
        raise ModelError(
            f"the adapter in {folder} cannot be put beside another one",
            seen=f"{odd[0]}, where rank {rank} and one scale are needed throughout",
            remedy="use a LoRA that leaves the base's weights alone and has one rank and scale, or begin anew with --from base",
        )
    return SavedAdapter(
        state=state,
        rank=rank,
        alpha=alpha,
        scale=alpha / (math.sqrt(rank) if rslora else rank),
        targets=tuple(sorted({name.rsplit(".", 3)[1] for name in state})),
        rslora=rslora,
    )


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        whole = isinstance(config["r"], int) and isinstance(config["lora_alpha"], int | float) and config["r"] > 0
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"the adapter in {folder} cannot be read", seen=f"{CONFIG}: {error}", remedy="name a whole LoRA adapter"
        ) from None
    if not whole:
        raise ModelError(
            f"the adapter in {folder} has no rank", seen=f"{CONFIG}: r = {config['r']!r}", remedy="name a LoRA adapter"
        )
    return dict(config)


def alpha_for(rank: int, scale: float, *, rslora: bool) -> float:
    """Return the alpha that gives an adapter of this rank this scale; a whole number where it is one."""
    alpha = scale * (math.sqrt(rank) if rslora else rank)
    return round(alpha) if abs(alpha - round(alpha)) < 1e-9 else alpha


def side_by_side(first: SavedAdapter, second: Mapping[str, Tensor], rank: int, scale: float) -> dict[str, Tensor]:
    """Return the state of rank `first.rank + rank` and of scale `scale` with the effects of both; `second` has that scale already.

    A module that only one of them has gets zeros for the other.
    """
    import torch

    state: dict[str, Tensor] = {}
    for name in sorted({*first.state, *second}):
        one, other = first.state.get(name), second.get(name)
        if one is None:
            assert other is not None
            one = other.new_zeros((first.rank, other.shape[1]) if name.endswith(A) else (other.shape[0], first.rank))
        elif name.endswith(B):
            one = one * (first.scale / scale)
        if other is None:
            other = one.new_zeros((rank, one.shape[1]) if name.endswith(A) else (one.shape[0], rank))
        state[name] = torch.cat([one, other], dim=0 if name.endswith(A) else 1).contiguous()
    return state


def merge(model: Any, saved: SavedAdapter) -> None:
    """Add an adapter to the weights of a base model, in place: computed in float32, rounded once to the weights' own dtype.

    Raises ModelError for a module that the model does not have, before anything is changed.
    """
    import torch

    modules = dict(model.named_modules())
    names = [name.removeprefix("base_model.model.").removesuffix(A) for name in saved.state if name.endswith(A)]
    missing = [name for name in names if name not in modules]
    if missing:
        raise ModelError(
            "the adapter was made for another model", seen=f"no module {missing[0]}", remedy="use the base it was trained on"
        )
    with torch.no_grad():
        for name in names:
            a, b = saved.state[f"base_model.model.{name}{A}"], saved.state[f"base_model.model.{name}{B}"]
            weight = modules[name].weight
            change = (b.to(weight.device) @ a.to(weight.device)) * saved.scale
            weight.copy_(weight.float() + change)
