"""The tokenizer of a model folder, read from that folder alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from burnish.errors import ModelError


def load_tokenizer(folder: Path) -> Any:
    """Return the transformers fast tokenizer in `folder`. Never runs code from the folder, never asks the network.

    Raises ModelError where the folder or its tokenizer is missing or cannot be read.
    """
    if not folder.is_dir():
        raise ModelError(
            "there is no model folder to read a tokenizer from",
            seen=str(folder),
            remedy="name a folder in Hugging Face layout (config.json, tokenizer.json, model.safetensors)",
        )
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:  # transformers and tokenizers raise many kinds, bare Exception among them
        raise ModelError(
            f"the tokenizer in {folder} cannot be read",
            seen=" ".join(str(error).split())[:200],
            remedy="put the model's own tokenizer.json and tokenizer_config.json into that folder",
        ) from error
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(
            f"the tokenizer in {folder} has no fast form",
            seen=type(tokenizer).__name__,
            remedy="put the model's tokenizer.json into that folder",
        )
    return tokenizer
