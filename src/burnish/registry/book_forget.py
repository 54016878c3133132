"""Whose words in the book of answers are words of rows that are to be forgotten.

An answer's words belong to a row where the row was harvested from it, or where both are one conversation: that turn, an earlier or a
later one (the one begins with all that the other was asked). System prompts say nothing of whose conversation it is and are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.records.codec import JSON
from burnish.records.conversation import Conversation
from burnish.registry.book import CORRECTION, PREFERRED, Book

Turns = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """What the book has of a source."""

    answers: tuple[str, ...] = ()
    """Ids of the answers whose words (or corrections) are of it."""
    known: bool = False
    """Whether anything in the book ever was of it: also where its words are gone already."""


def reached(home: Path, source: str, rows: Sequence[Conversation]) -> Reached:
    """Return whose words are of these rows, or were harvested into the file `source`. Nothing is changed. Raises StorageError."""
    if not Book.there(home):
        return Reached()
    book = Book(home)
    try:
        harvested = {*_named(rows), *_harvested(book, source)}
        same = _SameTalk([*map(_of_row, rows), *_of_answers(book, harvested)])
        found = {name for name, messages in book.conversations() if name in harvested or _turns(messages) in same}
        corrected = {one.id for one in book.feedback() if one.kind == CORRECTION and one.value is not None}
        return Reached(tuple(sorted(found | (corrected & harvested))), known=bool(found | harvested))
    finally:
        book.close()


def forget_words(home: Path, names: Sequence[str]) -> None:
    """Take the words of these answers out of a project's book, to the last byte; an earlier try that was killed is finished too.

    Raises StorageError.
    """
    book = Book(home)
    try:
        book.forget_words(names)
    finally:
        book.close()


class _SameTalk:
    """Conversations; another is `in` it where it is one of them at that turn, an earlier or a later one."""

    def __init__(self, talks: Sequence[tuple[Turns, Turns]]) -> None:
        """Take each one's prompt, and the whole of it."""
        self._prompts = {prompt for prompt, _ in talks if prompt}
        self._parts = {whole[: i + 1] for _, whole in talks for i in range(len(whole))}

    def __contains__(self, turns: Turns) -> bool:
        return turns in self._parts or any(turns[: i + 1] in self._prompts for i in range(len(turns)))


def _turns(messages: JSON) -> Turns:
    return tuple((one["role"], one["content"].strip()) for one in messages if one["role"] != "system")


def _of_row(row: Conversation) -> tuple[Turns, Turns]:
    prompt, whole = (_turns([{"role": one.role, "content": one.content} for one in part]) for part in (row.prompt, row.messages))
    return prompt, whole


def _of_answers(book: Book, names: set[str]) -> Iterator[tuple[Turns, Turns]]:
    """Yield the conversations of answers: a row that was harvested from one may have been mended since."""
    for name in names:
        if (words := book.words(name)) is not None:
            yield _turns(words[0]), _turns(words[0])


def _named(rows: Sequence[Conversation]) -> Iterator[str]:
    """Yield the answers that rows say they were harvested from: `metadata.feedback` is ID/KIND, or of two answers ID/KIND/ID."""
    for row in rows:
        name, _, more = str(row.metadata.get("feedback") or "").partition("/")
        yield from filter(None, (name, more.partition("/")[2]))


def _harvested(book: Book, source: str) -> Iterator[str]:
    """Yield the answers from which lines of a file were harvested."""
    path = Path(source).resolve()
    numbers = {number for number, place in book.places() if Path(place).resolve() == path}
    for said in book.feedback():
        if said.number in numbers:
            yield said.id
            if said.kind == PREFERRED:
                yield str(said.value)
