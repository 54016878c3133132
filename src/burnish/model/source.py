"""From the name a person types to a folder in Hugging Face layout that is whole and safe to load.

Never code from a model folder, never pickle: a folder that needs either is refused, with the way out.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import ModelError, StorageError, gather
from burnish.model.cache import Report, build_once, cache_folder, faults_of, read_seal, weights_digest

__all__ = ["EMBEDDED", "HUB_NAMES", "ModelSource", "cache_folder", "check_folder", "embedded_folder", "resolve"]

EMBEDDED = "smollm2-135m"
HUB_NAMES = (
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
    "Qwen/Qwen3-1.7B",
    "unsloth/Qwen2.5-1.5B-Instruct",
    "meta-llama/Llama-3.2-3B-Instruct",
)
"""Hub names that are offered when a name is not known; any other hub name works too."""

_WANTED = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt")
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json")
_PULL = f"burnish models pull {EMBEDDED}"


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A base model that can be loaded."""

    name: str
    """As the person typed it."""
    folder: Path
    """In Hugging Face layout, with safetensors."""
    weights_hash: str
    """sha256 of the one safetensors file, or of the `sha256sum` listing of several."""


def embedded_folder() -> Path:
    """Return where the embedded model lies in the cache, there or not."""
    return cache_folder() / "models" / EMBEDDED


def _silent(text: str) -> None:
    """Report nothing."""


def resolve(name: str, report: Report = _silent) -> ModelSource:
    """Return the folder and the weights' hash of a model name, converting or downloading where that is needed.

    A name is the embedded model, a `.gguf` file, a folder, or a hub name. Raises ModelError for a name that is none of
    these, a folder that is not whole, or one that would need pickle or its own code; StorageError for a full disk.
    """
    if name == EMBEDDED:
        return _embedded()
    path = Path(name).expanduser()
    if path.suffix == ".gguf":
        return _from_gguf(name, path, report)
    if path.is_dir():
        return _from_folder(name, path.absolute())
    if re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+", name) and not path.exists():
        return _from_folder(name, _hub_folder(name, report))
    raise _unknown(name, path)


def _embedded() -> ModelSource:
    folder = embedded_folder()
    if not folder.exists():
        raise ModelError(f"the model {EMBEDDED} is not on this machine yet", seen=str(folder), remedy=f"type `{_PULL}`")
    return _sealed(EMBEDDED, folder, f"type `{_PULL}`: it is built again")


def _sealed(name: str, folder: Path, remedy: str) -> ModelSource:
    faults = faults_of(folder)
    seal = read_seal(folder)
    if faults or seal is None:
        raise ModelError(f"the cached model {name} is damaged", seen="; ".join(faults), remedy=remedy)
    return ModelSource(name, folder, seal["weights_hash"])


def _from_gguf(name: str, path: Path, report: Report) -> ModelSource:
    from burnish.model.gguf import convert

    if not path.is_file():
        raise ModelError(f"there is no file {name}", seen=str(path.absolute()), remedy="name a .gguf file that is there")
    report(f"reading {path.name}")
    digest = durable.sha256_of(path)
    folder = cache_folder() / "models" / f"gguf-{digest[:16]}"

    def build(target: Path) -> dict[str, Any]:
        convert(path, target, report)
        return {"name": path.name, "gguf": path.name, "gguf_sha256": digest}

    build_once(folder, build, report)
    return _sealed(name, folder, "type the same command again: it is built again")


def _from_folder(name: str, folder: Path) -> ModelSource:
    check_folder(folder)
    return ModelSource(name, folder, _weights_hash(folder))


def check_folder(folder: Path) -> None:
    """Raise one ModelError that lists all that keeps a folder from being used as a base model."""
    if not (folder / "config.json").exists() and (folder / "adapter_config.json").exists():
        remedy = "name the model that the adapter was trained on"
        raise ModelError(f"{folder} holds an adapter, not a base model", seen="adapter_config.json", remedy=remedy)
    faults = [*_config_faults(folder), *_weight_faults(folder), *_tokenizer_faults(folder)]
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


def _weight_faults(folder: Path) -> list[str]:
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


def _tokenizer_faults(folder: Path) -> list[str]:
    if any((folder / name).exists() for name in _TOKENIZERS):
        return []
    return ["tokenizer.json is missing: copy it (and tokenizer_config.json) from where the model came from"]


def _weights_hash(folder: Path) -> str:
    """Hash the weights, remembering each file's sha256 by its size, time and place so that large models are read once."""
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


def _hub_folder(name: str, report: Report) -> Path:
    """Return the snapshot of a hub name: the one on this machine if it is whole, else a fresh download."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    with contextlib.suppress(LocalEntryNotFoundError):
        folder = Path(snapshot_download(name, allow_patterns=list(_WANTED), local_files_only=True))
        if not _weight_faults(folder) and not _tokenizer_faults(folder):
            return folder
    if constants.HF_HUB_OFFLINE:
        raise _not_here(name, "HF_HUB_OFFLINE is set")
    report(f"downloading {name}")
    return _download(name)


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

    from burnish.model.quiet import quiet

    try:
        with quiet():
            return Path(snapshot_download(name, allow_patterns=list(_WANTED), etag_timeout=5))
    except Exception as error:  # many kinds: no network, no such name, no permission, an interrupted stream
        first = str(error).strip().split("\n", 1)[0]
        raise _not_here(name, f"{type(error).__name__}: {first[:200]}") from error


def _not_here(name: str, seen: str) -> ModelError:
    remedy = (
        f"on a machine with a network get the folder of {name} (config.json, *.safetensors, tokenizer files), put it at "
        f"./{name} here, and name that folder; or use `{EMBEDDED}`, which comes by pip"
    )
    return ModelError(f"the model {name} is not on this machine and could not be downloaded", seen=seen, remedy=remedy)


def _unknown(name: str, path: Path) -> ModelError:
    known = [EMBEDDED, *HUB_NAMES]
    by_last = {each.rsplit("/", 1)[-1].lower(): each for each in known}
    near = difflib.get_close_matches(name.rsplit("/", 1)[-1].lower(), by_last, n=2, cutoff=0.5)
    names = ", ".join(by_last[each] for each in near) or ", ".join(known)
    what = f"{name} is a file, not a model folder" if path.is_file() else f"there is no model {name!r}"
    return ModelError(what, seen=name, remedy=f"name a folder, a .gguf file, or a known name such as {names}")
