"""Texts to vectors by a small sentence encoder, on the CPU: all-MiniLM-L6-v2, fetched and checked once like the embedded model.

The pooling is the model card's own: the mean of the last hidden states over the tokens, then length 1 (Reimers and Gurevych 2019,
"Sentence-BERT", section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 256
"""Tokens of a text that are looked at, as the model was trained (its sentence_bert_config.json)."""
BATCH = 32


class SentenceEncoder:
    """An encoder of BERT's kind in a folder in Hugging Face layout. Loaded when it is first asked."""

    def __init__(self, folder: Path) -> None:
        """Read nothing yet."""
        self.folder = folder
        self._loaded: tuple[Any, Any] | None = None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (texts, width) vectors of length 1, float32; a text's vector does not depend on its neighbours beyond rounding.

        Raises ModelError where the folder cannot be loaded.
        """
        import numpy as np
        import torch

        tokenizer, model = self._model()
        parts = []
        for start in range(0, len(texts), BATCH):
            batch = tokenizer(
                list(texts[start : start + BATCH]), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt"
            )
            with torch.inference_mode():
                hidden_BTD = model(**batch).last_hidden_state
                mask_BT1 = batch["attention_mask"][..., None].to(hidden_BTD.dtype)
                pooled_BD = (hidden_BTD * mask_BT1).sum(dim=1) / mask_BT1.sum(dim=1)
                parts.append(torch.nn.functional.normalize(pooled_BD, dim=-1).numpy())
        return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)

    def _model(self) -> tuple[Any, Any]:
        if self._loaded is None:
            from transformers import AutoModel, AutoTokenizer

            try:
                tokenizer = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
                model = AutoModel.from_pretrained(self.folder, local_files_only=True, use_safetensors=True).float().eval()
            except (OSError, ValueError, RuntimeError) as error:
                raise ModelError(
                    "the sentence encoder cannot be loaded",
                    seen=f"{self.folder}: {str(error).strip().splitlines()[0][:160]}",
                    remedy="type `burnish models pull all-minilm-l6-v2`: it is fetched and checked again",
                ) from error
            self._loaded = tokenizer, model
        return self._loaded
