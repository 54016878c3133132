"""Models that are built without memory for their weights (on torch's meta device), to be looked at or to be filled from files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from burnish.model.fast.layout import MODEL_TYPES, ROPE_TYPES, rope_types
from burnish.model.unused import tested


@contextmanager
def hollow(config: Any) -> Iterator[None]:
    """Spare torch, in this thread and inside the block, what it does for a hollow model to no effect.

    On the meta device weights are "drawn", and the few frequencies of a rotation reckoned, by a second implementation of torch in
    Python, which loads sympy: 0.3 s and 32 MB of every start (measured). Nothing is drawn here, and frequencies are
    reckoned for real. For the architectures and rotations that are known to want no more than that, with the libraries that this
    was tested with; others are built as ever, since some multiply frequencies with what stays on the meta device. Gemma's are
    spared less: a scale of its embedding still loads sympy.
    """
    if config.model_type not in MODEL_TYPES or rope_types(config) - set(ROPE_TYPES) or not tested():
        yield
        return
    with _Spared():
        yield


class _Spared(TorchFunctionMode):
    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named = kwargs or {}
        if func is torch.nn.init.normal_ and named["tensor"].is_meta:  # it passes on by name all that it was given
            return named["tensor"]
        if func is torch.arange:  # not torch.tensor: by the device of one transformers sees what it is building
            named = {**named, "device": "cpu"}
        return func(*args, **named)
