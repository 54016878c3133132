"""The verb `forget`: rows of one source are taken out of a chain of versions, and the chain is trained again without them.

What was trained cannot be made untrained by subtracting: the versions that hold the rows are marked, and what follows the last
version without them is trained anew from the rows that each session kept, less the ones to be forgotten. Before that the rows are taken
out of what versions carry and put before questions: a server that runs sees that with its next request. Words of these rows that the
server's book of answers keeps are taken out of its file; a server that runs may hold some in memory until it ends.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.data.write import row_line
from burnish.errors import RegistryError
from burnish.evaluate.suite import held_out_suite
from burnish.flow.events import Said, Work
from burnish.flow.judging import judge
from burnish.flow.project import compared_dtype, load_weights, open_registry, open_version
from burnish.flow.request import Request, read_request
from burnish.flow.sessions import Session, all_rows, past_sessions
from burnish.flow.train import Trained, train
from burnish.registry.book_forget import Reached, forget_words, reached
from burnish.retrieval.about import FOLDER
from burnish.retrieval.files import load_rows, save_rows, without

if TYPE_CHECKING:
    from burnish.flow.project import Opened
    from burnish.records.conversation import Conversation
    from burnish.registry.store import Registry
    from burnish.retrieval.index import MemoryRow
    from burnish.tokens.template import Chat

ASKED_MOST = 20
"""Rows that both models are asked, to show what is gone."""
NAME = "rows to be forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was done."""

    source: str
    rows: int
    """Rows of the source that were found in the project."""
    marked: tuple[str, ...]
    rebuilt: tuple[str, ...]
    """The new versions, oldest first; empty where the live chain did not hold the rows."""
    live: str | None
    known_before: float | None
    """Mean score (`similar`) on the forgotten rows' own prompts, by the version that was live; None where none was asked."""
    known_after: float | None
    book: int = 0
    """Answers whose words were taken out of the book of answers (with `dry_run`: would be)."""
    carried_rows: int = 0
    """Rows taken out of what versions carry, each as often as it is carried (with `dry_run`: would be)."""
    carried_by: tuple[str, ...] = ()
    """The versions that carried them, oldest first."""


def forget(source: str, *, home: str | None, dry_run: bool = False) -> Work[Forgotten]:
    """Mark every version that holds rows of a source, and train the live chain again without them. Raises BurnishError.

    `source` is a file that was trained on, or a `metadata.source` as rows name it. With `dry_run` only told.
    """
    registry = open_registry(home)
    every = {run_id: all_rows(registry.runs / run_id) for run_id in registry.versions()}
    rows = {row.id: row for found in every.values() for row in _of(source, found)}
    words = reached(registry.home, source, tuple(rows.values()))
    registry.settle()  # what a kill left of an earlier removal
    carried = _carried(registry, source, rows)
    if not rows and not words.known and not carried:
        raise _nothing(source, registry)
    held = [*_held(every, rows), *carried]
    affected = _descendants(registry, set(held))
    yield Said(text=f"{len(rows)} rows of {source} are in {len(set(held))} versions", level="head")
    yield Said(text=f"{len(affected)} versions hold what they taught: {', '.join(affected) or 'none'}")
    if not dry_run:
        registry.forget(source, affected)
    yield from _forget_carried(registry, carried, dry_run=dry_run)
    yield from _forget_words(registry.home, words, dry_run=dry_run)
    done = yield from _train_again(source, rows, affected, home, dry_run=dry_run)
    return replace(done, book=len(words.answers), carried_rows=sum(map(len, carried.values())), carried_by=tuple(sorted(carried)))


def _held(every: dict[str, tuple[Conversation, ...]], rows: dict[str, Conversation]) -> list[str]:
    """Return the versions that were trained on or judged by these rows, known by their words.

    A chain that was trained again after an earlier removal has its rows from files of its own.
    """
    return [run_id for run_id, found in every.items() if any(row.id in rows for row in found)]


