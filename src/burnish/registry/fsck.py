"""Is everything in the project what it was? Every file of every version against its hash, and every pointer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from burnish.errors import RegistryError
from burnish.registry.files import changed, faults_of, read_record
from burnish.registry.journal import Journal

Fault = dict[str, str]


def faults(home: Path, versions: Sequence[str], journal: Journal) -> list[Fault]:
    """Return all faults as {version, file, what}; `version` is "" where a file belongs to none."""
    found = [_fault(v, f"runs/{v}/{name}", what) for v in versions for name, what in faults_of(home / "runs" / v)]
    found += _lost(home, versions, journal)
    found += _parents(home, versions)
    found += _blobs(home, versions)
    found += _pointers(versions, journal)
    return found


def _fault(version: str, file: str, what: str) -> Fault:
    return {"version": version, "file": file, "what": what}


def _lost(home: Path, versions: Sequence[str], journal: Journal) -> Iterator[Fault]:
    """Give the versions that the journal knows and that are gone, or whose record is."""
    for version in dict.fromkeys(event.version for event in journal.events() if event.event == "add"):
        if version not in versions:
            yield _fault(version, f"runs/{version}" + ("/run.json" if (home / "runs" / version).is_dir() else ""), "missing")


def _parents(home: Path, versions: Sequence[str]) -> Iterator[Fault]:
    """Give the versions whose parents are not there."""
    for version in versions:
        with contextlib.suppress(RegistryError):  # told by the version's own check
            for parent in read_record(home / "runs" / version).parents:
                if parent not in versions:
                    yield _fault(version, f"runs/{parent}", "missing: it is a parent")


def _blobs(home: Path, versions: Sequence[str]) -> Iterator[Fault]:
    """Give the blobs that are not what their name says, and those that a version has and that are gone."""
    users: dict[str, str] = {}
    for version in versions:
        try:
            users.setdefault(read_record(home / "runs" / version).adapter_hash, version)
        except RegistryError:
            continue  # told by the version's own check
    stored = sorted(path.name for path in (home / "blobs").glob("*") if path.is_file() and not path.name.endswith(".tmp"))
    for digest in dict.fromkeys([*stored, *users]):
        what = changed(home / "blobs" / digest, digest)
        if what:
            yield _fault(users.get(digest, ""), f"blobs/{digest}", what)


def _pointers(versions: Sequence[str], journal: Journal) -> Iterator[Fault]:
    try:
        live = journal.live()
    except RegistryError as error:
        yield _fault("", "live", error.seen.partition(": ")[2] or error.what)
    else:
        if live is not None and live.version not in versions:
            yield _fault(live.version, "live", "points to a version that is not there")
        if live is not None and live.number < max(event.number for event in journal.events()):
            yield _fault(live.version, "live", "older than the last move that the journal tells of")
    for name, what in journal.tag_faults().items():
        yield _fault("", f"tags/{name}.json", what)
    for name, version in journal.tags().items():
        if version not in versions:
            yield _fault(version, f"tags/{name}.json", "points to a version that is not there")
    if journal.fault():
        yield _fault("", journal.path.name, journal.fault())
