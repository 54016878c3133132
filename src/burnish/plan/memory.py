"""How much memory a training step holds, reckoned from the model's shape alone.

Legend of the formula: H hidden, Q heads x head width, I inner width, T tokens of the longest row, r rank.
What PyTorch keeps for the backward pass, for each token in each layer (transformers' decoder layer, a LoRA on all seven linear
modules, fused attention with a padding mask), was derived from the code and then counted with saved-tensor hooks:

    float32 weights      16 H + 16 Q + 16 I + 4 T + 28 r  bytes     reckoned 43,744, counted 43,852 (0.3 %)
    16-bit weights       28 H + 12 Q + 10 I + 2 T + 28 r  bytes     reckoned 38,880, counted 38,956 (0.2 %)

(counted at H = Q = 576, I = 1536, T = 128, r = 8). 16-bit weights save little: PEFT copies each input to float32 for its adapter.
On a CPU the C library's allocator leaves holes between kept and passing tensors: the resident set grows by HOLES times the kept
bytes (measured at 10 and 30 layers and 256 to 2,048 tokens: 1.8 to 2.2), and with checkpointing by CHECKPOINT_BASE +
CHECKPOINT_EACH x layers layers' worth (measured: 11.6 at 10 layers, 22.8 at 30). CUDA's own allocator leaves few.
Not covered: mixtures of experts, models with other state than attention.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from burnish.records.machine import Machine
    from burnish.records.model import ModelShape
    from burnish.records.plan import Plan

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
PROCESS = {"cpu": 300 << 20, "mps": 400 << 20, "cuda": 0}
"""Python with torch, transformers and peft loaded: 277 MiB measured without what model/unused.py and model/hollow.py keep out, and some for
our own. On CUDA only device memory counts."""
HOLES = {"cpu": 2.0, "mps": 1.2, "cuda": 1.1}
CHECKPOINT_BASE = {"cpu": 6.0, "mps": 3.0, "cuda": 2.5}
CHECKPOINT_EACH = {"cpu": 0.56, "mps": 0.15, "cuda": 0.1}
ADAPTER_BYTES = 4 * 4
"""float32 weight, gradient and Adam's two moments."""
HEAD_TARGETS = 256
"""Targets whose logits are held at once."""
LIBRARIES = 80 << 20
"""What the allocator does not give back, and oneDNN where the products of 16-bit weights on a CPU are its own (measured: up to 200 MiB there; with
our own products nothing: 802 MB in all for rows of 16 tokens where it was 1,027)."""
JOINED = 0.7
"""Share of a layer's weights that stand in a joined product: query, key and value, gate and up."""
FAST_HOLES = 1.05
"""The fast step uses the same memory in every step."""
THREADS_RECKONED = 8
"""Each thread of attention has scratch of its own; few personal machines use more."""
LOGIT_BYTES = {"float32": 16, "bfloat16": 12, "float16": 12}
"""Logits, their logarithms and their gradients, for each target and each word of the vocabulary (measured at 256,000 words with
float32 weights: 16.1; with bfloat16: 9.5 by the fast step, 13.5 by the model's own)."""
WHOLE_LOGITS = 2
"""Copies of all tokens' logits, in the base's dtype, where a model makes them itself: their gradient, and what it is cut from.
The targets' stand beside them in float32. (Measured at 131,072 words: 1.45 GB where 1.66 are reckoned; with bfloat16 1.17 and 1.15.)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What decides how much memory a step holds."""

    dtype: str
    rank: int
    targets: tuple[str, ...]
    fast: bool
    micro_batch_tokens: int
    max_length: int
    checkpointing: bool
    supervised_share: float = 0.5
    """Share (0 to 1) of the tokens that are targets."""
    device: str = "cpu"

    @property
    def tokens_at_once(self) -> int:
        """The most tokens that go through the model together: a micro-batch, or a longer row alone."""
        return max(self.micro_batch_tokens, self.max_length)


def step_of(plan: Plan, machine: Machine, supervised_share: float) -> Step:
    """Return what the estimate needs to know of a plan."""
    return Step(
        dtype=plan.dtype,
        rank=plan.rank_at_once,
        targets=plan.lora_targets,
        fast=plan.fast,
        micro_batch_tokens=plan.micro_batch_tokens,
        max_length=plan.max_length,
        checkpointing=plan.checkpointing,
        supervised_share=supervised_share,
        device=machine.device,
    )


