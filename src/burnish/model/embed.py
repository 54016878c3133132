"""The meaning of texts as vectors, by an encoder in a local folder: last hidden states, pooled as the folder says, of length 1.

Without a pooling file (`1_Pooling/config.json`, as sentence-transformers writes it) the mean over all tokens is taken. Not covered:
layers behind the pooling, and prompts that some encoders want before a text. Shapes: N texts, B texts of a batch, T tokens, D width.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import ModelError
from burnish.model.cache import SEAL
from burnish.model.folder import POOLING, tokenizer_faults, weight_faults, weights_hash
from burnish.model.quiet import quiet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POOLINGS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first", "pooling_mode_lasttoken": "last"}
MOST_TOKENS = 512
"""A longer text is cut here: what encoders are made for."""

BATCH = 32
"""Texts that go through the model together."""


class Embedder:
    """An encoder that is loaded when the first text comes. Threads may share one."""

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
        self._lock = threading.Lock()

    def likeness(self, one: str, other: str) -> float:
        """Return the cosine of two texts' vectors, -1 to 1. Each text goes through the model by itself: no batch shows in it."""
        first, second = (self.vectors([text])[0] for text in (one, other))
        return float(first @ second)

    def vectors(self, texts: Sequence[str], report: Callable[[int, int], None] | None = None) -> NDArray[np.float32]:
        """Return (N, D) vectors of length 1, float32. A text without a token has the vector 0.

        Texts of like length go through the model together, padded; a text's vector is the one it has alone, to rounding. `report`:
        told after each batch how many texts are done, and of how many. Raises ModelError where the encoder cannot be loaded.
        """
        import numpy as np

        with self._lock:  # a tokenizer of the library fails where two threads set its longest text
            model, ids = self._load()[0], self._ids(texts)
            vectors_ND = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
            order = sorted((number for number in range(len(texts)) if ids[number]), key=lambda number: len(ids[number]))
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                vectors_ND[batch] = self._pooled([ids[number] for number in batch])
                if report is not None:
                    report(len(texts) - len(order) + start + len(batch), len(texts))
        return vectors_ND

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of each text, cut where the encoder ends."""
        model, tokenizer = self._load()
        room = min(MOST_TOKENS, getattr(model.config, "max_position_embeddings", MOST_TOKENS))
        return [tokenizer(text, truncation=True, max_length=room)["input_ids"] for text in texts]

    def _pooled(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Return the (B, D) vectors of texts given as ids, none of them empty."""
        import torch

        model, _ = self._load()
        lengths_B = torch.tensor([len(one) for one in ids])
        mask_BT = torch.arange(int(lengths_B.max())) < lengths_B[:, None]
        ids_BT = torch.full(mask_BT.shape, getattr(model.config, "pad_token_id", None) or 0)
        ids_BT[mask_BT] = torch.tensor([number for one in ids for number in one])
        with torch.inference_mode():
            states_BTD = model(input_ids=ids_BT, attention_mask=mask_BT.long()).last_hidden_state.float()
            pooled_BD = {
                "mean": lambda: (states_BTD * mask_BT[..., None]).sum(1) / lengths_B[:, None],
                "first": lambda: states_BTD[:, 0],
                "last": lambda: states_BTD[torch.arange(len(ids)), lengths_B - 1],
            }[self.pooling]()
            return torch.nn.functional.normalize(pooled_BD, dim=-1).numpy()

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
    """Return the sha256 of all that decides a vector: not of the cache's seal, which says only where the files came from."""
    named = (*folder.glob("*.json"), *folder.glob("*.txt"), folder / POOLING)
    small = sorted(path for path in named if path.is_file() and path.name != SEAL)
    listed = [f"{path.relative_to(folder)} {durable.sha256_of(path)}" for path in small]
    return hashlib.sha256("\n".join([weights_hash(folder), *listed]).encode()).hexdigest()
