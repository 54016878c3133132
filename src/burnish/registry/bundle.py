"""A version and all it comes from as one file: a zip without compression, the same bytes for the same versions.

    burnish-bundle.json       form, version, and the size and sha256 of every file
    runs/<id>/...             each version's sealed folder

Nothing is unpacked by a library's own extractor: only regular files of a run, in names that a run has, each with the size and
sha256 that the index says, are written, beside the project's runs; they become visible when all of them are right.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from burnish import durable
from burnish.errors import RegistryError, StorageError, gather
from burnish.registry.files import MANIFEST, faults_of, read_manifest, read_record
from burnish.registry.store import Registry

INDEX = "burnish-bundle.json"
FORM = 1
MOST_FILES = 20_000
MOST_BYTES = 1 << 40
MOST_INDEX_BYTES = 16 << 20
_PIECE = 1 << 20
_NAME = re.compile(r"runs/\d{8}-\d{6}-[0-9a-f]{4}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){1,4}")
_LINK_OR_FOLDER = 0o170000
_REGULAR = 0o100000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What was packed or taken in."""

    version: str
    versions: tuple[str, ...]
    """It and all it comes from, the oldest first."""
    new: tuple[str, ...]
    """Those that were not in the project before; all of them, when packing."""
    bytes: int
    """The size of the file."""


def pack(registry: Registry, reference: str, out: Path) -> Bundle:
    """Write a version and all it comes from to one file, every file checked first. Raises RegistryError and StorageError."""
    version = registry.get(reference).id
    versions = registry.chain(version)
    files: dict[str, Path] = {}
    for one in versions:
        folder = registry.adapter_folder(one).parent
        files |= {f"runs/{one}/{name}": folder / name for name in (*(read_manifest(folder) or {}), MANIFEST)}
    facts = {name: {"bytes": files[name].stat().st_size, "sha256": durable.sha256_of(files[name])} for name in sorted(files)}
    index = json.dumps({"bundle": FORM, "version": version, "versions": versions, "files": facts}, indent=1) + "\n"
    durable.write_with(out, lambda path: _write(path, index, files))
    return Bundle(version=version, versions=tuple(versions), new=tuple(versions), bytes=out.stat().st_size)