def _train_again(
    source: str, rows: dict[str, Conversation], affected: list[str], home: str | None, *, dry_run: bool
) -> Work[Forgotten]:
    """Train the live chain again without the rows, as far as it holds them, and make its end live."""
    registry = open_registry(home)
    live = registry.pointed  # after a kill it may be marked already, and is then to be trained again all the same
    chain = past_sessions(registry, live) if live is not None else ()
    again = [one for one in chain if one.run.id in affected]
    if dry_run:
        yield Said(
            text=f"to be trained again without them: {', '.join(one.name for one in again) or 'nothing'}; nothing is done yet"
        )
        return _told(source, rows, affected, (), registry.live)
    if not again or live is None:
        yield Said(text="the live version does not hold them: nothing is trained again")
        return _told(source, rows, affected, (), registry.live)
    rebuilt = yield from _rebuild(registry, chain, again, set(rows), home)
    end = rebuilt[-1] if rebuilt else _before(chain, again)
    if end is not None:
        registry.promote(end, f"trained again without {source}")
        yield Said(text=f"version {end} is now live (trained again without {source})", level="head")
    else:
        yield Said(text="no version is live now: nothing was trained on other rows", level="head")
    before, after = yield from _known((live, end or "base"), tuple(rows.values()), home)
    return replace(_told(source, rows, affected, rebuilt, end), known_before=before, known_after=after)


def _told(
    source: str, rows: dict[str, Conversation], affected: Sequence[str], rebuilt: Sequence[str], live: str | None
) -> Forgotten:
    return Forgotten(
        source=source,
        rows=len(rows),
        marked=tuple(affected),
        rebuilt=tuple(rebuilt),
        live=live,
        known_before=None,
        known_after=None,
    )


def _carried(registry: Registry, source: str, rows: Collection[str]) -> dict[str, list[str]]:
    """Return the id of each row to be forgotten that a version carries, by version. Raises RegistryError where what one carries is damaged."""
    found = {}
    for run_id in registry.versions():
        saved = load_rows(registry.runs / run_id / FOLDER)
        ids = [row.id for row in saved.rows if row.id in rows or _is_of(source, row)] if saved is not None else []
        if ids:
            found[run_id] = ids
    return found


def _is_of(source: str, row: MemoryRow) -> bool:
    """Return whether a carried row tells that it came from this file, or from this source."""
    path = str(Path(source).resolve())
    names = filter(None, (row.source, row.where, row.where.rpartition(":")[0]))
    return any(name == source or str(Path(name).resolve()) == path for name in names)


def _forget_carried(registry: Registry, carried: Mapping[str, Sequence[str]], *, dry_run: bool) -> Work[None]:
    """Take rows out of what versions carry. A kill leaves each version with all of them or with none; a second run does the rest."""
    if not carried:
        return
    count = f"{sum(map(len, carried.values()))} rows"
    if dry_run:
        yield Said(text=f"{count} of them stand in what {len(carried)} versions carry and put before questions")
        return
    for run_id, ids in carried.items():
        registry.replace_folder(run_id, FOLDER, partial(_write_less, registry.runs / run_id / FOLDER, frozenset(ids)))
    yield Said(text=f"{count} were taken out of what {len(carried)} versions carry and put before questions")


def _write_less(old: Path, ids: Collection[str], new: Path) -> None:
    """Write what the folder `old` carries to `new`, without some rows."""
    saved = load_rows(old)
    assert saved is not None  # they were found there
    save_rows(new, without(saved, ids))


def _forget_words(home: Path, words: Reached, *, dry_run: bool) -> Work[None]:
    """Take the words out of the book of answers; where they are gone already, finish what a kill may have left."""
    if not words.known:
        return
    told = f"the book of answers holds words of them in {len(words.answers)} answers"
    if dry_run:
        yield Said(text=told)
        return
    began = time.monotonic()
    yield Said(text=f"{told}: taking them out (a server that runs may hold some in memory until it ends)")
    forget_words(home, words.answers)
    yield Said(text=f"their bytes are gone from the book's file, after {time.monotonic() - began:.1f} s")


