"""Facts of a base model, read from its files without loading its weights."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """The shape of one causal LM."""

    architecture: str
    """`model_type` of config.json, such as "llama", "qwen3", "gemma3_text"."""
    layers: int
    hidden: int
    inner: int
    """Width of the MLP."""
    heads: int
    kv_heads: int
    head_width: int
    vocabulary: int
    context_length: int
    """Most positions the model knows, in tokens."""
    parameters: int
    """All weights, tied ones counted once."""
    tied: bool
    """Whether the head shares the embedding's weights."""
    targets: tuple[str, ...]
    """Names of the linear modules that can take an adapter, such as q_proj ... down_proj."""
    target_shapes: tuple[tuple[int, int], ...]
    """(inputs, outputs) of each of `targets`, in one layer."""

    stored: str = ""
    """The dtype that most weights have in their files, such as "bfloat16"; empty where it is none of ours."""
    not_fast: str = ""
    """Why the fast step does not take this model, as "its architecture is phi3"; empty where it does."""
    head_norms: bool = False
    """Whether query and key heads are normed, as in Qwen3."""
    post_norms: bool = False
    """Whether a norm follows each half of a layer too, as in Gemma 2 and 3."""
    head: str = "plain"
    """How the logits are made (model/logprobs.py): "plain" or "changed", some targets at a time; "whole", of all tokens at once."""

    def adapter_parameters(self, rank: int, targets: tuple[str, ...]) -> int:
        """Return the trainable weights of a LoRA of this rank on these targets in all layers."""
        shapes = dict(zip(self.targets, self.target_shapes, strict=True))
        return self.layers * sum(rank * sum(shapes[target]) for target in targets)
