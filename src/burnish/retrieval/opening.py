"""A version's rows from its folder, with the encoder that made their vectors from the cache of models."""

from __future__ import annotations

from pathlib import Path
from weakref import WeakValueDictionary

from burnish.errors import ModelError
from burnish.model.embed import Embedder
from burnish.model.encoders import ENCODERS, encoder_folder
from burnish.retrieval.files import SavedRows, load_rows
from burnish.retrieval.lexical import WORDS
from burnish.retrieval.recall import RowMemory

_IN_USE: WeakValueDictionary[str, Embedder] = WeakValueDictionary()
"""By digest: versions that are open at once share their encoder's weights."""


def open_memory(folder: Path) -> RowMemory | None:
    """Return the rows in `folder` ready to be recalled, or None where it holds none. The encoder is loaded when first asked.

    Raises RegistryError where the files are damaged, ModelError where the encoder is not on this machine or is another.
    """
    saved = load_rows(folder)
    if saved is None:
        return None
    encoder = None if saved.encoder == WORDS else _encoder_of(saved)
    return RowMemory(saved, encoder.vectors if encoder is not None else None, folder)


def encoder_here() -> str:
    """Return the name of the best encoder in the cache, or `words` where there is none."""
    return next((name for name in ENCODERS if _is_here(name)), WORDS)


def open_encoder(name: str) -> Embedder:
    """Return an encoder of the cache; its weights are loaded when the first text comes. Raises ModelError where it is not there."""
    if name not in ENCODERS:
        remedy = f"use the burnish that trained the version, or one of {', '.join(ENCODERS)}"
        raise ModelError("there is no such encoder", seen=name, remedy=remedy)
    if not _is_here(name):
        folder = encoder_folder(name)
        raise ModelError(f"the encoder {name} is not on this machine yet", seen=str(folder), remedy=_pull(name))
    encoder = Embedder(encoder_folder(name))
    return _IN_USE.setdefault(encoder.digest, encoder)


def _is_here(name: str) -> bool:
    return (encoder_folder(name) / "config.json").is_file()


def _encoder_of(saved: SavedRows) -> Embedder:
    encoder = open_encoder(saved.encoder)
    if encoder.digest != saved.encoder_digest:
        raise ModelError(
            f"the encoder {saved.encoder} on this machine is not the one that this version's rows were read with",
            seen=f"{encoder.folder}: {encoder.digest[:12]}, wanted {saved.encoder_digest[:12]}",
            remedy=f"{_pull(saved.encoder)}; if it is whole, train the version again",
        )
    return encoder


def _pull(name: str) -> str:
    return f"type `burnish models pull {name}`"
