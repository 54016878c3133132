"""Rows end to end, without padding: no row sees another, and each one's positions start at 0.

Legend: N tokens of all rows, M targets.
"""

from __future__ import annotations

from collections.abc import Sequence as Rows
from dataclasses import dataclass

import torch
from torch import Tensor

from burnish.records.example import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Some sequences as one."""

    ids_N: Tensor
    positions_N: Tensor
    starts: tuple[int, ...]
    """Where each row begins, and at last N."""
    before_M: Tensor
    """Places whose next token is a target: the head is applied to these only."""
    targets_M: Tensor

    @property
    def longest(self) -> int:
        """Tokens of the longest row."""
        return max(end - start for start, end in zip(self.starts, self.starts[1:], strict=False))


def pack(sequences: Rows[Sequence], device: torch.device) -> Packed:
    """Return the sequences end to end. A row's first token is never a target: nothing predicts it."""
    ids: list[int] = []
    positions: list[int] = []
    before: list[int] = []
    starts = [0]
    for sequence in sequences:
        start = starts[-1]
        ids += sequence.ids
        positions += range(len(sequence.ids))
        before += [start + place - 1 for place, flag in enumerate(sequence.supervised) if flag and place]
        starts.append(start + len(sequence.ids))
    ids_N, before_M = torch.tensor(ids, device=device), torch.tensor(before, dtype=torch.long, device=device)
    return Packed(
        ids_N=ids_N,
        positions_N=torch.tensor(positions, device=device),
        starts=tuple(starts),
        before_M=before_M,
        targets_M=ids_N[before_M + 1],
    )
