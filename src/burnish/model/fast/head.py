"""The head and its cross-entropy over the places before targets, some at a time, the gradient found on the way.

Legend: M targets, D width, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

CHUNK = 256
"""Targets whose logits are held at once: 256 x 49,152 bfloat16 are 25 MB."""


def head_loss(decoder: Any, hidden_MD: Tensor, targets_M: Tensor, weight_VD: Tensor) -> Tensor:
    """Return the summed loss in nats, 0-d float32, of a head that is one product with a frozen weight."""
    loss: Tensor = _Loss.apply(decoder, hidden_MD, targets_M, weight_VD)  # type: ignore[no-untyped-call]
    return loss


class _Loss(torch.autograd.Function):
    """The head as one node."""

    @staticmethod
    def forward(ctx: Any, decoder: Any, hidden_MD: Tensor, targets_M: Tensor, weight_VD: Tensor) -> Tensor:
        """Return the summed loss; keep the gradient of the hidden states where one is wanted."""
        wanted = ctx.needs_input_grad[1]
        loss_M = torch.empty(len(targets_M), dtype=torch.float32, device=hidden_MD.device)
        grad_MD = torch.empty_like(hidden_MD) if wanted else None
        pieces = max(1, -(-len(targets_M) // CHUNK))
        even = max(1, -(-len(targets_M) // pieces))  # a small last piece would read the weight as often as a large one
        for start in range(0, len(targets_M), even):
            piece = slice(start, start + even)
            hidden = hidden_MD[piece]
            logits = decoder.scratch.take("logits", (len(hidden) * len(weight_VD),), hidden.dtype).view(len(hidden), -1)
            decoder.ops.product(hidden, weight_VD.T, logits)
            decoder.ops.cross_entropy(logits, targets_M[piece], loss_M[piece], backward=wanted)
            if grad_MD is not None:
                decoder.ops.product(logits, weight_VD, grad_MD[piece])
        if grad_MD is not None:
            ctx.save_for_backward(grad_MD)
        return loss_M.sum()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[None, Tensor, None, None]:
        """Return the gradient of the hidden states, (M, D)."""
        (grad_MD,) = ctx.saved_tensors
        return None, (grad_MD * grad_outputs[0]).to(grad_MD.dtype), None, None
