"""From the name a person types to a folder in Hugging Face layout that is whole and safe to load."""

from __future__ import annotations

import contextlib
import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import ModelError
from burnish.model.cache import Report, build_once, cache_folder, faults_of, read_seal
from burnish.model.encoders import ENCODERS
from burnish.model.folder import check_folder, tokenizer_faults, weight_faults, weights_hash
from burnish.model.quiet import beating, quiet

__all__ = ["EMBEDDED", "HUB_NAMES", "ModelSource", "cache_folder", "embedded_folder", "lasting", "resolve"]

EMBEDDED = "smollm2-135m"
HUB_NAMES = (
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
    "Qwen/Qwen3-1.7B",
    "unsloth/Qwen2.5-1.5B-Instruct",
    "meta-llama/Llama-3.2-3B-Instruct",
)
"""Hub names that are offered when a name is not known; any other hub name works too."""

_WANTED = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt")
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
    raise _encoder(name) if name in ENCODERS else _unknown(name, path)


def lasting(name: str) -> str:
    """Return a model's name as it can be kept: what lies on this machine by its whole path, which means the same in every folder."""
    path = Path(name).expanduser()
    return str(path.resolve()) if name != EMBEDDED and path.exists() else name


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
    with beating(f"reading {path.name}", report):
        digest = durable.sha256_of(path)
    folder = cache_folder() / "models" / f"gguf-{digest[:16]}"

    def build(target: Path) -> dict[str, Any]:
        convert(path, target, report)
        return {"name": path.name, "gguf": path.name, "gguf_sha256": digest}

    build_once(folder, build, report)
    return _sealed(name, folder, "type the same command again: it is built again")


def _from_folder(name: str, folder: Path) -> ModelSource:
    check_folder(folder)
    return ModelSource(name, folder, weights_hash(folder))


def _hub_folder(name: str, report: Report) -> Path:
    """Return the snapshot of a hub name: the one on this machine if it is whole, else a fresh download."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    with contextlib.suppress(LocalEntryNotFoundError):
        folder = Path(snapshot_download(name, allow_patterns=list(_WANTED), local_files_only=True))
        if not weight_faults(folder) and not tokenizer_faults(folder):
            return folder
    if constants.HF_HUB_OFFLINE:
        raise _not_here(name, "HF_HUB_OFFLINE is set")
    with beating(f"downloading {name}", report):
        return _download(name)


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

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


def _encoder(name: str) -> ModelError:
    remedy = (
        f"name a base model, such as `{EMBEDDED}`; the encoder is used by itself once `burnish models pull {name}` has fetched it, "
        f"by versions that were trained with --memory"
    )
    return ModelError(f"{name} is no base model: it is an encoder, which finds rows by meaning", seen=name, remedy=remedy)


def _unknown(name: str, path: Path) -> ModelError:
    known = [EMBEDDED, *HUB_NAMES]
    by_last = {each.rsplit("/", 1)[-1].lower(): each for each in known}
    near = difflib.get_close_matches(name.rsplit("/", 1)[-1].lower(), by_last, n=2, cutoff=0.5)
    names = ", ".join(by_last[each] for each in near) or ", ".join(known)
    what = f"{name} is a file, not a model folder" if path.is_file() else f"there is no model {name!r}"
    return ModelError(what, seen=name, remedy=f"name a folder, a .gguf file, or a known name such as {names}")
