"""What computes a run: the form of the step, the library and the processor. Another of these rounds otherwise.

A run and its resumed parts give the same bytes where this is the same; where it is not they agree to rounding only, and a person is
told (`events.Changed`). The number of threads is not part of it: a resumed run takes the number it began with.
"""

from __future__ import annotations

from typing import Any

import torch

from burnish.machine.probe import cpu_name
from burnish.model.fast.attach import form_of


def computed_by(model: Any) -> str:
    """Return what computes the steps of a model that is ready to train, in words that are the same where the bits are."""
    fast = getattr(model, "fast", None)
    form = "the model's own modules" if fast is None else f"the fast step in {form_of(fast.ops)}"
    return f"{form}, torch {torch.__version__}, {_processor(next(model.parameters()).device)}"


def _processor(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{cpu_name()} ({torch.backends.cpu.get_cpu_capability()})"
