"""Adapters into their base: W + scale · B A in float32, stored in bfloat16, tensor by tensor from the safetensors files.

A base in bfloat16 lies on bfloat16's own grid, so a change under half a step of it is rounded back to nothing: a short training
may lose a fifth of its effect so (smollm2-135m, 4 steps). What is converted further is therefore stored in float32 meanwhile.

Never more than one shard and one float32 weight are in memory. What is not a plain LoRA is refused, never passed over.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import ModelError
from burnish.export.opened import Report, Version, adapters_of
from burnish.model.lora import CONFIG, read_state
from burnish.model.shape import read_header

if TYPE_CHECKING:
    from torch import Tensor

SHARD_BYTES = 1_000_000_000
"""One weight file holds at most this (or one tensor): the shards bound the memory of a merge."""
_PREFIX = "base_model.model."
_PLAIN = {"use_dora": False, "bias": "none", "modules_to_save": None, "rank_pattern": {}, "alpha_pattern": {}, "lora_bias": False}
"""Settings of an adapter config that mean a plain LoRA; any other value would be lost by W + scale · B A."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What one adapter adds to one weight: scale · B A."""

    scale: float
    a_RI: Tensor
    b_OR: Tensor
    transposed: bool
    """Whether the base stores the weight as (inputs, outputs), as GPT-2 does."""

    def matrix(self) -> Tensor:
        """Return the change in float32, in the base's layout."""
        change = self.scale * (self.b_OR.float() @ self.a_RI.float())
        return change.T if self.transposed else change


def read_config(folder: Path) -> dict[str, Any]:
    """Return an adapter's settings. Raises ModelError where they cannot be read."""
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        config["r"], config["lora_alpha"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "name a folder with adapter_config.json and adapter_model.safetensors"
        raise ModelError(f"the adapter in {folder} cannot be read", seen=f"{CONFIG}: {error}", remedy=remedy) from error
    return dict(config)


def scale_of(config: dict[str, Any]) -> float:
    """Return what multiplies B A: alpha / rank, or alpha / sqrt(rank) with rsLoRA (Kalajdzievski 2023, arXiv 2312.03732)."""
    rank = config["r"]
    return float(config["lora_alpha"] / (math.sqrt(rank) if config.get("use_rslora") else rank))


def deltas_of(folder: Path) -> dict[str, Delta]:
    """Return {module name: Delta} of a saved adapter. Raises ModelError for anything that is not a plain LoRA."""
    config = read_config(folder)
    state = read_state(folder)
    other = [f"{key} = {config[key]!r}" for key, plain in _PLAIN.items() if config.get(key) and config[key] != plain]
    names = {name.removesuffix(".lora_A.weight").removesuffix(".lora_B.weight") for name in state}
    wanted = {f"{name}.lora_{half}.weight" for name in names for half in "AB"}
    other += [f"a weight named {name}" for name in sorted(set(state) ^ wanted)]
    other += [f"a weight named {name}" for name in sorted(names) if not name.startswith(_PREFIX)]
    if other or not names:
        raise ModelError(
            f"the adapter in {folder} is more than a plain LoRA, or less, and would not be merged whole",
            seen="; ".join(other[:3]) or "no weights",
            remedy="merge it with the tool that made it, or train it anew with burnish",
        )
    scale, turned = scale_of(config), bool(config.get("fan_in_fan_out"))
    return {
        name.removeprefix(_PREFIX): Delta(scale, state[f"{name}.lora_A.weight"], state[f"{name}.lora_B.weight"], turned)
        for name in sorted(names)
    }


class Merging:
    """A base folder and the adapters on it, read lazily."""

    def __init__(self, base: Path, adapters: list[Path], dtype: str) -> None:
        """Match every adapter weight with one of the base. Raises ModelError naming those without one."""
        self.dtype = dtype
        self.width = 2 if dtype == "bfloat16" else 4
        self.where: dict[str, Path] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        for file in sorted(base.glob("*.safetensors")):
            for name, entry in read_header(file).items():
                if name != "__metadata__":
                    self.where[name] = file
                    self.shapes[name] = tuple(entry["shape"])
        self.deltas: dict[str, list[Delta]] = {}
        lost: list[str] = []
        for folder in adapters:
            for module, delta in deltas_of(folder).items():
                weight = self._weight(module)
                if weight is None:
                    lost.append(module)
                else:
                    self.deltas.setdefault(weight, []).append(delta)
        if lost:
            raise ModelError(
                "the adapter changes weights that the base does not store under a name of their own",
                seen=", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else ""),
                remedy="export the adapter by itself (burnish export adapter), which needs no merge",
            )

    def _weight(self, module: str) -> str | None:
        exact = f"{module}.weight"
        if exact in self.where:
            return exact
        ending = [name for name in self.where if name.endswith("." + exact.removeprefix("model."))]
        return ending[0] if len(ending) == 1 else None

    def names(self) -> list[str]:
        """Return the base's weights, in the order of their names."""
        return sorted(self.where)

    def tensor(self, name: str) -> Tensor:
        """Return one merged weight, in the dtype to store if it is a floating one."""
        import torch
        from safetensors import safe_open

        with safe_open(self.where[name], framework="pt") as file:
            weight: Tensor = file.get_tensor(name)
        if not weight.is_floating_point():
            return weight
        whole = weight.to(torch.float32)
        for delta in self.deltas.get(name, ()):
            whole = whole + delta.matrix()
        return whole.to(getattr(torch, self.dtype)).contiguous()

    def shards(self) -> list[list[str]]:
        """Return the names, file by file."""
        shards: list[list[str]] = [[]]
        used = 0
        for name in self.names():
            size = self.width * math.prod(self.shapes[name])
            if shards[-1] and used + size > SHARD_BYTES:
                shards.append([])
                used = 0
            shards[-1].append(name)
            used += size
        return shards


def merging(version: Version, dtype: str = "bfloat16") -> Merging:
    """Return the version's base with its adapters on it, to be stored in `dtype`."""
    return Merging(version.source.folder, adapters_of(version), dtype)


def write_weights(merged: Merging, folder: Path, report: Report) -> None:
    """Write the merged weights as safetensors, with an index where there are several files. Raises StorageError."""
    shards = merged.shards()
    index: dict[str, str] = {}
    for number, (file, names) in enumerate(_files(shards), start=1):
        report(f"merging: file {number} of {len(shards)}, {len(names)} weights")
        _write_shard(merged, names, folder / file)
        index |= dict.fromkeys(names, file)
    if len(shards) > 1:
        total = merged.width * sum(math.prod(shape) for shape in merged.shapes.values())
        durable.write_json(
            folder / "model.safetensors.index.json",
            {"metadata": {"total_size": total}, "weight_map": dict(sorted(index.items()))},
        )


def _files(shards: list[list[str]]) -> Iterator[tuple[str, list[str]]]:
    for number, names in enumerate(shards, start=1):
        single = "model.safetensors"
        yield (single if len(shards) == 1 else f"model-{number:05d}-of-{len(shards):05d}.safetensors"), names


def _write_shard(merged: Merging, names: list[str], path: Path) -> None:
    from safetensors.torch import save_file

    tensors = {name: merged.tensor(name) for name in names}
    durable.write_with(path, lambda beside: save_file(tensors, beside, metadata={"format": "pt"}))
