"""What a GGUF file says of itself: template, vocabulary, tied head, layers. Read without loading its weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufFacts:
    """Facts of one model file."""

    template: str
    tokens: tuple[str, ...]
    embedding_rows: int
    has_head: bool
    """Whether it holds a head of its own; without one the embedding is the head."""
    layers: int
    context_length: int
    adds_bos: bool
    """Whether an engine puts the BOS token before a text."""
    bos_id: int | None
    eos_id: int | None


def read_facts(path: Path) -> GgufFacts:
    """Return the facts of a model GGUF. Raises ModelError for a file that is none or is cut off."""
    import gguf

    try:
        reader = gguf.GGUFReader(path)
        return _facts(reader)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        remedy = "export it again into a new folder"
        raise ModelError(
            f"{path} is not a whole GGUF model", seen=f"{type(error).__name__}: {error}"[:200], remedy=remedy
        ) from error


def _facts(reader: Any) -> GgufFacts:
    def value(name: str, default: Any = None) -> Any:
        field = reader.fields.get(name)
        return default if field is None else field.contents()

    arch = value("general.architecture")
    shapes = {tensor.name: tensor.shape for tensor in reader.tensors}
    return GgufFacts(
        template=str(value("tokenizer.chat_template", "")),
        tokens=tuple(value("tokenizer.ggml.tokens", ())),
        embedding_rows=int(shapes["token_embd.weight"][1]),
        has_head="output.weight" in shapes,
        layers=int(value(f"{arch}.block_count", 0)),
        context_length=int(value(f"{arch}.context_length", 0)),
        adds_bos=bool(value("tokenizer.ggml.add_bos_token", value("tokenizer.ggml.model") == "llama")),
        bos_id=value("tokenizer.ggml.bos_token_id"),
        eos_id=value("tokenizer.ggml.eos_token_id"),
    )


def adapter_pairs(path: Path) -> tuple[int, float]:
    """Return how many matrices a GGUF adapter changes, and the largest value in their B halves. Raises ModelError."""
    import gguf

    try:
        reader = gguf.GGUFReader(path)
        halves = [tensor for tensor in reader.tensors if tensor.name.endswith(".lora_b")]
        largest = max((float(abs(gguf.quants.dequantize(t.data, t.tensor_type)).max()) for t in halves), default=0.0)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise ModelError(f"{path} is not a whole GGUF adapter", seen=str(error)[:200], remedy="export it again") from error
    return len(halves), largest
