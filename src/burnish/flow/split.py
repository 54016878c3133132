"""The verb `split`: two files, one to train on and one to ask."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish import durable
from burnish.data.groups import groups, orphans
from burnish.data.leaks import leaks
from burnish.data.split import split as divide
from burnish.data.times import time_of
from burnish.errors import DataError
from burnish.flow.cleaning import closed, rows_of, write_rows
from burnish.flow.events import Said, Shown, Work
from burnish.plan.table import HOLDOUT_FROM_ROWS, holdout_for
from burnish.records.books import Books
from burnish.records.conversation import Conversation

TRAIN, HELD_OUT = "train.jsonl", "held_out.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """What `split` did."""

    folder: Path
    books: Books
    train: int
    held_out: int
    groups: int
    """How many groups of rows that belong together there are."""
    leaks: tuple[str, ...]
    """Empty: a split that leaks is not written."""
    reason: str
    """Why fewer rows are held out than were asked; empty when it is as asked."""


def split(path: Path, folder: Path, *, holdout: int | None, seed: int, by_time: bool) -> Work[Divided]:
    """Write `train.jsonl` and `held_out.jsonl` into a new folder. Raises DataError, and StorageError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError("the folder for the two files is there already", seen=str(folder), remedy="name a new folder with -o")
    read = yield from rows_of(path)
    rows = read.conversations
    if len(rows) < 2:
        raise DataError("a split needs two rows at least", seen=f"{len(rows)} usable", remedy="add rows")
    wanted = holdout_for(len(rows)) if holdout is None else holdout
    if wanted >= len(rows):
        raise DataError(f"{wanted} of {len(rows)} rows would leave none to train on", remedy="ask for fewer: --holdout N")
    parts = divide(rows, wanted, seed, times=_times(rows) if by_time else None)
    train, held = [rows[i] for i in parts.train], [rows[i] for i in parts.held_out]
    found = leaks(train, held)
    if found:  # a defect of ours, not of the rows: never a split that leaks
        raise AssertionError("; ".join(found))
    lost = orphans(rows)
    if lost:
        text = f"{len(lost)} rows name a parent that is not in the file: they stay with their siblings, not with it"
        yield Said(text=text, level="warn")
    if parts.reason:
        yield Said(text=parts.reason, level="warn")
    if holdout is None and wanted == 0:
        text = f"of fewer than {HOLDOUT_FROM_ROWS} rows none is held out unless it is asked for: --holdout N"
        yield Said(text=text, level="warn")
    _write(folder, train, held)
    yield _table(train, held)
    return Divided(
        folder=folder,
        books=closed(read, len(rows)),
        train=len(train),
        held_out=len(held),
        groups=len(set(groups(rows))),
        leaks=tuple(found),
        reason=parts.reason,
    )


def _times(rows: Sequence[Conversation]) -> list[float]:
    times = [time_of(row) for row in rows]
    without = [row.origin.line for row, time in zip(rows, times, strict=True) if time is None and row.origin]
    if without:
        seen = f"line {', '.join(map(str, without[:8]))}" + (f" and {len(without) - 8} more" if len(without) > 8 else "")
        remedy = 'give each row "metadata":{"time":"2026-05-01T09:45:00"}, or leave --by-time out'
        raise DataError(f"{len(without)} rows do not say when they were said", seen=seen, remedy=remedy)
    return [time for time in times if time is not None]


def _write(folder: Path, train: Sequence[Conversation], held: Sequence[Conversation]) -> None:
    """Write both files beside the folder's place, then move them there in one rename: both sides or none."""
    beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        write_rows(beside / TRAIN, train)
        write_rows(beside / HELD_OUT, held)
        durable.move_folder(beside, folder)
    except BaseException:
        durable.remove_folder(beside)
        raise


def _table(train: Sequence[Conversation], held: Sequence[Conversation]) -> Shown:
    trained, asked = (Counter(row.category or "(none)" for row in side) for side in (train, held))
    lines = [(name, str(trained[name]), str(asked[name])) for name in sorted(trained | asked)]
    lines.append(("all", str(len(train)), str(len(held))))
    return Shown(title="rows of each category", columns=("category", "trained", "held out"), rows=tuple(lines))
