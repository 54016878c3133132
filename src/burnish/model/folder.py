"""A folder in Hugging Face layout: whether it is whole and safe, and the sha256 of its weights.

Never code from the folder, never pickle: a folder that needs either is refused, with the way out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import ModelError, StorageError, gather
from burnish.model.cache import cache_folder, weights_digest

POOLING = Path("1_Pooling/config.json")
"""How an encoder makes one vector of its tokens' (as sentence-transformers writes it); no base model has it."""
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json")


def check_folder(folder: Path) -> None:
    """Raise one ModelError that lists all that keeps a folder from being used as a base model."""
    if not (folder / "config.json").exists() and (folder / "adapter_config.json").exists():
        remedy = "name the model that the adapter was trained on"
        raise ModelError(f"{folder} holds an adapter, not a base model", seen="adapter_config.json", remedy=remedy)
    if (folder / POOLING).exists():
        remedy = "name the model that writes text; an encoder only compares texts"
        raise ModelError(f"{folder} holds an encoder, not a base model", seen=str(POOLING), remedy=remedy)
    faults = [*_config_faults(folder), *weight_faults(folder), *tokenizer_faults(folder)]
    if faults:
        remedy = "complete the folder (each fault says how), or name another model"
        raise gather(f"the model folder {folder} cannot be used:", faults, remedy=remedy, cls=ModelError)


def _config_faults(folder: Path) -> list[str]:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kind = config["model_type"]
    except FileNotFoundError:
        return ["config.json is missing: copy it from where the model came from"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"config.json cannot be read ({type(error).__name__}: {error}): copy it again"]
    faults = []
    if config.get("auto_map") and not _known_to_transformers(kind):
        faults.append(
            f'"{kind}" needs program code from the model folder (auto_map), which burnish never runs: use a model without it'
        )
    if config.get("quantization_config"):
        faults.append("its weights are stored quantized (quantization_config): use the same model unquantized, in bf16 or fp16")
    return faults


def _known_to_transformers(model_type: str) -> bool:
    """Return whether the library has its own code for this type, so that the folder's code is never needed."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    return model_type in CONFIG_MAPPING_NAMES


def weight_faults(folder: Path) -> list[str]:
    """Return what is wrong with the weight files of a folder, a phrase each; their content is not read."""
    index = folder / "model.safetensors.index.json"
    if index.exists():
        return _shard_faults(folder, index)
    if (folder / "model.safetensors").exists():
        return []
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt")) or any(folder.glob("*.pth")):
        return ["its weights are pickle files, which can run code when opened: get the model's safetensors, or convert them"]
    return ["model.safetensors is missing: copy the weights into the folder"]


def _shard_faults(folder: Path, index: Path) -> list[str]:
    try:
        named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [f"{index.name} cannot be read ({type(error).__name__}): copy it again"]
    outside = [
        name for name in named if not isinstance(name, str) or Path(name).name != name or not name.endswith(".safetensors")
    ]
    if outside:
        return [f"{index.name} names a file that is no safetensors of this folder: {outside[0]!r}"]
    return [f"{name} is missing: {index.name} names it" for name in sorted(named) if not (folder / name).exists()]


def tokenizer_faults(folder: Path) -> list[str]:
    """Return a phrase where a folder has no tokenizer that can be read, else nothing."""
    if any((folder / name).exists() for name in _TOKENIZERS):
        return []
    return ["tokenizer.json is missing: copy it (and tokenizer_config.json) from where the model came from"]


def weights_hash(folder: Path) -> str:
    """Return the sha256 of the weights of a whole folder (see `weights_digest`).

    Each file's sha256 is remembered in the cache by the file's size, time and place, so that a large model is read once.
    """
    note = cache_folder() / "hashes" / (hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32] + ".json")
    known = _read_note(note)
    files, notes = {}, {}
    for file in _weight_files(folder):
        stat = file.stat()
        mark = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        seen = known.get(file.name)
        files[file.name] = seen[3] if seen and seen[:3] == mark else durable.sha256_of(file)
        notes[file.name] = [*mark, files[file.name]]
    if notes != known:
        with contextlib.suppress(StorageError):  # the note only saves time
            durable.write_json(note, notes)
    return weights_digest(files)


def _weight_files(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return [folder / "model.safetensors"]
    return [folder / name for name in sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))]


def _read_note(note: Path) -> dict[str, list[Any]]:
    try:
        value = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) and all(isinstance(item, list) and len(item) == 4 for item in value.values()) else {}
