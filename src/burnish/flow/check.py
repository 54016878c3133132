"""The verb `check`: every fault of a file with its place and remedy, and the books."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.data.check import warnings_of
from burnish.data.read import read_rows
from burnish.flow.events import Work
from burnish.flow.project import open_base
from burnish.flow.rows import profile_of, refused_rows, tokenise
from burnish.records.ledger import Entry, Ledger

if TYPE_CHECKING:
    from burnish.data.check import Warned
    from burnish.flow.rows import Tokenised
    from burnish.records.ledger import Refusal
    from burnish.records.profile import DataProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What `check` found."""

    format: str
    rows: int
    accepted: int
    refused: tuple[Refusal, ...]
    warnings: tuple[Warned, ...]
    profile: DataProfile | None
    """None when no row can be used."""
    ledger: Ledger
    """As if every accepted row were trained on: a split and a limit come with the plan."""
    notes: tuple[str, ...]
    """What the model's template does with rows such as these."""


def check(path: Path, model: str | None) -> Work[Checked]:
    """Read a file as `train` would, with the model's own template, and say all that is wrong with it. Raises DataError, ModelError."""
    read = read_rows(path)
    opened = yield from open_base(model)
    tokenised = yield from tokenise(read, opened.chat)
    return Checked(
        format=read.format,
        rows=read.rows_read,
        accepted=len(tokenised.usable),
        refused=refused_rows(tokenised),
        warnings=warnings_of(read),
        profile=profile_of(tokenised, path) if tokenised.usable else None,
        ledger=_books(tokenised),
        notes=opened.chat.notes,
    )


def _books(tokenised: Tokenised) -> Ledger:
    entries = [
        Entry(file=r.file, line=r.line, fate="refused", tokens=0, used_tokens=0, supervised_tokens=0, reason=r.reason)
        for r in tokenised.read.refused
    ]
    for conversation, fitted in zip(tokenised.read.conversations, tokenised.fitted, strict=True):
        origin = conversation.origin
        entries.append(
            Entry(
                file=origin.file if origin else "",
                line=origin.line if origin else 0,
                fate="trained" if fitted.example is not None else "refused",
                tokens=fitted.tokens,
                used_tokens=fitted.used_tokens,
                supervised_tokens=fitted.supervised_tokens,
                reason=fitted.reason,
            )
        )
    return Ledger(rows_read=tokenised.read.rows_read, entries=tuple(sorted(entries, key=lambda entry: (entry.file, entry.line))))
