"""The facts of one file of rows that a page tells: books, lengths, categories, sources over time, copies, private things, warnings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from burnish.data.check import Warned, warnings_of
from burnish.data.dedupe import clusters
from burnish.data.quality import quality_warnings
from burnish.data.read import ReadResult
from burnish.data.report.periods import Periods, periods_of
from burnish.data.scrub.find import private_things
from burnish.data.scrub.found import KINDS
from burnish.data.scrub.swap import masked
from burnish.data.times import time_of
from burnish.errors import DataError
from burnish.records.conversation import Conversation
from burnish.records.ledger import Refusal

_STAND_IN = re.compile(r"\[(" + "|".join(kind.upper() for kind in KINDS) + r")_(\d+)\]")
SHOWN = 3
"""Masked values of a kind that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateKind:
    """One kind of private thing in a file."""

    kind: str
    times: int
    rows: int
    shown: tuple[str, ...]
    """The first few, partly masked."""
    stand_ins: int
    """Different placeholders of this kind, such as [PERSON_3]: what a scrub has replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one file holds."""

    name: str
    format: str
    rows_read: int
    refused: tuple[Refusal, ...]
    """Rows that cannot be used, each with its reason."""
    rows: tuple[Conversation, ...]
    """Rows that can be used, in file order."""
    lengths: tuple[int, ...]
    """Tokens of each of `rows`."""
    categories: Mapping[str, int]
    """Rows of each category, most first; "" for rows that name none."""
    sources: Mapping[str, int]
    """Rows of each source, most first; "" for rows that name none."""
    periods: Periods | None
    """Rows of each source over time; None where no row says when it was said."""
    undated: int
    copies: int | None
    """Rows that repeat an earlier one word for word; None where the library that finds copies is not installed."""
    near: int | None
    """Rows near-same to an earlier one."""
    private: tuple[PrivateKind, ...] | None
    """None where the libraries that find private things are not installed."""
    warnings: tuple[Warned, ...]

    @property
    def reasons(self) -> dict[str, int]:
        """Refused rows by reason, most first."""
        return dict(Counter(refusal.reason for refusal in self.refused).most_common())


def facts_of(
    name: str, read: ReadResult, rows: Sequence[Conversation], lengths: Sequence[int], refused: Sequence[Refusal]
) -> Facts:
    """Return the facts of a file whose usable rows and their tokens are known. An AssertionError where the books do not close."""
    if len(rows) + len(refused) != read.rows_read:  # a defect of ours, not of the rows
        raise AssertionError(f"{read.rows_read} rows were read, {len(rows)} used and {len(refused)} refused")
    told = [(source_of(row), when) for row in rows if (when := _when(row)) is not None]
    copies, near = _repeats(rows)
    return Facts(
        name=name,
        format=read.format,
        rows_read=read.rows_read,
        refused=tuple(refused),
        rows=tuple(rows),
        lengths=tuple(lengths),
        categories=dict(Counter(row.category for row in rows).most_common()),
        sources=dict(Counter(map(source_of, rows)).most_common()),
        periods=periods_of(told) if told else None,
        undated=len(rows) - len(told),
        copies=copies,
        near=near,
        private=_private(rows),
        warnings=(*warnings_of(read), *quality_warnings(read.conversations)),
    )


def source_of(row: Conversation) -> str:
    """Return `metadata.source`, or "" where a row names none."""
    given = row.metadata.get("source")
    return str(given) if isinstance(given, str | int) else ""


def _when(row: Conversation) -> datetime | None:
    seconds = time_of(row)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a number that is no time of this calendar
        return None


def _repeats(rows: Sequence[Conversation]) -> tuple[int | None, int | None]:
    try:
        found = [same for _, first, same in clusters(rows) if first is not None]
    except DataError:
        return None, None
    return sum(found), len(found) - sum(found)


def _private(rows: Sequence[Conversation]) -> tuple[PrivateKind, ...] | None:
    times: Counter[str] = Counter()
    held: Counter[str] = Counter()
    shown: dict[str, dict[str, None]] = {kind: {} for kind in KINDS}
    stand_ins: dict[str, set[str]] = {kind: set() for kind in KINDS}
    try:
        for row in rows:
            text = row_text(row)
            placed = [match.span() for match in _STAND_IN.finditer(text)]
            found = [one for one in private_things(text) if not any(one.start < end and start < one.end for start, end in placed)]
            times.update(one.kind for one in found)
            held.update({one.kind for one in found})
            for one in found:
                shown[one.kind].setdefault(masked(one.text))
            for kind, number in _STAND_IN.findall(text):
                stand_ins[kind.lower()].add(number)
    except DataError:
        return None
    return tuple(
        PrivateKind(
            kind=kind, times=times[kind], rows=held[kind], shown=tuple(shown[kind])[:SHOWN], stand_ins=len(stand_ins[kind])
        )
        for kind in KINDS
        if times[kind] or stand_ins[kind]
    )


def row_text(row: Conversation) -> str:
    """Return all words of a row, its thoughts too, a blank line between the turns."""
    return "\n\n".join(part for message in row.messages for part in (message.reasoning_content, message.content) if part)
