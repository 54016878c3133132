"""The desk that every source reports to: faults, the names of people, and what was read and set aside."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from burnish.data.flaw import plain
from burnish.records.intake import Books, Fault

FAULTS_KEPT = 1000
"""Faults kept with their words; beyond that they are counted. A file of noise must not fill the memory."""


@dataclass(slots=True)
class Desk:
    """What is known so far of one ingest."""

    faults: list[Fault] = field(default_factory=list)
    num_faults: int = 0
    read: int = 0
    used: int = 0
    aside: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    """Messages by author."""
    me: str = ""
    """Whose words the model shall learn; "" where that was not said."""
    columns: dict[str, str] = field(default_factory=dict)
    """For tables: the column that holds what, where the person said so."""
    _aliases: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def fault(self, file: str, what: str, *, place: str = "", seen: str = "", remedy: str = "") -> None:
        """Note one fault."""
        self.num_faults += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(Fault(file=file, what=what, place=place, seen=plain(seen), remedy=remedy))

    def known_as(self, author: str, *others: str) -> None:
        """Note the other names of an author: a user name, an id, a mail address."""
        self._aliases[author].update(other.casefold() for other in others if other)

    def is_named(self, author: str, name: str) -> bool:
        """Return whether an author goes by `name`, upper and lower case being the same."""
        return author.casefold() == name.casefold() or name.casefold() in self._aliases.get(author, ())

    def take(self, used: int) -> None:
        """Note messages that were read and stand in a row."""
        self.read += used
        self.used += used

    def leave(self, reason: str, count: int = 1) -> None:
        """Note messages that were read and set aside."""
        self.read += count
        self.aside[reason] += count

    def books(self) -> Books:
        """Return where every message went."""
        return Books(read=self.read, used=self.used, aside=dict(self.aside.most_common()))
