"""What a method of training is: what a batch is, and what its loss is. The loop knows nothing else of SFT, DPO or RL."""

from __future__ import annotations

from collections.abc import Sequence as Rows
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from torch import Tensor

Batch = TypeVar("Batch")


class Objective(Protocol[Batch]):
    """One method. A batch is what goes through the model at once; a step's loss is its batches' sums over their targets."""

    @property
    def rows(self) -> int:
        """Rows that one epoch trains on."""

    def order(self, seed: int, epoch: int) -> Rows[int]:
        """Return the numbers of the rows of this 0-based epoch, `rows` of them, in their order; the same for the same seed."""

    @property
    def held_out_rows(self) -> int:
        """Rows that are only judged."""

    def faults(self) -> list[str]:
        """Return what is wrong with the rows, a sentence each; an empty list when they can be trained on."""

    def key(self) -> str:
        """Return a hash of all rows: a checkpoint is only resumed with the rows it was made from."""

    def batches(self, rows: Rows[int]) -> list[Batch]:
        """Return the batches of one optimizer step over these rows."""

    def held_out(self) -> list[Batch]:
        """Return the batches of the held-out rows."""

    def tokens(self, batch: Batch) -> int:
        """Return the tokens of a batch, padding not counted."""

    def targets(self, batch: Batch) -> int:
        """Return what the batch's loss is a sum over, and so its weight in a step."""

    def loss(self, model: Any, batch: Batch) -> Tensor:
        """Return the loss summed over the batch's targets, 0-d float32 in nats, with a gradient where one is on."""

    def probe(self) -> list[int]:
        """Return token ids of a training row, on which the finished adapter must show an effect."""
