"""Every kind of export by its name, and which of them a path holds."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Protocol

from burnish.data.files.desk import Desk
from burnish.data.files.store import Store
from burnish.data.ingest.training_rows import TrainingRows
from burnish.data.sources import (
    chatgpt,
    claude,
    csv_table,
    discord,
    github,
    gitlog,
    instagram,
    mail,
    messenger,
    notes,
    parquet_table,
    signal_chat,
    slack,
    telegram,
    tickets,
    whatsapp,
)
from burnish.errors import DataError
from burnish.records.conversation import Conversation
from burnish.records.post import Post


class Source(Protocol):
    """What every kind of export offers."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a constant of a module
        """The kind's name."""

    @property
    def CATEGORY(self) -> str:  # noqa: N802
        """The category of its rows where none is given."""

    @property
    def BY_CHANNEL(self) -> bool:  # noqa: N802
        """Whether its posts come channel by channel."""

    def suits(self, store: Store) -> str:
        """Return why a store holds this kind, or ""."""

    def read(self, store: Store, desk: Desk) -> Iterator[Post | Conversation]:
        """Yield its posts, or its conversations where it holds such."""


ALPACA = TrainingRows("alpaca", b'"instruction"')
SHAREGPT = TrainingRows("sharegpt", b'"conversations"')
ROWS = TrainingRows("rows", b'"messages"', any_pair=True)
_TELLING: tuple[Source, ...] = (
    slack,
    discord,
    chatgpt,
    claude,
    telegram,
    instagram,
    messenger,
    github,
    gitlog,
    whatsapp,
    signal_chat,
)
_LOOSE: tuple[Source, ...] = (mail, ALPACA, SHAREGPT, ROWS, parquet_table, tickets, csv_table, notes)
KINDS: dict[str, Source] = {source.NAME: source for source in (*_TELLING, *_LOOSE)}
"""In the order in which `auto` asks them: the more telling first."""


def kind_of(name: str, store: Store) -> tuple[Source, str]:
    """Return the source of that name and "", or for `auto` the first whose marks the store bears, and which they are. Raises DataError."""
    if name in KINDS:
        return KINDS[name], ""
    if name != "auto":
        near = difflib.get_close_matches(name, [*KINDS, "hub"], n=1)
        remedy = f"write {near[0]}" if near else f"write auto, or one of {', '.join(KINDS)}, hub"
        raise DataError(f"no kind of export is called {name}", seen=name, remedy=remedy)
    for source in KINDS.values():
        why = source.suits(store)
        if why:
            return source, why
    seen = ", ".join(member.name for member in store.members[:5])
    raise DataError(f"it cannot be told what {store.path} is", seen=seen, remedy=f"name the kind: {', '.join(KINDS)}")
