"""The meaning of texts as vectors, by an encoder in a local folder: last hidden states, pooled as the folder says, of length 1.

Without a pooling file (`1_Pooling/config.json`, as sentence-transformers writes it) the mean over all tokens is taken. Not covered:
layers behind the pooling, and prompts that some encoders want before a text. Shapes: B = 1 text, T tokens, D width.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import ModelError
from burnish.model.folder import tokenizer_faults, weight_faults, weights_hash
from burnish.model.quiet import quiet

POOLINGS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first", "pooling_mode_lasttoken": "last"}
POOLING = Path("1_Pooling/config.json")
MOST_TOKENS = 512
"""A longer text is cut here: what encoders are made for."""


class Embedder:
    """An encoder that is loaded when the first text comes."""

    def __init__(self, folder: Path) -> None:
        """Look at the folder; load nothing yet. Raises ModelError where it cannot be used."""
        if not folder.is_dir():
            raise ModelError(
                "there is no folder with an embedder", seen=str(folder), remedy="name a local folder in Hugging Face layout"
            )
        faults = [*weight_faults(folder), *tokenizer_faults(folder)]
        if faults:
            remedy = "complete the folder, or name another"
            raise ModelError(f"the embedder in {folder} cannot be used", seen="; ".join(faults), remedy=remedy)
        self.folder = folder
        self.pooling = _pooling(folder)
        self.digest = _digest(folder)
        """sha256 of all that decides a vector."""
        self._loaded: tuple[Any, Any] | None = None

    def likeness(self, one: str, other: str) -> float:
        """Return the cosine of two texts' vectors, -1 to 1. Each text goes through the model by itself: no batch shows in it."""
        first, second = (self._vector(text) for text in (one, other))
        return float(first @ second)

    def _vector(self, text: str) -> Any:
        import torch

        model, tokenizer = self._load()
        room = min(MOST_TOKENS, getattr(model.config, "max_position_embeddings", MOST_TOKENS))
        ids_BT = torch.tensor([tokenizer(text, truncation=True, max_length=room)["input_ids"]])
        with torch.inference_mode():
            states_TD = model(input_ids=ids_BT).last_hidden_state[0].float()
        pooled_D = {"mean": lambda: states_TD.mean(0), "first": lambda: states_TD[0], "last": lambda: states_TD[-1]}[
            self.pooling
        ]()
        return torch.nn.functional.normalize(pooled_D, dim=0)

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            import torch
            from transformers import AutoModel, AutoTokenizer

            try:
                with quiet():
                    kept = {"local_files_only": True, "trust_remote_code": False}
                    model = AutoModel.from_pretrained(self.folder, use_safetensors=True, dtype=torch.float32, **kept)
                    tokenizer = AutoTokenizer.from_pretrained(str(self.folder), **kept)
            except Exception as error:  # transformers, safetensors and tokenizers raise many kinds
                seen = " ".join(str(error).split())[:200]
                remedy = "name a folder whose config.json, weights and tokenizer belong together"
                raise ModelError(f"the embedder in {self.folder} cannot be loaded", seen=seen, remedy=remedy) from error
            self._loaded = model.eval(), tokenizer
        return self._loaded


def _pooling(folder: Path) -> str:
    """Return "mean", "first" or "last". Raises ModelError for another way of pooling."""
    path = folder / POOLING
    if not path.exists():
        return "mean"
    try:
        asked = [name for name, value in json.loads(path.read_text("utf-8")).items() if name.startswith("pooling_mode") and value]
    except (OSError, ValueError, AttributeError) as error:
        asked = [str(error)]
    if len(asked) != 1 or asked[0] not in POOLINGS:
        remedy = "use an encoder that takes the mean, the first or the last token"
        raise ModelError(
            "the embedder pools in a way that burnish does not know", seen=f"{path}: {', '.join(asked)}", remedy=remedy
        )
    return POOLINGS[asked[0]]


def _digest(folder: Path) -> str:
    small = sorted(path for path in (*folder.glob("*.json"), *folder.glob("*.txt"), folder / POOLING) if path.is_file())
    listed = [f"{path.relative_to(folder)} {durable.sha256_of(path)}" for path in small]
    return hashlib.sha256("\n".join([weights_hash(folder), *listed]).encode()).hexdigest()
