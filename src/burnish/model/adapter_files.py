"""Is an adapter's folder safe to hand to a library? Looked at as data, before anything of it is loaded.

Refused by name: program code and pickles beside the weights, settings that name modules to import or arguments for a tokenizer,
and a safetensors file whose header says other than the file holds.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from burnish.errors import ModelError, gather

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
MOST_TENSORS = 20_000
"""A LoRA adapter of 400 layers with 7 modules each has 5,600."""
MOST_HEADER_BYTES = 8 << 20
_CODE = {".py", ".pyc", ".so", ".sh", ".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".dll", ".dylib"}
_IMPORTS = (
    "auto_mapping",
    "auto_map",
    "megatron_config",
    "tokenizer_kwargs",
    "trust_remote_code",
    "custom_pipelines",
    "layers_module",
)
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}


def check_adapter(folder: Path) -> None:
    """Raise one ModelError that lists all that keeps an adapter from being loaded. Nothing of it is imported or run."""
    faults = [*_file_faults(folder), *_config_faults(folder / CONFIG), *_weight_faults(folder / WEIGHTS)]
    if faults:
        remedy = "name a LoRA folder with adapter_config.json and adapter_model.safetensors, from a source you trust"
        raise gather(f"the adapter in {folder} cannot be used:", faults, remedy=remedy, cls=ModelError)


def _file_faults(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            yield f"{name}: a link or a device, not a file"
        elif path.suffix.lower() in _CODE and path.is_file():
            yield f"{name}: program code or a pickle, which burnish never opens"


def _config_faults(path: Path) -> Iterator[str]:
    try:
        config = json.loads(path.read_text("utf-8"))
        kind = config.get("peft_type")
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        yield f"{path.name} cannot be read: {error}"
        return
    if kind != "LORA":
        yield f"{path.name}: peft_type = {kind!r}, no LoRA"
    for key in _IMPORTS:
        if config.get(key):
            yield f"{path.name}: {key} = {json.dumps(config[key])[:80]}: settings may name no code and no arguments for any"
    if config.get("megatron_core", "megatron.core") not in (None, "megatron.core"):
        yield f"{path.name}: megatron_core = {config['megatron_core']!r}: settings may name no module to import"


def _weight_faults(path: Path) -> Iterator[str]:
    try:
        header, size = _header(path)
        yield from (f"{path.name}: {fault}" for fault in _header_faults(header, size))
    except (OSError, ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        yield f"{path.name} cannot be read: {error}"


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """Return a safetensors file's header, and how many bytes of tensors follow it."""
    with path.open("rb") as file:
        total = os.fstat(file.fileno()).st_size
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(MOST_HEADER_BYTES, total - 8):
            raise ValueError(f"its header says it is {length} bytes long")
        header = json.loads(file.read(length), object_pairs_hook=_once)
    if not isinstance(header, dict):
        raise ValueError("its header is no JSON object")
    return header, total - 8 - length


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("its header names a key twice")
    return dict(pairs)


def _header_faults(header: Mapping[str, Any], size: int) -> Iterator[str]:
    tensors = [(name, fact) for name, fact in header.items() if name != "__metadata__"]
    if not 0 < len(tensors) <= MOST_TENSORS:
        yield f"{len(tensors)} tensors; an adapter has 1 to {MOST_TENSORS}"
        return
    end = 0
    for name, fact in sorted(tensors, key=lambda pair: pair[1]["data_offsets"]):
        first, last = fact["data_offsets"]
        shape = fact["shape"]
        if fact["dtype"] not in _BYTES or not all(isinstance(n, int) and n > 0 for n in shape):
            yield f"{name[:80]!r} is {fact['dtype']} {shape}, no weights of an adapter"
            return
        if first != end or last - first != _BYTES[fact["dtype"]] * math.prod(shape):
            yield f"{name[:80]!r} says it lies at {first} to {last}, which its shape and its neighbours contradict"
            return
        end = last
    if end != size:
        yield f"its tensors end at {end}, the file at {size}"
