"""Tokens that a tokenizer knows and the model has no row for: none of them can go into the model, nor come out of it.

A fine-tuned base often has a token or two more than its embedding has rows, most often one that only pads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from burnish.errors import DataError

SHOWN = 3
REMEDY = "take it out of the text; or, if the model needs it, give it a row (resize_token_embeddings and a training of it, by the model's makers)"


class Rows:
    """How many rows a model has, and the tokens beyond them."""

    def __init__(self, tokenizer: Any, rows: int | None) -> None:
        """Take the rows of the embedding; None: not known, and nothing is beyond."""
        self.count = rows
        self._backend = tokenizer.backend_tokenizer
        self.beyond: Mapping[int, str] = {} if rows is None else _beyond(tokenizer, rows)
        """The tokens without a row, by their ids."""

    def has(self, number: int) -> bool:
        """Return whether there is a row for an id."""
        return number >= 0 and (self.count is None or number < self.count)

    def knows(self, number: int) -> bool:
        """Return whether an id is a token's that has a row."""
        return number < 2**31 and self.has(number) and self._backend.id_to_token(number) is not None

    def check(self, ids: Iterable[int]) -> None:
        """Raise DataError naming the tokens of `ids` that have no row."""
        if not self.beyond:
            return
        missing = sorted({one for one in ids if not self.has(one)})
        if missing:
            raise DataError(
                f"the model has no row for {'tokens' if len(missing) > 1 else 'a token'} of this text (it has {self.count})",
                seen=self.named(missing),
                remedy=REMEDY,
            )

    def named(self, ids: Iterable[int]) -> str:
        """Return tokens with their ids, the first few."""
        every = list(ids)
        shown = ", ".join(f"{self.beyond.get(one, '?')!r} (id {one})" for one in every[:SHOWN])
        return shown + (f" and {len(every) - SHOWN} more" if len(every) > SHOWN else "")


def _beyond(tokenizer: Any, rows: int) -> dict[int, str]:
    """Return the tokens without a row. Ids may have gaps, so that their number says nothing."""
    vocabulary: dict[str, int] = tokenizer.backend_tokenizer.get_vocab(with_added_tokens=True)
    return dict(sorted((number, token) for token, number in vocabulary.items() if number >= rows))