def _write(path: Path, index: str, files: Mapping[str, Path]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(_entry(INDEX), index)
        for name in sorted(files):
            with files[name].open("rb") as source, archive.open(_entry(name), "w", force_zip64=True) as target:
                while piece := source.read(_PIECE):
                    target.write(piece)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # dated 1980 whatever the day
    entry.create_system = 3
    entry.external_attr = (_REGULAR | 0o644) << 16
    return entry


def unpack(registry: Registry, path: Path, check: Callable[[Path], None]) -> Bundle:
    """Take the versions of a bundle into a project; those it has already stay. None of them becomes live.

    `check` looks at an adapter's folder before it becomes visible, and raises. Raises RegistryError that names each fault, and
    then nothing has changed. A kill leaves some of the versions, parents first, and the same call takes the rest in.
    """
    registry.journal.check()
    with _opened(path) as archive, _beside(registry.home) as folder:
        index = _index(archive, path)
        _room(registry.home, path, index)
        for name, fact in index["files"].items():
            _extract(archive, name, fact, folder / name)
        new = _new(registry, folder, path)
        _checked(registry, folder, path, new, check)
        for version in new:
            registry.admit(folder / "runs" / version)
        versions = sorted({name.split("/")[1] for name in index["files"]})
        return Bundle(version=index["version"], versions=tuple(versions), new=tuple(new), bytes=path.stat().st_size)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise _refused(path, [f"it is no whole bundle: {error}"]) from None
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise _refused(path, [error.strerror or str(error)]) from None


def _refused(path: Path, faults: list[str]) -> RegistryError:
    shown = faults[:8] + ([f"{len(faults) - 8} more"] if len(faults) > 8 else [])
    error = gather(
        f"{path} cannot be imported:",
        shown,
        remedy="ask for the file again, from whom it came; nothing was changed",
        cls=RegistryError,
    )
    assert isinstance(error, RegistryError)
    return error


@contextlib.contextmanager
def _beside(home: Path) -> Iterator[Path]:
    """Give a folder in the project that nobody reads, and remove it afterwards, and what killed imports left."""
    for left in home.glob(".incoming-*"):
        if not _alive(left.name.rpartition("-")[2]):
            durable.remove_folder(left)
    folder = home / f".incoming-{os.getpid()}"
    durable.make_folder(folder)
    try:
        yield folder
    finally:
        with contextlib.suppress(StorageError):
            durable.remove_folder(folder)


def _alive(process: str) -> bool:
    return process.isdigit() and process != str(os.getpid()) and Path(f"/proc/{process}").exists()


def _index(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    """Return the index, after checking that it and the archive tell of the same regular files, in names that a run has."""
    entries = archive.infolist()
    faults = [f"{entry.filename!r}: {what}" for entry in entries[:MOST_FILES] if (what := _entry_fault(entry))]
    names = [entry.filename for entry in entries]
    if len(names) > MOST_FILES:
        faults.append(f"{len(names)} files, more than {MOST_FILES}")
    if len({name.casefold() for name in names}) < len(names):
        faults.append("two files have the same name")
    folders = {str(parent) for name in names for parent in Path(name).parents}
    faults += [f"{name!r} is a file and a folder" for name in names if name in folders]
    if INDEX not in names:
        faults.append(f"it has no {INDEX}")
    if faults:
        raise _refused(path, faults)
    try:
        index: dict[str, Any] = json.loads(archive.read(INDEX))
        faults = _index_faults(index, {entry.filename: entry.file_size for entry in entries if entry.filename != INDEX})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        faults = [f"{INDEX} cannot be read: {error}"]
    if faults:
        raise _refused(path, faults)
    return index


def _entry_fault(entry: zipfile.ZipInfo) -> str:
    mode = entry.external_attr >> 16 & _LINK_OR_FOLDER
    if entry.filename == INDEX and entry.file_size > MOST_INDEX_BYTES:
        return f"larger than {MOST_INDEX_BYTES} bytes"
    if mode not in (0, _REGULAR) or entry.filename.endswith("/"):
        return "no regular file"
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 or entry.compress_size != entry.file_size:
        return "compressed or encrypted, which a bundle never is"
    plain = entry.filename == INDEX or (_NAME.fullmatch(entry.filename) and entry.orig_filename == entry.filename)
    return "" if plain else "not a name that a version's file has"


def _index_faults(index: Mapping[str, Any], sizes: Mapping[str, int]) -> list[str]:
    files = index["files"]
    faults = [] if index["bundle"] == FORM else [f"its form is {index['bundle']!r}, not {FORM}: a newer burnish wrote it"]
    faults += [f"{name}: only the index or only the archive has it" for name in sorted(set(files) ^ set(sizes))]
    faults += [
        f"{name}: {sizes[name]} bytes, the index says {files[name]['bytes']}"
        for name in sizes
        if name in files and files[name]["bytes"] != sizes[name]
    ]
    if sum(sizes.values()) > MOST_BYTES:
        faults.append(f"more than {MOST_BYTES} bytes")
    if f"runs/{index['version']}/{MANIFEST}" not in files:
        faults.append(f"version {index['version']!r} is not in it")
    return faults


def _room(home: Path, path: Path, index: Mapping[str, Any]) -> None:
    needed, free = sum(fact["bytes"] for fact in index["files"].values()), durable.free_bytes(home)
    if needed > free:
        raise StorageError(
            f"there is no room to import {path}", seen=f"{needed} bytes needed, {free} free", remedy="free some disk space"
        )


def _extract(archive: zipfile.ZipFile, name: str, fact: Mapping[str, Any], target: Path) -> None:
    def write(beside: Path) -> None:
        digest = hashlib.sha256()
        with archive.open(name) as source, beside.open("wb") as file:
            _copied(source, file, digest, fact["bytes"])
        if digest.hexdigest() != fact["sha256"]:
            raise zipfile.BadZipFile(f"{name} has not the sha256 that the index says")

    durable.write_with(target, write)


def _copied(source: IO[bytes], target: IO[bytes], digest: Any, left: int) -> None:
    while left and (piece := source.read(min(left, _PIECE))):
        digest.update(piece)
        target.write(piece)
        left -= len(piece)


def _new(registry: Registry, folder: Path, path: Path) -> list[str]:
    """Return the versions that the project has not, the oldest first. Raises where it has one of that name and other content."""
    new, faults = [], []
    for version in sorted(one.name for one in (folder / "runs").iterdir()):
        mine = registry.runs / version
        if not mine.exists():
            new.append(version)
        elif (
            not (mine / MANIFEST).is_file()
            or (mine / MANIFEST).read_bytes() != (folder / "runs" / version / MANIFEST).read_bytes()
        ):
            faults.append(f"version {version} is here already, and is another one")
    if faults:
        raise _refused(path, faults)
    return new


def _checked(registry: Registry, folder: Path, path: Path, new: list[str], check: Callable[[Path], None]) -> None:
    """Raise unless each new version is whole, has its parents, and has an adapter that is safe to load."""
    faults = []
    for version in new:
        run = folder / "runs" / version
        faults += [f"runs/{version}/{name}: {what}" for name, what in faults_of(run)]
        names = {one.relative_to(run).as_posix() for one in run.rglob("*") if one.is_file()}
        faults += [
            f"runs/{version}/{name}: not in its manifest" for name in sorted(names - {*(read_manifest(run) or {}), MANIFEST})
        ]
    if faults:
        raise _refused(path, faults)
    for version in new:
        parents = read_record(folder / "runs" / version).parents
        faults += [f"{version} needs version {one}" for one in parents if one not in new and one not in registry.versions()]
    if faults:
        raise _refused(path, faults)
    for version in new:
        check(folder / "runs" / version / "adapter")
