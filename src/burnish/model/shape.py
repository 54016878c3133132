"""The shape of a base model, from config.json and the headers of its weight files; no weight is read.

The modules are made on torch's `meta` device, which holds shapes and no numbers, so the names and sizes of what can take an
adapter are those of the real model, fused projections (Phi-3's qkv_proj and gate_up_proj) included.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections import Counter
from pathlib import Path
from typing import Any

from burnish.errors import ModelError
from burnish.model.quiet import quiet
from burnish.model.unused import tell_transformers
from burnish.records.model import ModelShape

_IN_LAYER = re.compile(r"(?:^|\.)layers\.\d+\.")
NOT_TEXT = re.compile(r"vision|audio|multi_modal")
"""Found in the names of modules that see or hear, beside which the decoder of text stands."""
_DTYPES = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}
_REMEDY = "get config.json and the safetensors again from where the model came from, or name another model"
_LARGEST_HEADER_BYTES = 100_000_000
"""What the safetensors library itself allows; a larger number means the file is something else."""


def read_shape(folder: Path) -> ModelShape:
    """Return the ModelShape of the causal LM in `folder`. Raises ModelError for what transformers has no causal LM of."""
    tell_transformers()
    from transformers import AutoConfig

    try:
        with quiet():
            config = settled(AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False))
            shape = _shape_of(config, folder)
    except ModelError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        first = str(error).strip().split("\n", 1)[0][:300]
        raise ModelError(f"cannot read the shape of the model in {folder}", seen=first, remedy=_REMEDY) from error
    return shape


def settled(config: Any) -> Any:
    """Return a config of transformers without a padding token that the model has no row for: no module can be built with one."""
    for one in {id(one): one for one in (config, config.get_text_config(decoder=True))}.values():
        pad, rows = getattr(one, "pad_token_id", None), getattr(one, "vocab_size", None)
        if isinstance(pad, int) and isinstance(rows, int) and not -rows <= pad < rows:
            one.pad_token_id = None
    return config


def _shape_of(config: Any, folder: Path) -> ModelShape:
    import torch
    from transformers import AutoModelForCausalLM

    from burnish.model.hollow import hollow
    from burnish.model.logprobs import head_kind

    text = config.get_text_config(decoder=True)
    with torch.device("meta"), hollow(config):
        model = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    targets = linear_targets(model)
    tied = bool(getattr(config, "tie_word_embeddings", False))
    heads, not_fast = text.num_attention_heads, _not_fast(model)
    return ModelShape(
        architecture=text.model_type,
        layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        inner=text.intermediate_size,
        heads=heads,
        kv_heads=getattr(text, "num_key_value_heads", None) or heads,
        head_width=getattr(text, "head_dim", None) or text.hidden_size // heads,
        vocabulary=text.vocab_size,
        context_length=text.max_position_embeddings,
        parameters=count_parameters(folder, tied=tied),
        tied=tied,
        targets=tuple(targets),
        target_shapes=tuple(targets.values()),
        stored=stored_dtype(folder),
        not_fast=not_fast,
        head_norms=not not_fast and hasattr(model.get_decoder().layers[0].self_attn, "q_norm"),
        post_norms=not not_fast and hasattr(model.get_decoder().layers[0], "pre_feedforward_layernorm"),
        head=head_kind(model),
    )


def _not_fast(model: Any) -> str:
    """Return why the fast step does not take this model; empty where it does.

    Asked of the whole model's config, as the step itself will: a text model inside one for pictures is not the text model alone.
    """
    from burnish.model.fast.layout import NotTakenError, layout_of

    try:
        layout_of(model.get_decoder(), model.config)
    except (NotTakenError, AttributeError) as reason:
        return str(reason) if isinstance(reason, NotTakenError) else "its modules have other names"
    return ""


def linear_targets(model: Any) -> dict[str, tuple[int, int]]:
    """Return {name: (inputs, outputs)} of the linear modules in the decoder layers, in the order of the layer.

    `model` is a torch module, on any device. The head is in no layer, so it is never among them. Where layers differ in
    width the widest counts, so that a plan made from this never promises too little.
    """
    import torch

    found: dict[str, tuple[int, int]] = {}
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and _IN_LAYER.search(name) and not NOT_TEXT.search(name):
            last = name.rsplit(".", 1)[-1]
            found[last] = max(found.get(last, (0, 0)), (module.in_features, module.out_features), key=sum)
    return found


def count_parameters(folder: Path, *, tied: bool) -> int:
    """Return how many weights the safetensors of `folder` hold; a tied head that is stored as well counts once."""
    sizes: dict[str, int] = {}
    for file in sorted(folder.glob("*.safetensors")):
        sizes |= {name: math.prod(entry["shape"]) for name, entry in read_header(file).items() if name != "__metadata__"}
    if not sizes:
        raise ModelError(f"there are no weights in {folder}", seen="no *.safetensors", remedy=_REMEDY)
    return sum(size for name, size in sizes.items() if not (tied and name.endswith("lm_head.weight")))


def stored_dtype(folder: Path) -> str:
    """Return the dtype of most weights in the safetensors of `folder`; empty for one that burnish does not load into."""
    sizes: Counter[str] = Counter()
    for file in sorted(folder.glob("*.safetensors")):
        for name, entry in read_header(file).items():
            if name != "__metadata__":
                sizes[entry["dtype"]] += math.prod(entry["shape"])
    return _DTYPES.get(sizes.most_common(1)[0][0], "") if sizes else ""


def read_header(file: Path) -> dict[str, Any]:
    """Return the header of a safetensors file: {name: {"dtype", "shape", "data_offsets"}}. Raises ModelError."""
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            header = json.loads(opened.read(min(length, _LARGEST_HEADER_BYTES)))
    except (struct.error, ValueError) as error:
        raise ModelError(f"{file} is not a safetensors file, or is cut off", seen=str(error), remedy=_REMEDY) from error
    if not isinstance(header, dict):
        raise ModelError(f"{file} is not a safetensors file", seen=type(header).__name__, remedy=_REMEDY)
    return header
