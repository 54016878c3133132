"""The verb `dedupe`: each row once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.data.dedupe import Cluster, clusters, gathered
from burnish.flow.cleaning import closed, rows_of, watched, write_rows
from burnish.flow.events import Shown, Work
from burnish.records.books import Books
from burnish.records.conversation import Conversation

EXACT, NEAR = "an exact copy of a row that is kept", "near-same to a row that is kept"
SHOWN = 12
"""Clusters in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows that are one."""

    kept: int
    """1-based line of the row that stays."""
    taken_out: tuple[int, ...]
    """1-based lines of the others."""
    exact: bool
    """Whether all are the kept one word for word."""
    question: str
    """What the kept row asks, its first 60 signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduped:
    """What `dedupe` did."""

    path: Path
    books: Books
    groups: tuple[Group, ...]


def dedupe(path: Path, out: Path, *, exact: bool, best: bool) -> Work[Deduped]:
    """Write each row once: of rows that are one the first, or the one with the longest answer. Raises DataError, StorageError."""
    read = yield from rows_of(path, out)
    rows = read.conversations
    found = yield from watched(clusters(rows), "comparing", len(rows))
    gone: dict[int, str] = {}
    groups = []
    for cluster in gathered([(i, first, same) for i, first, same in found if same or not exact]):
        kept = _kept(cluster, rows, best=best)
        gone |= {i: EXACT if rows[i].id == rows[kept].id else NEAR for i in cluster.members if i != kept}
        groups.append(_group(cluster, kept, rows))
    write_rows(out, (row for i, row in enumerate(rows) if i not in gone))
    removed = {reason: list(gone.values()).count(reason) for reason in (EXACT, NEAR)}
    if groups:
        yield _table(groups)
    return Deduped(path=out, books=closed(read, len(rows) - len(gone), removed=removed), groups=tuple(groups))


def _kept(cluster: Cluster, rows: Sequence[Conversation], *, best: bool) -> int:
    return max(cluster.members, key=lambda i: (len(rows[i].answer), -i)) if best else cluster.members[0]


def _group(cluster: Cluster, kept: int, rows: Sequence[Conversation]) -> Group:
    others = [i for i in cluster.members if i != kept]
    question = " ".join(rows[kept].prompt[-1].content.split())
    return Group(
        kept=_line(rows[kept], kept),
        taken_out=tuple(_line(rows[i], i) for i in others),
        exact=all(rows[i].id == rows[kept].id for i in others),
        question=question if len(question) <= 60 else question[:57] + "...",
    )


def _line(row: Conversation, i: int) -> int:
    return row.origin.line if row.origin else i + 1


def _table(groups: Sequence[Group]) -> Shown:
    rows = tuple(
        (
            str(one.kept),
            ", ".join(map(str, one.taken_out[:6])) + (f" and {len(one.taken_out) - 6} more" if len(one.taken_out) > 6 else ""),
            "exact" if one.exact else "near",
            one.question,
        )
        for one in groups[:SHOWN]
    )
    more = f" (the first {SHOWN} of {len(groups)} groups)" if len(groups) > SHOWN else ""
    return Shown(title=f"rows that are one{more}", columns=("line kept", "lines taken out", "", "asks"), rows=rows)
