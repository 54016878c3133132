"""Where a version's GGUF comes from: a file that was named, the one kept in the cache, or a new one made by whoever can."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import ModelError
from burnish.model.cache import cache_folder

if TYPE_CHECKING:
    from burnish.serve.opening import Opened

Make = Callable[["Opened", Path], None]
"""Writes a version's merged, quantised GGUF to a path, whole or not at all."""
KIND = "q8_0"


def gguf_for(opened: Opened, named: Mapping[str, Path], make: Make | None = None) -> Path:
    """Return the GGUF of a version. Raises ModelError where there is none and nobody makes one.

    `named` are files a person named, by the version's label. The cache is keyed by the weights of base and adapter, so a file of
    other weights is never taken.
    """
    if opened.label in named:
        path = named[opened.label]
        if not path.is_file():
            raise ModelError(
                f"there is no file {path}", seen=f"--gguf for {opened.label}", remedy="name a .gguf file that is there"
            )
        return path
    if opened.run is None and opened.source.name.endswith(".gguf"):
        return Path(opened.source.name).expanduser()
    path = kept_at(opened)
    if not path.is_file():
        if make is None:
            raise ModelError(
                f"{opened.label} has no GGUF yet, which the llamacpp engine needs",
                seen=f"looked for {path}",
                remedy=f"name one with --gguf {opened.label}=FILE.gguf, or use --engine transformers",
            )
        make(opened, path)
    return path


def kept_at(opened: Opened, kind: str = KIND) -> Path:
    """Return where the cache keeps a version's GGUF, there or not."""
    weights = f"{opened.source.weights_hash}:{opened.run.adapter_hash if opened.run is not None else ''}"
    return cache_folder() / "served" / f"{hashlib.sha256(weights.encode()).hexdigest()[:32]}-{kind}.gguf"
