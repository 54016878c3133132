"""A joined projection in one call to C: its product, bias and adapters, and the gate before or behind it (fused.h); else join.py's own.

Legend: N tokens, I inputs, O outputs of all joined modules, P adapted modules, R rank, Q = P R.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from burnish.model.fast.thin import Thin

HALF = 32
"""Columns of half a tile: `HALF` of fused.h."""
_NONE = (0, 0, -1, 0, 0)
"""A half without columns."""
_Row = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """What C must know of one joined projection. Use `Fused.of`."""

    call: Any
    weight_OI: Tensor
    bias_O: Tensor | None
    thin: Thin | None
    """The adapters' packed weights; None where none is adapted."""
    tiles: Tensor
    """int64, (tiles, 2, 5): `half_tile` of fused.h, the columns in order."""
    gated_tiles: Tensor | None
    """The same with columns of the gate beside those of what it gates; None where these are not two modules of `HALF` n columns."""

    @classmethod
    def of(cls, ops: Any, weight_OI: Tensor, bias_O: Tensor | None, widths: Sequence[int], thin: Thin | None) -> Fused | None:
        """Return the projection in C; None where it does not run: another dtype or device, no such instruction, odd sizes."""
        call = getattr(ops, "fused", None)
        if call is None or weight_OI.dtype != torch.bfloat16 or weight_OI.device.type != "cpu" or not weight_OI.is_contiguous():
            return None
        if any(size % 2 for size in weight_OI.shape):
            return None
        halves = _halves(widths, thin)
        gated = _beside(halves, widths) if len(widths) == 2 and widths[0] == widths[1] and not widths[0] % HALF else None
        return cls(
            call=call,
            weight_OI=weight_OI,
            bias_O=bias_O,
            thin=thin,
            tiles=_tiles(halves),
            gated_tiles=None if gated is None else _tiles(gated),
        )

    def forward(
        self, x_NI: Tensor, middle_NQ: Tensor, out_NO: Tensor, act_N: Tensor | None = None, *, gelu: bool = False
    ) -> None:
        """Fill `out_NO` and `middle_NQ` (x A'); with `act_N`, (N, O / 2), also f(gate) up of it, and `out_NO` in an order of its own."""
        tiles = self.tiles if act_N is None else self.gated_tiles
        assert tiles is not None, "a gate and what it gates are two modules of one width"
        a_in, b_out = (None, None) if self.thin is None else (self.thin.a_in, self.thin.b_out)
        self.call(
            "forward", *self._sizes(x_NI), x_NI, self.weight_OI, self.bias_O, len(tiles), tiles, a_in, b_out, middle_NQ,
            out_NO, act_N, int(gelu),
        )  # fmt: skip

    def backward(self, grad_NO: Tensor, dmiddle_NQ: Tensor, out_NI: Tensor | None) -> None:
        """Fill `dmiddle_NQ` with the gradient of the middle, and `out_NI`, where given, with that of the input."""
        self._back(grad_NO, dmiddle_NQ, out_NI, None, None, 0)

    def backward_gated(
        self, grad_NO: Tensor, dmiddle_NQ: Tensor, gate_up: Tensor, dgate_up: Tensor, act_NI: Tensor, *, gelu: bool
    ) -> None:
        """Fill `dmiddle_NQ`, `dgate_up` (N, 2 I) with the gradient of the gate and of what it gates, and `act_NI` with f(gate) up.

        `gate_up` is as `forward` left it.
        """
        self._back(grad_NO, dmiddle_NQ, dgate_up, gate_up, act_NI, int(gelu))

    def _back(
        self, grad_NO: Tensor, dmiddle_NQ: Tensor, out: Tensor | None, gate_up: Tensor | None, act: Tensor | None, gelu: int
    ) -> None:
        thin = self.thin
        places, b_in, a_out = (None, None, None) if thin is None else (thin.places, thin.b_in, thin.a_out)
        self.call(
            "backward", *self._sizes(grad_NO), places, grad_NO, self.weight_OI, b_in, a_out, dmiddle_NQ, out, gate_up, act, gelu
        )

    def _sizes(self, like: Tensor) -> tuple[int, int, int, int, int]:
        adapted, rank = (0, 0) if self.thin is None else (len(self.thin.outputs), self.thin.rank)
        return len(like), self.weight_OI.shape[1], self.weight_OI.shape[0], adapted, rank


def _halves(widths: Sequence[int], thin: Thin | None) -> list[_Row]:
    """Return all columns in pieces of at most `HALF` that do not reach into the next module, each with its adapter."""
    found: list[_Row] = []
    places = {} if thin is None else {one.start: number for number, one in enumerate(thin.outputs)}
    start = weights = 0
    for width in widths:
        number = places.get(start, -1)
        for at in range(0, width, HALF):
            adapter = (-1, 0, 0) if number < 0 or thin is None else (number * thin.rank, weights + at, width)
            found.append((start + at, min(HALF, width - at), *adapter))
        if number >= 0 and thin is not None:
            weights += thin.rank // 2 * width
        start += width
    return found


def _beside(halves: list[_Row], widths: Sequence[int]) -> list[_Row]:
    """Return the halves of two modules of one width in turn."""
    half = len(halves) // len(widths)
    return [one for pair in zip(halves[:half], halves[half:], strict=True) for one in pair]


def _tiles(halves: list[_Row]) -> Tensor:
    even = halves + [_NONE] * (len(halves) % 2)
    return torch.tensor(even, dtype=torch.int64).view(-1, 2, len(_NONE))
