"""Puts the fast step on a model with adapters, if all of the model is understood; says why not otherwise."""

from __future__ import annotations

import ctypes
import hashlib
import os
from pathlib import Path
from typing import Any

import torch

from burnish.model.fast import plain
from burnish.model.fast.compiled import Unavailable, load
from burnish.model.fast.decoder import Decoder
from burnish.model.fast.layout import NotTakenError, layout_of

DTYPES = (torch.float32, torch.bfloat16)


def put_on(model: Any, *, checkpointing: bool = False, room: int = 0, ops: Any = None) -> Decoder:
    """Return the fast form of a PeftModel, and let `supervised_loss` use it. Raises NotTakenError that says why not.

    `room`: tokens of a usual micro-batch, for which memory is set aside at once.
    The base's weights stay where they are for everyone else: joined ones become views of one tensor.
    """
    lm = model.get_base_model()
    config = lm.config
    weight = lm.get_input_embeddings().weight
    if weight.dtype not in DTYPES:
        raise NotTakenError(f"its weights are {weight.dtype}")
    layout = layout_of(lm.get_decoder(), config)
    decoder = Decoder(layout, ops or operations(weight.device), checkpointing=checkpointing, room=room)
    own = {id(parameter) for parameter in decoder.parameters}
    more = [name for name, parameter in model.named_parameters() if parameter.requires_grad and id(parameter) not in own]
    if more:
        raise NotTakenError(
            f"it trains more than LoRA on its projections: {', '.join(more[:3])}{' ...' if len(more) > 3 else ''}"
        )
    model.fast = decoder
    return decoder


def form_of(ops: Any) -> str:
    """Return which form of the operations these are, in words; two of the same words give the same bits on one processor.

    The C ones are named by their bytes: another compiler, or other kernels, make others.
    """
    library = getattr(ops, "library", None)
    if library is None:
        return "plain torch"
    return f"C (build {hashlib.sha256(Path(library._name).read_bytes()).hexdigest()[:12]})"  # noqa: SLF001 - ctypes' name of the file


def take_off(model: Any) -> None:
    """Let the model go through its own modules again, and give the fast form's memory back."""
    decoder = getattr(model, "fast", None)
    if decoder is not None:
        model.fast = None
        decoder.forget()
        _trim()


def _trim() -> None:
    """Ask the C library to give freed memory back: it keeps blocks of up to 32 MB, here a quarter of a gigabyte."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)


def operations(device: torch.device) -> Any:
    """Return the C operations where they run, else the plain ones."""
    if device.type != "cpu":
        return plain
    try:
        return load()
    except Unavailable:
        return plain
