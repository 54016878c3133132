"""The verb `ingest`: an export as it was downloaded becomes checked rows, and the books say where every message went.

An ingest that is stopped leaves no half file; typed again it begins anew (decision 0014).
"""

from __future__ import annotations

import difflib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import durable
from burnish.data.files.desk import Desk
from burnish.data.files.repository import by_git, history, is_repository
from burnish.data.files.store import Store, opening
from burnish.data.ingest.exchange import Manner
from burnish.data.ingest.kinds import KINDS, kind_of
from burnish.data.ingest.rows import UNANSWERED, conversations
from burnish.errors import DataError
from burnish.flow.cleaning import need_a_file
from burnish.flow.events import Advanced, Said, Shown, Work
from burnish.flow.hub import fetched
from burnish.records.codec import to_json

if TYPE_CHECKING:
    from collections.abc import Generator

    from burnish.data.ingest.kinds import Source
    from burnish.records.conversation import Conversation
    from burnish.records.intake import Books, Fault

SHOWN_FAULTS = 20
PROGRESS_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the person asked for."""

    kind: str
    path: Path
    out: Path
    me: str | None = None
    category: str | None = None
    gap_seconds: float
    """A longer silence ends a turn and a row."""
    within_seconds: float
    """Outside threads, an answer that comes later answers nothing."""
    turns: int
    """Most exchanges a row."""
    split: str = "train"
    """Of a data set of the Hub."""
    columns: tuple[tuple[str, str], ...] = ()
    """(what, column) pairs for tables whose columns cannot be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What `ingest` wrote."""

    kind: str
    why: str
    """Why `auto` took it for that kind; "" where the kind was named."""
    out: Path
    rows: int
    books: Books
    faults: tuple[Fault, ...]
    num_faults: int
    """All of them; `faults` holds the first thousand."""
    people: tuple[tuple[str, int], ...]
    """Writers with the number of their messages, the busiest first."""
    seconds: float


def ingest(wanted: Wanted) -> Work[Ingested]:
    """Read an export and write its rows to `wanted.out`. Raises DataError, and StorageError where the rows cannot be written."""
    began = time.monotonic()
    desk = Desk()
    source: Source
    if wanted.kind == "hub":
        store, source = yield from fetched(str(wanted.path), wanted.split)
        why = ""
    else:
        store, source, why = yield from _found(wanted, desk, began)
    if why:
        yield Said(text=f"taken for {source.NAME}: {why}")
    _refuse_own_ground(wanted, store)
    rows = 0
    made = conversations(
        source,
        store,
        desk,
        me=wanted.me or "",
        category=wanted.category or "",
        manner=Manner(gap_seconds=wanted.gap_seconds, within_seconds=wanted.within_seconds, turns=wanted.turns),
        columns=dict(wanted.columns),
    )
    with durable.growing(wanted.out) as file:
        shown = began
        for row in made:
            if row is not None:
                file.write(line_of(row))
                rows += 1
            if time.monotonic() - shown >= PROGRESS_SECONDS:
                shown = time.monotonic()
                yield _progress(store, rows, shown - began)
        yield from _say_faults(desk)
        books = desk.books()
        assert books.balance == 0, books
        if not rows:
            raise _nothing(desk, source, wanted, books)
    yield _table(books, rows)
    people = tuple(desk.people.most_common())
    return Ingested(
        kind=source.NAME,
        why=why,
        out=wanted.out,
        rows=rows,
        books=books,
        faults=tuple(desk.faults),
        num_faults=desk.num_faults,
        people=people,
        seconds=time.monotonic() - began,
    )


def _found(wanted: Wanted, desk: Desk, began: float) -> Work[tuple[Store, Source, str]]:
    """Open the export and find out its kind. Of a git repository git's own log is read, where that is asked for or nothing else is there."""
    kind, path = wanted.kind, wanted.path
    if kind == "gitlog" and is_repository(path):
        return (yield from _settled(history(path), began)), KINDS["gitlog"], ""
    if kind == "auto" and is_repository(path) and not (path / ".git").exists():
        return (yield from _settled(history(path), began)), KINDS["gitlog"], "the folder is a git repository without files"
    try:
        store = yield from _settled(opening(path, desk), began)
        source, why = kind_of(kind, store)
    except DataError:
        if kind == "auto" and is_repository(path):
            return (yield from _settled(history(path), began)), KINDS["gitlog"], "the folder is a git repository"
        if kind != "gitlog" or not path.is_dir():
            raise
        return (yield from _settled(history(path), began)), KINDS["gitlog"], ""
    if kind == "gitlog" and path.is_dir() and not source.suits(store):
        return (yield from _settled(history(path), began)), source, ""
    return store, source, why


