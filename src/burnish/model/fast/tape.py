"""Memory that is used again in every step: fresh large tensors would cost a page fault for every 4 KiB, each time."""

from __future__ import annotations

import math

import torch
from torch import Tensor


class Arena:
    """Tensors by name. A name gets the same memory each time, grown when it must be; what was in it is not kept."""

    def __init__(self, device: torch.device, room: int = 0) -> None:
        self.device, self.room = device, room
        self._kept: dict[tuple[str, torch.dtype], Tensor] = {}
        self._views: dict[tuple[str, torch.dtype], Tensor] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """Return a tensor of this shape, with anything in it. Memory is taken for `room` rows at least, and touched when used."""
        key = name, dtype
        view = self._views.get(key)
        if view is not None and view.shape == shape:  # as in all layers but the first
            return view
        size = math.prod(shape)
        kept = self._kept.get(key)
        if kept is None or len(kept) < size:
            self._kept.pop(key, None)
            self._views.pop(key, None)
            most = max(shape[0], self.room) * math.prod(shape[1:]) if len(shape) > 1 else size
            kept = self._kept[key] = torch.empty(most, dtype=dtype, device=self.device)
        view = self._views[key] = kept[:size].view(shape)
        return view
