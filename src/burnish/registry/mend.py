"""What of a project's damage can be mended without loss: what was torn by a kill, and what is written down a second time.

Mended: files that a process which is no more left half-written; locks of runs that are not there; the history (the damaged one is
kept beside it); tags, from the history; kept copies of weights, from their version. Not touched: any file of a version. The pointer
to the live version is moved only where a person asks for it, for a lost one may have been newer than the history tells; and only to
what was live before by a history that never lost a line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from burnish import durable
from burnish.errors import RegistryError
from burnish.records.codec import to_json
from burnish.records.retention import FORGOT
from burnish.records.run import Run
from burnish.registry.files import RECORD, WEIGHTS, changed, faults_of, keep_blob, read_record
from burnish.registry.fsck import Fault
from burnish.registry.journal import Journal
from burnish.registry.lock import busy
from burnish.registry.seals import sealed

_LEFT = re.compile(r"\..+\.(\d+)\.[0-9a-f]{8}\.tmp")
"""What `durable` calls a file while it is written: the number is the process's."""


def mend(home: Path, versions: Sequence[str], journal: Journal) -> list[Fault]:
    """Mend what can be, and return it as {version, file, what}. Whoever calls must hold the project's lock. Raises StorageError."""
    return [*_half_written(home), *_locks(home), *_history(journal), *_tags(versions, journal), *_blobs(home, versions)]


def _done(version: str, file: str, what: str) -> Fault:
    return {"version": version, "file": file, "what": what}


def _half_written(home: Path) -> Iterator[Fault]:
    for path in sorted(home.rglob(".*.tmp")):
        found = _LEFT.fullmatch(path.name)
        if found and path.is_file() and not durable.alive(int(found[1])):
            durable.remove_file(path)
            yield _done("", path.relative_to(home).as_posix(), "half-written by a process that is no more: removed")


def _locks(home: Path) -> Iterator[Fault]:
    for path in sorted((home / "training").glob("*")):
        if path.is_file() and not (home / "runs" / path.name).exists() and not busy(home, path.name):
            durable.remove_file(path)
            yield _done(path.name, f"training/{path.name}", "the lock of a run that is not there: removed")


def _history(journal: Journal) -> Iterator[Fault]:
    fault = journal.fault()
    if fault:
        journal.mend()
        yield _done("", journal.path.name, f"{fault}: it goes on from what can be read, and what was there is kept beside it")


def _tags(versions: Sequence[str], journal: Journal) -> Iterator[Fault]:
    """Write the tags that are damaged or gone again, as the history last told of them."""
    given = {event.tag: event for event in journal.events() if event.event == "tag"}
    for name, what in journal.tag_faults().items():
        if name in given and given[name].version in versions:
            durable.write_text(journal.tag_folder / f"{name}.json", sealed(to_json(given[name])))
            yield _done(given[name].version, f"tags/{name}.json", f"{what}: written again from the history")


def _blobs(home: Path, versions: Sequence[str]) -> Iterator[Fault]:
    """Keep the weights of whole versions again where the kept copy is damaged or gone."""
    for version in versions:
        try:
            digest = read_record(home / "runs" / version).adapter_hash
        except RegistryError:
            continue
        weights = home / "runs" / version / WEIGHTS
        what = changed(home / "blobs" / digest, digest)
        if what and not changed(weights, digest):
            keep_blob(home, weights, digest)
            yield _done(version, f"blobs/{digest}", f"{what}: kept again from the version")


def live_before(home: Path, journal: Journal, forgotten: Collection[str]) -> str | None:
    """Return the version that was live last by the history, if every file of it is what it was and it holds no rows to be forgotten.

    Else the one that was live before it, and so on: what was rolled back from is none of them, nor what never went live. None where
    lines of the history were lost: it might be one of these, or one that was to be forgotten.
    """
    if lost_lines(journal):
        return None
    return next((version for version in reversed(journal.was_live()) if version not in forgotten and _whole(home, version)), None)


def lost_lines(journal: Journal) -> bool:
    """Return whether the history was ever damaged or gone, so that it may not tell all."""
    return bool(journal.fault()) or any(event.event == "mend" for event in journal.events())


def promotable(home: Path, versions: Sequence[str], forgotten: Collection[str]) -> list[str]:
    """Return the whole versions, oldest first, that nothing known keeps from going live: a person may choose among them."""
    whole = [version for version in versions if version not in forgotten and _whole(home, version)]
    return [version for version in whole if not _rejected(read_record(home / "runs" / version))]


def _whole(home: Path, version: str) -> bool:
    return (home / "runs" / version / RECORD).is_file() and not faults_of(home / "runs" / version)


def _rejected(run: Run) -> bool:
    return bool(run.broken) or run.verdict == "worse" or run.retention == FORGOT or not all(gate.met for gate in run.gates)
