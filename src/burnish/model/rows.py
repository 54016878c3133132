"""How many tokens a model has rows for, by its config.json and the headers of its weight files; no weight is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from burnish.errors import ModelError
from burnish.model.shape import read_header

TABLES = ("embed_tokens.weight", "wte.weight", "word_embeddings.weight", "embed_in.weight", "tok_embeddings.weight")
HEADS = ("lm_head.weight", "embed_out.weight")


def rows_of(folder: Path) -> int | None:
    """Return how many tokens can go into a model of this folder and come out of it; None where nothing says so.

    The least of what config.json says, the embedding has and the head has: where they differ the model does not load, and whoever loads
    it says why.
    """
    config = _read(folder / "config.json")
    text = config["text_config"] if isinstance(config.get("text_config"), dict) else config
    said = text.get("vocab_size", config.get("vocab_size"))
    found = [said] if isinstance(said, int) else []
    return min([*found, *tables(folder).values()], default=None)


def positions_of(folder: Path) -> int | None:
    """Return how many tokens a model of this folder can hold at once, by its config.json; None where that does not say so."""
    config = _read(folder / "config.json")
    text = config["text_config"] if isinstance(config.get("text_config"), dict) else config
    said = text.get("max_position_embeddings")
    return said if isinstance(said, int) else None


def tables(folder: Path) -> dict[str, int]:
    """Return the rows of each table of tokens in the weight files: the embedding, and the head where it is stored."""
    found: dict[str, int] = {}
    for file in sorted(folder.glob("*.safetensors")):
        try:
            header = read_header(file)
        except (ModelError, OSError):
            continue  # whoever loads it says what is wrong
        for name, entry in header.items():
            if name.endswith((*TABLES, *HEADS)) and len(entry.get("shape", ())) == 2:
                found[name] = int(entry["shape"][0])
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
