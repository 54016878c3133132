"""The verb `look`: the tokens of one real row, and which of them are trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.data.read import read_rows
from burnish.errors import DataError
from burnish.flow.events import Work
from burnish.flow.project import open_base
from burnish.tokens.fit import fit
from burnish.tokens.look import look as looked

if TYPE_CHECKING:
    from burnish.tokens.look import LookedToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One row as the model will see it."""

    row: int
    """1-based number among the rows that could be read."""
    place: str
    sequences: tuple[tuple[LookedToken, ...], ...]
    tokens: int
    supervised_tokens: int
    end_trained: bool
    """Whether the last target of every sequence is an end-of-turn token."""
    fate: str
    reason: str
    notes: tuple[str, ...]


def look(
    path: Path, model: str | None, row: int, *, max_length: int | None = None, columns: Mapping[str, str] | None = None
) -> Work[Look]:
    """Return row number `row` (1-based, among the readable ones) token by token. Raises DataError when there is no such row."""
    read = read_rows(path, columns=columns)
    if not 1 <= row <= len(read.conversations):
        raise DataError(
            f"{path} has no readable row {row}",
            seen=f"{len(read.conversations)} rows could be read, {len(read.refused)} are refused",
            remedy=f"name a row from 1 to {len(read.conversations)}" if read.conversations else f"burnish check {path}",
        )
    opened = yield from open_base(model)
    conversation = read.conversations[row - 1]
    fitted = fit(opened.chat, conversation, max_length or 1 << 40, row - 1)
    sequences = looked(opened.chat, conversation) if fitted.example is not None else ()
    ends = [_last_trained(sequence) for sequence in sequences]
    return Look(
        row=row,
        place=str(conversation.origin or path),
        sequences=sequences,
        tokens=fitted.tokens,
        supervised_tokens=fitted.supervised_tokens,
        end_trained=bool(ends) and all(ends),
        fate=fitted.fate,
        reason=fitted.reason,
        notes=opened.chat.notes,
    )


def _last_trained(sequence: tuple[LookedToken, ...]) -> bool:
    trained = [token for token in sequence if token.supervised]
    return bool(trained) and trained[-1].end
