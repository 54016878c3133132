"""The gradients of one optimizer step: added up over its passes in one buffer, which the next step uses again.

Autograd would take each pass's gradients as some hundred tensors, add them one by one, and let them go after the step: a fresh
buffer as large as all adapters for every pass, and holes in the allocator's memory where the old ones were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


class Sums:
    """Float32 room for the gradients of all parameters, one after another."""

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self.parameters = parameters
        self.sizes = [parameter.numel() for parameter in parameters]
        self._sum = self._more = torch.empty(0)
        self._passes = 0

    def begin(self) -> None:
        """Let the next pass be a step's first."""
        self._passes = 0

    def room(self) -> Tensor:
        """Return what a pass's gradients are to be written into: the sum itself in the first pass, else room beside it."""
        if not self._passes:
            self._sum = self._enough(self._sum)
            return self._sum
        self._more = self._enough(self._more)
        return self._more

    def take(self) -> None:
        """Count what is in the room: the first pass's becomes the parameters' gradients, and every other's is added to them."""
        if self._passes:
            self._sum += self._more
        else:
            for parameter, grad in zip(self.parameters, split(self._sum, self.parameters), strict=True):
                parameter.grad = grad
        self._passes += 1

    def _enough(self, kept: Tensor) -> Tensor:
        size, device = sum(self.sizes), self.parameters[0].device if self.parameters else kept.device
        return kept if len(kept) == size and kept.device == device else torch.empty(size, dtype=torch.float32, device=device)


def split(flat: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """Return the parts of a flat tensor that are each parameter's, in its shape."""
    parts = torch.split(flat, [parameter.numel() for parameter in parameters])
    return [part.view(parameter.shape) for part, parameter in zip(parts, parameters, strict=True)]


@contextmanager
def summed(model: Any) -> Iterator[None]:
    """Let the passes of the fast step in the block be one step's: their gradients add up in the parameters' `grad`.

    Before it no parameter may have a gradient, and what they have after it is overwritten by the next such block. Without a fast
    step nothing is changed: autograd adds up.
    """
    fast = getattr(model, "fast", None)
    if fast is None:
        yield
        return
    fast.sums.begin()
    fast.summing = True
    try:
        yield
    finally:
        fast.summing = False
