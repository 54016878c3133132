"""The verb `harvest`: what people said of answers becomes rows and preference pairs for the next training.

A correction is a row, and a pair of the correction over the answer; a preference of one answer over another is a pair; a thumb up is
a row where that is wanted. What became a row is entered in the book with the file it went to. A file that is there is added to, and what
it holds already is not added again: so a kill between the file and the book costs nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish import durable
from burnish.errors import DataError
from burnish.records.codec import JSON
from burnish.registry.book import PREFERRED, Book, Feedback
from burnish.serve.ab.verbs import book_of

ROW, PAIR = "row", "preference"
SOURCE = "feedback"
NO_WORDS = "their words were not kept"
FORGOTTEN = "their words were forgotten (burnish forget)"
HOW_TO_KEEP = "to have words wait on the disk for feedback, also over a restart: burnish serve --keep-words all"
RAW = "no conversation that a row could hold"
EMPTY = "the answer is empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """Something that was said, as a line of a file."""

    feedback: int
    kind: str
    """ROW or PAIR."""
    line: JSON

    @property
    def mark(self) -> str:
        """By what the line is known again in a file."""
        return str(self.line["metadata"]["feedback"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    """What came of it."""

    rows: int
    preferences: int
    before: int
    """What had been harvested by earlier runs."""
    left: dict[str, int]
    """Of how much that was said nothing could be made, by the reason."""

    @property
    def advice(self) -> str:
        """What to do so that less is lost; "" where nothing is."""
        return HOW_TO_KEEP if NO_WORDS in self.left else ""


def harvest(home: str | None, rows: Path, preferences: Path | None, *, thumbs_up: bool) -> Harvested:
    """Write what is new. Raises RegistryError, DataError for a file that is no JSONL, StorageError."""
    with book_of(home) as (_, book):
        done, left, crops, before = book.harvested(), set[tuple[int, str]](), [], 0
        wanted = {ROW, PAIR} if preferences is not None else {ROW}
        for said in book.feedback():
            for kind in sorted(_kinds(said, thumbs_up=thumbs_up) & wanted):
                if (said.number, kind) in done:
                    before += 1
                    continue
                made = _line(book, said, kind)
                if isinstance(made, str):
                    left.add((said.number, made))  # once, though it could be a row and a pair
                else:
                    crops.append(Crop(feedback=said.number, kind=kind, line=made))
        counts = {}
        for kind, place in ((ROW, rows), (PAIR, preferences)):
            found = [one for one in crops if one.kind == kind]
            counts[kind] = _add(place, found) if place is not None and found else 0
            if place is not None and found:
                book.harvest([(one.feedback, kind) for one in found], str(place.absolute()))
    return Harvested(
        rows=counts[ROW], preferences=counts[PAIR], before=before, left=dict(Counter(why for _, why in sorted(left)))
    )


def _kinds(said: Feedback, *, thumbs_up: bool) -> set[str]:
    """Return what something that was said can become."""
    if said.kind == "correction":
        return {ROW, PAIR}
    if said.kind == PREFERRED:
        return {PAIR}
    return {ROW} if thumbs_up and said.kind == "thumb" and said.value == "up" else set()


def _line(book: Book, said: Feedback, kind: str) -> JSON | str:
    """Return the line, or why there is none."""
    about = book.answer(said.id)
    names = [said.id, str(said.value)] if said.kind == PREFERRED else [said.id]
    missing = [name for name in names if book.words(name) is None]
    if about is None or missing:
        return FORGOTTEN if any(map(book.is_forgotten, missing)) else NO_WORDS
    metadata = {"source": SOURCE, "feedback": f"{said.id}/{said.kind}", "version": about.version}
    messages, answer = _words(book, said.id)
    if not messages or messages[-1]["role"] == "assistant":
        return RAW
    if any(_torn(text) for text in (*(one["content"] for one in messages), answer, str(said.value))):
        return "they hold half letters, which no file can"
    if kind == ROW:
        return _row(messages, str(said.value) if said.kind == "correction" else answer, metadata)
    if said.kind == "correction":
        return _pair(messages, str(said.value), answer, metadata)
    return _compared(
        _words(book, str(said.value)), messages, answer, {**metadata, "feedback": f"{said.id}/{said.kind}/{said.value}"}
    )


def _words(book: Book, name: str) -> tuple[JSON, str]:
    words = book.words(name)
    if words is None:
        raise AssertionError("looked at before")
    return words


def _torn(text: str) -> bool:
    """Return whether a text holds a lone half of a letter (a surrogate), as JSON may."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _row(messages: JSON, wanted: str, metadata: JSON) -> JSON | str:
    said = {"messages": [*messages, {"role": "assistant", "content": wanted}], "metadata": metadata}
    return said if wanted.strip() else EMPTY


def _compared(other: tuple[JSON, str], messages: JSON, answer: str, metadata: JSON) -> JSON | str:
    return _pair(messages, answer, other[1], metadata) if other[0] == messages else "the two answers were not to the same words"


def _pair(messages: JSON, chosen: str, rejected: str, metadata: JSON) -> JSON | str:
    if chosen.strip() == rejected.strip():
        return "both answers are the same words"
    said = {key: [{"role": "assistant", "content": text}] for key, text in (("chosen", chosen), ("rejected", rejected))}
    return {"prompt": messages, **said, "metadata": metadata}


def _add(place: Path, crops: Sequence[Crop]) -> int:
    """Add lines to a file, atomically, but for those that it holds already; return how many were added."""
    kept = list(_lines(place)) if place.exists() else []
    known = {_mark(line, place, number) for number, line in enumerate(kept, start=1)}
    new = [one for one in crops if one.mark not in known]
    if new:
        durable.write_lines(place, [*kept, *(json.dumps(one.line, ensure_ascii=False) + "\n" for one in new)])
    return len(new)


def _lines(place: Path) -> Iterator[str]:
    try:
        text = place.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"cannot add to {place}", seen=str(error), remedy="name another file with -o") from None
    yield from (f"{line}\n" for line in text.split("\n") if line.strip())


def _mark(line: str, place: Path, number: int) -> str | None:
    try:
        value = json.loads(line)
        metadata = value.get("metadata") or {}
        return str(metadata.get("feedback"))
    except (ValueError, AttributeError):
        raise DataError(
            f"{place} is no file of rows, and is not added to",
            seen=f"line {number}: {line.strip()[:60]}",
            remedy="name another file with -o",
        ) from None
