"""The verb `label`: a quick pass over the rows whose category is least sure, one key a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from burnish.data.categories import Guess, guesses, labelled, with_category
from burnish.errors import DataError
from burnish.flow.cleaning import closed, rows_of, write_rows
from burnish.flow.events import Work
from burnish.records.books import Books
from burnish.records.conversation import Conversation

AGAIN = 8
"""After so many answers the classifier learns anew, and what is asked next changes with it."""
ACCEPT, SKIP, UNDO, QUIT = "\r\n ", "s", "u", "q"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One row to label."""

    question: str
    answer: str
    line: int
    guess: Guess
    done: int
    """Rows labelled or skipped so far in this pass."""
    total: int


@dataclass(slots=True)
class Labelling:
    """A pass in progress: ask with `next`, answer with `press`; nothing is written before `save`."""

    rows: list[Conversation]
    names: tuple[str, ...]
    """Key 1 is the first."""
    most: int
    given: dict[int, str] = field(default_factory=dict)
    _skipped: set[int] = field(default_factory=set)
    _order: list[int] = field(default_factory=list)
    _guesses: list[Guess] = field(default_factory=list)
    _history: list[int] = field(default_factory=list)
    _asked: int | None = None

    def next(self) -> Ask | None:
        """Return the row that is least sure among those not seen yet; None when the pass is over."""
        if len(self._history) >= self.most:
            return None
        if not self._guesses or len(self._history) % AGAIN == 0:
            self._learn()
        i = next((i for i in self._order if i not in self.given and i not in self._skipped), None)
        if i is None:
            return None
        self._asked = i
        row = self.rows[i]
        question = row.prompt[-1].content if row.prompt else ""
        total = min(self.most, len(self._history) + sum(j not in self.given and j not in self._skipped for j in self._order))
        line = row.origin.line if row.origin else i + 1
        return Ask(question=question, answer=row.answer, line=line, guess=self._guesses[i], done=len(self._history), total=total)

    def press(self, key: str) -> bool:
        """Take a key for the row that was asked: a digit, Enter, s, u. Returns False where the key means nothing."""
        if self._asked is None:
            raise AssertionError("nothing was asked")
        if key == UNDO:
            return self._undo()
        if key == SKIP:
            self._skipped.add(self._asked)
        elif key in ACCEPT and key:
            self.given[self._asked] = self._guesses[self._asked].category
        elif key.isdecimal() and 1 <= int(key) <= len(self.names):
            self.given[self._asked] = self.names[int(key) - 1]
        else:
            return False
        self._history.append(self._asked)
        return True

    def _undo(self) -> bool:
        if not self._history:
            return False
        last = self._history.pop()
        self.given.pop(last, None)
        self._skipped.discard(last)
        self._order = [last, *(i for i in self._order if i != last)]
        return True

    def _learn(self) -> None:
        self._guesses = guesses(self.labelled_rows())
        waiting = [i for i, row in enumerate(self.rows) if not labelled(row)]
        self._order = sorted(waiting, key=lambda i: (self._guesses[i].sure, i))

    def labelled_rows(self) -> list[Conversation]:
        """Return all rows, those labelled in this pass with their category."""
        return [
            with_category(row, Guess(category=self.given[i], sure=1.0, source="person")) if i in self.given else row
            for i, row in enumerate(self.rows)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What `label` wrote."""

    path: Path
    books: Books
    labelled: int
    """Rows labelled in this pass."""
    waiting: int
    """Rows that still have no category of a person's."""
    categories: dict[str, int]


def begin(path: Path, out: Path, *, names: Sequence[str], most: int) -> Work[tuple[Labelling, Books]]:
    """Read the rows and return a pass over them. Raises DataError where there are too many categories for the digits."""
    read = yield from rows_of(path, out)
    known = [name for name, _ in Counter(row.category for row in read.conversations if labelled(row)).most_common()]
    chosen = tuple(dict.fromkeys(names or (*known, "style", "fact", "decision")))
    if len(chosen) > 9:
        seen = ", ".join(chosen[:9]) + f" and {len(chosen) - 9} more"
        raise DataError("there are more categories than digits", seen=seen, remedy="name up to nine with --category")
    return Labelling(list(read.conversations), chosen, most), closed(read, len(read.conversations))


def save(labelling: Labelling, out: Path, books: Books) -> Labelled:
    """Write all rows, those labelled with their category; the others as they were. Raises StorageError."""
    rows = labelling.labelled_rows()
    write_rows(out, rows)
    return Labelled(
        path=out,
        books=books,
        labelled=len(labelling.given),
        waiting=sum(not labelled(row) for row in rows),
        categories=dict(Counter(row.category for row in rows if labelled(row)).most_common()),
    )
