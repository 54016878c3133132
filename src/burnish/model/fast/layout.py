"""What the fast step must know of a decoder: the numbers of each layer, read off the modules that transformers built.

A model is taken only if all of it is understood; otherwise `layout_of` says why not, and the model goes through PEFT's own
modules: slower, the same results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

MODEL_TYPES = ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text")
"""Tested equal to transformers' own, by `model_type`. Others may look alike and multiply somewhere else."""
ROPE_TYPES = ("default", "linear", "llama3")
"""Rotations that depend on nothing but the position."""
ACTIVATIONS = {"SiLU": False, "SiLUActivation": False, "GELUTanh": True}
"""By the modules' own class, not by a key of config.json: which key is read differs by architecture. True: tanh-GELU."""


class NotTakenError(Exception):
    """The fast step does not know something of this model; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerLayout:
    """One decoder layer."""

    module: Any
    norms: tuple[Tensor, Tensor]
    """float32 factors of the norms before attention and before the MLP, (D,)."""
    post_norms: tuple[Tensor, Tensor] | None
    """Of the norms after them, in Gemma 2 and 3."""
    q_norm: Tensor | None
    """float32 factors of the norm of each query head, (E,), in Qwen3 and Gemma 3."""
    k_norm: Tensor | None
    scale: float
    """Of the attention scores."""
    window: int
    """Keys a query sees at most; 0: all before it."""
    cap: float
    """Scores are cap * tanh(score / cap); 0: they are not."""
    rope: str
    """Which rotation, where a model has several; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One decoder."""

    layers: tuple[LayerLayout, ...]
    embedding: Any
    rotary: Any
    final_norm: Tensor
    eps: float
    hidden: int
    heads: int
    kv_heads: int
    head_width: int
    inner: int
    gelu: bool
    """Whether the MLP's gate goes through tanh-GELU rather than SiLU."""


def layout_of(decoder: Any, config: Any) -> Layout:
    """Return the layout of transformers' decoder module. Raises NotTakenError that names what is not known."""
    _refuse_unknown(config, decoder)
    layers = tuple(_layer(layer, config, index) for index, layer in enumerate(decoder.layers))
    attention = decoder.layers[0].self_attn
    return Layout(
        layers=layers,
        embedding=decoder.embed_tokens,
        rotary=decoder.rotary_emb,
        final_norm=_factors(decoder.norm),
        eps=float(config.rms_norm_eps),
        hidden=config.hidden_size,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        head_width=attention.head_dim,
        inner=config.intermediate_size,
        gelu=ACTIVATIONS[_activation(decoder)],
    )


def _refuse_unknown(config: Any, decoder: Any) -> None:
    if config.model_type not in MODEL_TYPES:
        raise NotTakenError(f"its architecture is {config.model_type}")
    if _activation(decoder) not in ACTIVATIONS:
        raise NotTakenError(f"its activation is {_activation(decoder)}")
    if getattr(config, "attention_dropout", 0.0):
        raise NotTakenError(f"it has attention dropout {config.attention_dropout}")
    if getattr(config, "use_bidirectional_attention", False):
        raise NotTakenError("its attention looks both ways")
    kinds = rope_types(config) - set(ROPE_TYPES)
    if kinds:
        raise NotTakenError(f"its rotary embedding is {', '.join(sorted(kinds))}")
    widths = {2 * len(value) for name, value in decoder.rotary_emb.named_buffers() if name.endswith("inv_freq")}
    if widths - {decoder.layers[0].self_attn.head_dim}:
        raise NotTakenError("its rotary embedding turns a part of each head")


def _activation(decoder: Any) -> str:
    return type(decoder.layers[0].mlp.act_fn).__name__


def rope_types(config: Any) -> set[str]:
    """Return the kinds of rotation that a model's config names, of all kinds of layers."""
    parameters = getattr(config, "rope_parameters", None) or {}
    nested = [value for value in parameters.values() if isinstance(value, dict)]
    return {str(one.get("rope_type", "default")) for one in (nested or [parameters])}


def _layer(layer: Any, config: Any, index: int) -> LayerLayout:
    attention, post = layer.self_attn, None
    second = layer.post_attention_layernorm
    if hasattr(layer, "pre_feedforward_layernorm"):
        post = (_factors(layer.post_attention_layernorm), _factors(layer.post_feedforward_layernorm))
        second = layer.pre_feedforward_layernorm
    kind = config.layer_types[index] if config.model_type == "gemma3_text" else ""
    return LayerLayout(
        module=layer,
        norms=(_factors(layer.input_layernorm), _factors(second)),
        post_norms=post,
        q_norm=_factors(attention.q_norm) if hasattr(attention, "q_norm") else None,
        k_norm=_factors(attention.k_norm) if hasattr(attention, "k_norm") else None,
        scale=float(attention.scaling),
        window=_window(attention, config),
        # Gemma 3's modules keep the key and do not read it.
        cap=float(attention.attn_logit_softcapping or 0.0) if config.model_type == "gemma2" else 0.0,
        rope=kind,
    )


def _window(attention: Any, config: Any) -> int:
    if hasattr(attention, "sliding_window"):
        return int(attention.sliding_window or 0)
    return int(getattr(config, "sliding_window", None) or 0) if config.model_type == "mistral" else 0


def _factors(norm: nn.Module) -> Tensor:
    """Return what an RMS norm multiplies with, float32: its weight, or 1 + its weight in Gemma's."""
    weight = norm.weight
    if not isinstance(weight, Tensor):
        raise NotTakenError(f"its norm {type(norm).__name__} has no weight")
    if weight.is_meta:  # a model that is only looked at
        return weight.detach()
    offset = 1.0 if type(norm).__name__.startswith("Gemma") else 0.0
    return (weight.detach().to(torch.float32) + offset).contiguous()
