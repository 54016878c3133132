"""Supervised fine-tuning: the cross-entropy of the assistant's tokens."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence as Rows
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from burnish.model.logprobs import num_targets, supervised_loss
from burnish.records.example import Example, Sequence
from burnish.train.batches import epoch_order, micro_batches, turn

Group = tuple[Sequence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Rows of which an epoch sees `each` and the next epoch the following ones, so that all have their turn."""

    examples: tuple[Example, ...]
    each: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sft:
    """The Objective whose batch is some sequences, and whose targets are their supervised tokens."""

    train: tuple[Example, ...]
    judged: tuple[Example, ...]
    """The held-out rows."""
    pad_id: int
    limit: int
    """Tokens of a batch at most, padding included."""
    packed: bool = False
    """Whether rows go through the model end to end, without padding."""
    beside: tuple[Beside, ...] = ()
    """Rows that only take turns."""

    @property
    def rows(self) -> int:
        """Rows that one epoch trains on."""
        return len(self.train) + sum(one.each for one in self.beside)

    def order(self, seed: int, epoch: int) -> list[int]:
        """Return this epoch's rows, shuffled: all of `train`, and those of the others whose turn it is, numbered after them."""
        numbers, first = list(range(len(self.train))), len(self.train)
        for one in self.beside:
            numbers += [first + i for i in turn(len(one.examples), one.each, seed, epoch)]
            first += len(one.examples)
        return [numbers[i] for i in epoch_order(self.rows, seed, epoch)]

    @property
    def held_out_rows(self) -> int:
        """Rows that are only judged."""
        return len(self.judged)

    def faults(self) -> list[str]:
        """Name each row that has no token to learn from."""
        rows = [*itertools.chain.from_iterable(self._sides), *self.judged]
        return [f"row {row.row} has no supervised token" for row in rows if not sum(map(num_targets, row.sequences))]

    def key(self) -> str:
        """Return the sha256 of all ids and supervised flags in order."""
        digest = hashlib.sha256()
        for rows in (self.train, self.judged, *(one.examples for one in self.beside)):
            digest.update(repr([[(one.ids, one.supervised) for one in row.sequences] for row in rows]).encode())
        digest.update(repr([one.each for one in self.beside]).encode())
        return digest.hexdigest()

    def batches(self, rows: Rows[int]) -> list[Group]:
        """Return the step's sequences in groups of like length."""
        return micro_batches([one for row in rows for one in self._row(row).sequences], self.limit, packed=self.packed)

    @property
    def _sides(self) -> list[tuple[Example, ...]]:
        return [self.train, *(one.examples for one in self.beside)]

    def _row(self, number: int) -> Example:
        """Return the row of a number that `order` gives, without a look at the others: a step costs what its rows cost."""
        for examples in self._sides:
            if number < len(examples):
                return examples[number]
            number -= len(examples)
        raise AssertionError("no row has this number")

    def held_out(self) -> list[Group]:
        """Return the held-out sequences in groups of like length."""
        return micro_batches([one for row in self.judged for one in row.sequences], self.limit, packed=self.packed)

    def tokens(self, batch: Group) -> int:
        """Return the tokens of a group, padding not counted."""
        return sum(len(sequence.ids) for sequence in batch)

    def targets(self, batch: Group) -> int:
        """Return the supervised tokens of a group."""
        return sum(map(num_targets, batch))

    def loss(self, model: Any, batch: Group) -> Tensor:
        """Return the summed cross-entropy of the group in nats."""
        return supervised_loss(model, batch, self.pad_id)[0]

    def probe(self) -> list[int]:
        """Return the first training row's first sequence, 512 tokens of it at most: all its logits are looked at."""
        return list(self.train[0].sequences[0].ids[:512])
