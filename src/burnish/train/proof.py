"""The fast step is looked at on this very model and machine before it is trained with: its losses, and its gradients.

What it was tested on elsewhere says little of a kernel that another compiler made for another processor, or of a config.json with
a key that nobody thought of. So the model's own modules do a little of the same work first, and both must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence as Many
from typing import Any, TypeVar

import torch
from torch import Tensor

from burnish.errors import TrainError
from burnish.model.logprobs import supervised_loss
from burnish.records.example import Sequence
from burnish.train.objective import Objective

Found = TypeVar("Found")

AGREES = {"float32": 1e-3, "bfloat16": 0.05}
"""How far, as a share, the fast step's loss may be from the model's own: rounding, of which bfloat16 has a lot on a short row
(measured: at most 1e-6 and 0.005)."""
GRADIENTS_AGREE = {"float32": 1e-2, "bfloat16": 0.75}
"""The same for all gradients taken together. Measured on SmolLM2-135M: at most 4e-6 and 0.08 on text, 1e-4 and 0.42 on random tokens
(there the fast step is 0.31 from float32's gradients, the model's own modules 0.68). What is wrong altogether is beyond them."""
PROVED = 32
"""Tokens whose gradients are compared: the model's own modules take far more memory for each than the fast step does."""


def prove_fast(model: Any, objective: Objective[Any], dtype: str) -> None:
    """Raise TrainError unless the fast step and the model's own modules agree.

    On the loss of the first two rows; and on the gradients of two short rows made of the first one's tokens, since an adapter
    that is fresh has no part in any loss yet, and the way back has none at all.
    """
    model.eval()
    batches = objective.batches(range(min(2, objective.rows)))
    with torch.no_grad():
        quick, own = _both(model, lambda: sum(float(objective.loss(model, batch)) for batch in batches))
    if not abs(quick - own) <= AGREES[dtype] * max(abs(own), 1.0):
        _disagree("the loss of the first rows", f"{quick:.4f} and {own:.4f} nats, in {dtype}")
    rows = _short(objective.probe()[:PROVED])
    if rows:
        ours, theirs = _both(model, lambda: _gradient(model, rows))
        apart, whole = float((ours - theirs).norm()), float(theirs.norm())
        if not apart <= GRADIENTS_AGREE[dtype] * whole:
            _disagree("the gradients of a short row", f"they are {apart:.3g} apart, of {whole:.3g}, in {dtype}")


def _both(model: Any, work: Callable[[], Found]) -> tuple[Found, Found]:
    """Return what the fast step finds, and the model's own modules."""
    quick, fast = work(), model.fast
    try:
        model.fast = None
        return quick, work()
    finally:
        model.fast = fast


def _short(ids: Many[int]) -> list[Sequence]:
    """Return the ids as two rows of unlike length, all of whose tokens are targets; none where there are too few."""
    middle = 2 * len(ids) // 3
    parts = [tuple(part) for part in (ids[:middle], ids[middle:]) if len(part) > 1]
    return [Sequence(ids=part, supervised=(True,) * len(part)) for part in parts]


def _gradient(model: Any, rows: list[Sequence]) -> Tensor:
    """Return the gradient of the rows' mean loss, all of the adapter's in one vector; nothing of it stays in the model."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    loss, targets = supervised_loss(model, rows, pad_id=0)
    grads = torch.autograd.grad(loss / targets, parameters, allow_unused=True)
    pairs = zip(grads, parameters, strict=True)
    return torch.cat([(torch.zeros_like(p) if grad is None else grad).flatten().float() for grad, p in pairs])


def _disagree(on: str, seen: str) -> None:
    raise TrainError(
        f"the fast step and the model's own modules do not agree on {on}",
        seen=seen,
        remedy="use the model's own modules with --set model.fast=false, and tell us which model it was",
    )
