"""Seeded damages to the files of a project, times kept, and what must notice each."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

from burnish.errors import RegistryError
from burnish.registry.store import Registry

KINDS = ("bit", "truncate", "zero", "swap", "delete")


def project_files(home: Path) -> list[Path]:
    """Return the files that make up versions and pointers, relative; what the lock file holds is only ever a note."""
    kept = ("runs", "blobs", "tags", "live", "journal.jsonl")
    return sorted(
        path.relative_to(home) for path in home.rglob("*") if path.is_file() and path.relative_to(home).parts[0] in kept
    )


def damage(home: Path, number: int, seed: int) -> tuple[str, list[Path]]:
    """Damage one file (two, by swapping), its time kept. Returns the kind and the files."""
    draw = random.Random(f"{seed}-{number}")
    kind = KINDS[number % len(KINDS)]
    files = project_files(home)
    one = draw.choice([path for path in files if (home / path).stat().st_size])
    path = home / one
    content = path.read_bytes()
    if kind == "swap":
        other = draw.choice([path for path in files if (home / path).read_bytes() != content])
        _put(path, (home / other).read_bytes())
        _put(home / other, content)
        return kind, [one, other]
    if kind == "delete":
        path.unlink()
    elif kind == "truncate":
        _put(path, content[: draw.randrange(len(content))])
    elif kind == "zero":
        _put(path, _zeroed(content, draw))
    else:
        place = draw.randrange(len(content))
        _put(path, content[:place] + bytes([content[place] ^ (1 << draw.randrange(8))]) + content[place + 1 :])
    return kind, [one]


def _zeroed(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(content))
    end = start + draw.randint(1, 512)
    zeroed = content[:start] + bytes(len(content[start:end])) + content[end:]
    return zeroed if zeroed != content else bytes(len(content) - 1) + b"\x01"


def _put(path: Path, content: bytes) -> None:
    stat = path.stat()
    path.unlink()  # a damage on a disk strikes one file; a second name of it is another test's
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def unnoticed(home: Path, damaged: list[Path]) -> list[str]:
    """Return who did not notice: fsck, a load, a rollback; and versions that were struck though they are whole."""
    registry = Registry(home)
    missed = []
    faults = registry.fsck()
    struck = {path.parts[1] for path in damaged if path.parts[0] == "runs"}
    # Where a run's own manifest is damaged, it is named, and nothing can be said of the run's other files.
    lists = {path.parent for path in damaged if path.name == "manifest.json"}
    for path in [path for path in damaged if path.name == "manifest.json" or not lists & set(path.parents)]:
        version = path.parts[1] if path.parts[0] == "runs" else ""
        if not any(fault["file"] == path.as_posix() and fault["version"].startswith(version) for fault in faults):
            missed.append(f"fsck: {path}")
        names = [one.name for one in damaged if one.parent.parts[:2] == path.parent.parts[:2]]
        missed += [f"{who}: {path}" for who, work in _readers(registry, path) if not _refused(work, names)]
    for version in registry.versions():
        if version not in struck and _refused(lambda version=version: registry.adapter_folder(version), [""]):
            missed.append(f"whole, and refused: {version}")
    return missed


def _readers(registry: Registry, path: Path):
    """Return the loads and rollbacks that go by this file. A blob is a second copy: fsck names it, the first copy is served."""
    if path.parts[0] == "runs":
        version = path.parts[1]
        return [("load", lambda: registry.adapter_folder(version)), ("rollback", lambda: registry.rollback(version, ""))]
    return {
        "blobs": [],
        "tags": [("load", lambda: registry.adapter_folder(path.stem)), ("rollback", lambda: registry.rollback(path.stem, ""))],
        "live": [("load", lambda: registry.adapter_folder("live"))],
        "journal.jsonl": [("rollback", lambda: registry.rollback(None, ""))],
    }[path.parts[0]]


def _refused(work, names: list[str]) -> bool:
    """Return whether the work is refused with an error that names one of the files."""
    try:
        work()
    except RegistryError as error:
        return any(name in f"{error.what} {error.seen}" for name in names)
    return False


def trial(whole: Path, here: Path, number: int, seed: int) -> tuple[str, list[Path], list[str]]:
    """Copy a project, damage it, and return the kind, the files and who did not notice."""
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(whole, here)
    kind, damaged = damage(here, number, seed)
    return kind, damaged, unnoticed(here, damaged)