def _of(source: str, rows: Sequence[Conversation]) -> list[Conversation]:
    """Return the rows that came from this file, or whose metadata name this source."""
    path = str(Path(source).resolve())
    return [
        row
        for row in rows
        if row.metadata.get("source") == source
        or (row.origin is not None and (row.origin.file == source or str(Path(row.origin.file).resolve()) == path))
    ]


def _nothing(source: str, registry: Registry) -> RegistryError:
    files = sorted({file for run_id in registry.versions() for file in registry.get(run_id).data_files})
    return RegistryError(
        f"no version holds rows of {source}",
        seen=f"files trained on: {', '.join(files) or 'none'}",
        remedy="name one of these, or a metadata.source of their rows; versions made before rows were kept cannot be searched",
    )


def _descendants(registry: Registry, held: set[str]) -> list[str]:
    """Return the versions that hold rows and all that continue them, oldest first."""
    affected = set(held)
    for run_id in registry.versions():  # oldest first, so that parents come before their children
        if affected & set(registry.get(run_id).parents):
            affected.add(run_id)
    return sorted(affected)


def _before(chain: Sequence[Session], again: Sequence[Session]) -> str | None:
    """Return the last version before the first that is trained again; None: the base."""
    first = again[0].number
    return chain[first - 2].run.id if first > 1 else None


def _rebuild(
    registry: Registry, chain: Sequence[Session], again: Sequence[Session], gone: set[str], home: str | None
) -> Work[tuple[str, ...]]:
    start = _before(chain, again)
    made: list[str] = []
    for one in again:
        left = [row for row in all_rows(registry.runs / one.run.id) if row.id not in gone]
        if not left:
            yield Said(text=f"{one.name}: nothing is left of it")
            continue
        yield Said(text=f"{one.name}: training again on {len(left)} rows", level="head")
        request = read_request(registry.runs / one.run.id)
        data = registry.home / "rebuilt" / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{one.number}" / _file_name(one)
        durable.write_text(data, "".join(map(row_line, left)))
        trained = yield from train(_request(request, data, start), home=home)
        if not isinstance(trained, Trained):
            raise AssertionError("a training that is no dry run ends with a version")
        if trained.run.broken:
            yield Said(text=f"version {trained.run.id} is broken and not gone on from: {trained.run.broken}", level="warn")
            break
        start = trained.run.id
        made.append(start)
    return tuple(made)


def _file_name(session: Session) -> str:
    return Path(session.run.data_files[0]).with_suffix(".jsonl").name if session.run.data_files else "rows.jsonl"


def _request(request: Request, data: Path, start: str | None) -> Request:
    return replace(request, data=str(data), start=start or "base", promote=False)


def _known(
    references: tuple[str, str], rows: tuple[Conversation, ...], home: str | None
) -> Work[tuple[float | None, float | None]]:
    """Return how like the forgotten answers each version's own are, on the same prompts and in the same dtype."""
    tasks = held_out_suite(rows[:ASKED_MOST])
    if not tasks:
        return None, None
    every: list[Opened] = []
    for reference in references:
        every += [(yield from open_version(reference, home=home, memory=False))]
    dtype = compared_dtype(every)
    found: list[float] = []
    for opened in every:
        weights = load_weights(opened, dtype=dtype)
        stage = f"{opened.label}: asking what was removed"
        load = partial(_loaded, weights, opened)
        report = yield from judge(load, opened.label, {NAME: tasks}, stage=stage)
        found.append(report.suites[NAME].mean)
    return found[0], found[1]


def _loaded(weights: Any, opened: Opened) -> tuple[Any, Chat]:
    return weights, opened.chat
