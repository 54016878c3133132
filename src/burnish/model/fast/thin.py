"""The adapters' side of joined projections in C, where the processor has the instruction for it (adapters.h); else join.py's own.

Legend: N tokens, I inputs, O outputs of all joined modules, R rank, P adapted modules, Q = P R.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

RANKS = 8
"""A rank must be a multiple of this."""
COLUMNS = 32
"""What the columns of a gradient's sums are filled up to: `filled` of adapters.h."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thin:
    """The products of one joined projection's adapters, and the packed weights that they read. Use `Thin.of`."""

    call: Any
    inputs: int
    rank: int
    outputs: tuple[slice, ...]
    places: Tensor
    """int64 for C: where each module's outputs begin, and how many they are."""
    scale: float
    a_in: Tensor
    a_out: Tensor
    b_in: Tensor
    b_out: Tensor
    """A and B (times the scale) in pairs of bfloat16: (I/2, Q), (Q/2, I), (O/2, R) and (R/2, O) for one module after another."""

    @classmethod
    def of(cls, ops: Any, like: Tensor, inputs: int, rank: int, outputs: Sequence[slice], scale: float) -> Thin | None:
        """Return the products in C; None where they do not run: another dtype or device, no such instruction, odd sizes."""
        call = getattr(ops, "adapters", None)
        widths = [place.stop - place.start for place in outputs]
        if (
            call is None
            or like.dtype != torch.bfloat16
            or not rank
            or rank % RANKS
            or any(size % 2 for size in [inputs, *widths])
        ):
            return None
        half, wide = rank * len(widths) * inputs // 2, rank * sum(widths) // 2
        return cls(
            call=call,
            inputs=inputs,
            rank=rank,
            outputs=tuple(outputs),
            places=torch.tensor([[place.start, place.stop - place.start] for place in outputs]),
            scale=scale,
            a_in=torch.empty(half, dtype=torch.int32),
            a_out=torch.empty(half, dtype=torch.int32),
            b_in=torch.empty(wide, dtype=torch.int32),
            b_out=torch.empty(wide, dtype=torch.int32),
        )

    def forward(self, x_NI: Tensor, middle_NQ: Tensor, out_NO: Tensor) -> None:
        """Fill `middle_NQ` with x A', and add its products with B' to `out_NO`."""
        self.call("forward", *self._sizes(x_NI), self.places, x_NI, self.a_in, self.b_out, middle_NQ, out_NO, out_NO.shape[1])

    def backward(self, grad_NO: Tensor, dmiddle_NQ: Tensor, out_NI: Tensor | None) -> None:
        """Fill `dmiddle_NQ` with the gradient of the middle, and add to `out_NI`, where given, what goes on to the input."""
        width = grad_NO.shape[1]
        self.call("backward", *self._sizes(grad_NO), self.places, grad_NO, width, self.b_in, self.a_out, dmiddle_NQ, out_NI)

    def gradients(self, grad_NO: Tensor, x_NI: Tensor, middle_NQ: Tensor, dmiddle_NQ: Tensor, grads: list[Tensor]) -> None:
        """Fill `grads`, float32 and contiguous each: of every A, then of every B."""
        pairs = (x_NI.shape[0] + 1) // 2 * middle_NQ.shape[1]
        widths = [self.inputs] * len(self.outputs) + [place.stop - place.start for place in self.outputs]
        sums = self.rank * sum(-(-width // COLUMNS) * COLUMNS for width in widths)
        to = (ctypes.c_int64 * len(grads))(*(one.data_ptr() for one in grads))
        to.grads = grads  # type: ignore[attr-defined]  # whoever does the same call again must find them still there
        self.call(
            "gradients", *self._sizes(x_NI), self.places, grad_NO, grad_NO.shape[1], x_NI, middle_NQ, dmiddle_NQ,
            self.scale, to, torch.empty(2 * pairs + sums, dtype=torch.int32), torch.get_num_threads(),
        )  # fmt: skip

    def _sizes(self, like: Tensor) -> tuple[int, int, int, int]:
        return like.shape[0], self.inputs, len(self.outputs), self.rank

    def table(self, parameters: Sequence[Tensor]) -> list[list[int]]:
        """Return what C must know to pack each module's A and B: a row of numbers and addresses a module."""
        count, found = len(self.outputs), []
        start = 0
        for index, place in enumerate(self.outputs):
            width = place.stop - place.start
            weights = parameters[index].data_ptr(), parameters[count + index].data_ptr()
            to = [one.data_ptr() for one in (self.a_in, self.a_out)]
            to += [one.data_ptr() + 4 * start for one in (self.b_in, self.b_out)]
            found.append([self.rank, self.inputs, width, self.rank * count, index * self.rank, *weights, *to])
            start += self.rank * width // 2
        return found


class Packing:
    """Brings all adapters of a model into the order that C multiplies with, in one call."""

    def __init__(self, thins: Sequence[tuple[Thin, Sequence[Tensor]]]) -> None:
        """Take each joined projection's products and its parameters."""
        self.thins = thins
        self._where: tuple[int, ...] = ()
        self._table = self._scales = torch.empty(0)

    def __call__(self) -> None:
        """Read the parameters as they are now."""
        if not self.thins:
            return
        where = tuple(one.data_ptr() for _, parameters in self.thins for one in parameters)
        if where != self._where:  # a parameter's memory may be exchanged between two passes
            self._table = torch.tensor([row for thin, parameters in self.thins for row in thin.table(parameters)])
            self._scales = torch.tensor([thin.scale for thin, _ in self.thins for _ in thin.outputs], dtype=torch.float32)
            self._where = where
        self.thins[0][0].call("pack", len(self._table), self._table, self._scales)