def _settled(work: Generator[tuple[int, int], None, Store], began: float) -> Work[Store]:
    """Open the export; a packed archive is read through first, which is told."""
    shown = began
    while True:
        try:
            done, total = next(work)
        except StopIteration as end:
            found: Store = end.value
            return found
        now = time.monotonic()
        if total and now - shown >= PROGRESS_SECONDS:
            shown = now
            yield Advanced(
                stage="looking through the archive",
                done=done // 1_000_000,
                total=total // 1_000_000,
                unit="MB",
                seconds=now - began,
            )


def _refuse_own_ground(wanted: Wanted, store: Store) -> None:
    """Refuse to write the rows over the export or into its folder, where the next ingest would read them.

    Of a repository git's log is the export, so that the rows may lie among its files, and must not lie among git's own.
    """
    need_a_file(wanted.out)
    out, export = wanted.out.resolve(), wanted.path.resolve()
    git = export / ".git" if (export / ".git").exists() else export
    ground = git if by_git(store) and is_repository(export) else None if by_git(store) else export
    if out == export or (ground is not None and ground.is_dir() and ground in out.parents):
        raise DataError(
            "the rows would be written into the export itself", seen=str(wanted.out), remedy="name another place after -o"
        )


def line_of(row: Conversation) -> bytes:
    """Return a row as a line of JSON in UTF-8. Half characters (lone surrogates), which no file can hold, become U+FFFD."""
    said = [{"role": one.role, "content": one.content} for one in row.messages]
    for message, one in zip(said, row.messages, strict=True):
        if one.reasoning_content is not None:
            message["reasoning_content"] = one.reasoning_content
    line = json.dumps({"messages": said, "metadata": row.metadata}, ensure_ascii=False) + "\n"
    try:
        return line.encode("utf-8")
    except UnicodeEncodeError:
        return line.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8")


def _progress(store: Store, rows: int, seconds: float) -> Advanced:
    done = min(store.bytes_read, store.total)
    return Advanced(
        stage="reading",
        done=done // 1_000_000,
        total=store.total // 1_000_000,
        unit="MB",
        seconds=seconds,
        detail=f"{rows:,} rows",
    )


def _say_faults(desk: Desk) -> Work[None]:
    for fault in desk.faults[:SHOWN_FAULTS]:
        yield Said(text=f"fault: {fault}", level="warn")
    if desk.num_faults > SHOWN_FAULTS:
        yield Said(text=f"and {desk.num_faults - SHOWN_FAULTS} faults more (--json lists them)", level="warn")


def _table(books: Books, rows: int) -> Shown:
    lines = [("used", f"{books.used:,}", f"in {rows:,} rows")]
    lines += [("set aside", f"{count:,}", reason) for reason, count in books.aside.items()]
    lines.append(("read", f"{books.read:,}", "used and set aside together"))
    return Shown(title="where the messages went", columns=("", "messages", ""), rows=tuple(lines))


def _nothing(desk: Desk, source: Source, wanted: Wanted, books: Books) -> DataError:
    """Return why there is not one row: mostly a name that is not there."""
    names = [name for name, _ in desk.people.most_common() if name]
    listed = ", ".join(f"{name} ({desk.people[name]:,})" for name in names[:20]) + (", ..." if len(names) > 20 else "")
    if wanted.me is None and names and UNANSWERED in books.aside:
        remedy = "name one of them with --me; write the name as it stands there, or that person's user name or address"
        return DataError("whose words shall the model learn?", seen=f"messages by {listed}", remedy=remedy)
    if names and wanted.me is not None and not any(desk.is_named(name, wanted.me) for name in names):
        near = difflib.get_close_matches(wanted.me, names, n=1, cutoff=0.6)
        remedy = f"write --me '{near[0]}'" if near else "name one of them with --me"
        return DataError(f"nobody here is called {wanted.me}", seen=f"messages by {listed}", remedy=remedy)
    aside = "; ".join(f"{count:,} {reason}" for reason, count in books.aside.items())
    return DataError(
        f"{wanted.path} gives no row",
        seen=f"{books.read:,} messages read as {source.NAME}" + (f": {aside}" if aside else ""),
        remedy="look at the reasons; name the right kind of export, a longer --within, or another name after --me",
    )


def answer_of(done: Ingested) -> dict[str, object]:
    """Return what `--json` prints."""
    return {
        "kind": done.kind,
        "why": done.why,
        "out": str(done.out),
        "rows": done.rows,
        "messages": {"read": done.books.read, "used": done.books.used, "aside": dict(done.books.aside)},
        "faults": [to_json(fault) for fault in done.faults],
        "num_faults": done.num_faults,
        "people": dict(done.people[:100]),
        "seconds": round(done.seconds, 3),
        "messages_per_second": round(done.books.read / max(done.seconds, 1e-9)),
    }