def estimate_peak(shape: ModelShape, step: Step) -> int:
    """Return the most memory the process will hold, in bytes: the larger of loading and training. Aims at 20 %."""
    weights = shape.parameters * BYTES[step.dtype]
    # Weights that are not converted are the file's own pages; else those lie beside what is made from them.
    loading = weights if step.dtype == shape.stored else weights + shape.parameters * BYTES.get(shape.stored, 2)
    training = weights + adapter_bytes(shape, step) + activation_bytes(shape, step) + logit_bytes(shape, step)
    if step.fast:
        training += _beside_fast(shape, step)
    return int(PROCESS[step.device] + max(loading, training))


def adapter_bytes(shape: ModelShape, step: Step) -> int:
    """Return the bytes of the adapter with its gradient and optimizer state."""
    return ADAPTER_BYTES * shape.adapter_parameters(step.rank, step.targets)


def logit_bytes(shape: ModelShape, step: Step) -> int:
    """Return the bytes of the logits held at once: of some targets, or of a whole micro-batch where the head is not known."""
    if step.fast and shape.head == "plain":
        return HEAD_TARGETS * shape.vocabulary * BYTES[step.dtype]
    targets = step.tokens_at_once * step.supervised_share
    if shape.head != "whole":
        return int(LOGIT_BYTES[step.dtype] * shape.vocabulary * min(HEAD_TARGETS, targets))
    every = WHOLE_LOGITS * BYTES[step.dtype] * step.tokens_at_once
    return int(shape.vocabulary * (every + 4 * targets))


def activation_bytes(shape: ModelShape, step: Step) -> int:
    """Return the bytes a micro-batch adds between its forward and its backward pass, the allocator's holes included."""
    if step.fast:
        return _fast_bytes(shape, step)
    layer = layer_token_bytes(shape, step) * step.tokens_at_once
    if step.checkpointing:
        kept = CHECKPOINT_BASE[step.device] + CHECKPOINT_EACH[step.device] * shape.layers
        return int(layer * min(kept, HOLES[step.device] * shape.layers))
    return int(layer * HOLES[step.device] * shape.layers)


def _fast_bytes(shape: ModelShape, step: Step) -> int:
    """Return what the fast step keeps, and the scratch that its layers share (model/fast/decoder.py names each tensor)."""
    c, hidden, inner = BYTES[step.dtype], shape.hidden, shape.inner
    queries, wide = shape.heads * shape.head_width, (shape.heads + 2 * shape.kv_heads) * shape.head_width
    qkv = c * wide * (1 + shape.head_norms)
    one_stream = c < 4 and not shape.post_norms and not step.checkpointing
    stream = 2 * c if one_stream else 8 + 2 * c * shape.post_norms  # what is added to it, or itself, twice
    layer = stream * hidden + qkv + c * queries + 2 * c * inner + 7 * c * step.rank + 4 * shape.heads + 8
    shared = (
        4 * hidden * one_stream
        + 12 * hidden * (1 + shape.post_norms)
        + 4 * c * hidden
        + 4 * c * inner
        + 12 * queries
        + c * (wide + queries)
    )
    layers = (layer + 4 * hidden * (shape.layers - 1)) if step.checkpointing else layer * shape.layers
    copies = shape.adapter_parameters(step.rank, step.targets) * (
        c + 4
    )  # in the base's dtype, and a second micro-batch's gradients
    longest = min(step.max_length, step.tokens_at_once)
    attention = THREADS_RECKONED * 4 * longest * (6 * shape.head_width + 96)
    return int(FAST_HOLES * ((layers + shared) * step.tokens_at_once + copies + attention))


def _beside_fast(shape: ModelShape, step: Step) -> int:
    """Return what a run by the fast step holds beside the step.

    A checkpoint while it is written, and the file's pages of weights that were joined, where they are mapped as they are and
    the system does not take them back (model/pages.py).
    """
    checkpoint = 2 * ADAPTER_BYTES * shape.adapter_parameters(step.rank, step.targets)
    inner = shape.parameters - shape.vocabulary * shape.hidden * (1 if shape.tied else 2)
    if step.device != "cpu" or BYTES[step.dtype] != 2:
        return checkpoint
    return int(checkpoint + LIBRARIES + (0 if sys.platform == "linux" else inner * JOINED * 2))


def layer_token_bytes(shape: ModelShape, step: Step) -> int:
    """Return the bytes kept for one token in one layer: the formula above."""
    hidden, heads, inner = shape.hidden, shape.heads * shape.head_width, shape.inner
    masked = min(step.max_length, step.tokens_at_once // 2)  # a row that goes alone needs no mask: padding takes two
    if BYTES[step.dtype] == 4:
        return 16 * hidden + 16 * heads + 16 * inner + 4 * masked + 28 * step.rank
    return 28 * hidden + 12 * heads + 10 * inner + 2 * masked + 28 * step.rank


def show(size: float) -> str:
    """Return bytes as a person reads them, such as "2.3 GB" or "310 MB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
