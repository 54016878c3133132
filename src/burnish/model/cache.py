"""Folders of converted models in the cache: built once, by one process at a time, whole or not at all, and checked on use.

A folder is built beside its place under a lock, sealed with the sha256 of each of its files (`source.json`), and renamed.
Whatever a kill leaves is a folder with a temporary name, which the next build removes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from burnish import durable

Report = Callable[[str], None]
"""Told one plain line at each stage, and at least every two seconds in a long one."""

LAYOUT = 1
"""Raised whenever the conversion changes, so that folders made by an older one are built again."""

SEAL = "source.json"
_PAUSE_SECONDS = 0.2
_WORD_SECONDS = 2.0


def cache_folder() -> Path:
    """Return the folder of downloaded and converted models: BURNISH_CACHE, or ~/.cache/burnish."""
    chosen = os.environ.get("BURNISH_CACHE")
    return Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "burnish"


def build_once(target: Path, build: Callable[[Path], dict[str, Any]], report: Report) -> None:
    """Make `target` with `build(folder)`, which returns facts for the seal, unless it is there and sound.

    A damaged folder is built again. Raises StorageError, and whatever `build` raises; then the old state stays.
    """
    with only_one(target, report):
        faults = faults_of(target)
        if not faults:
            return
        if target.exists():
            report(f"the cached {target.name} is damaged ({faults[0]}): building it again")
        with temporary_folder(target) as folder:
            facts = build(folder)
            _seal(folder, facts)
            durable.remove_folder(target)
            durable.move_folder(folder, target)


@contextlib.contextmanager
def only_one(target: Path, report: Report) -> Iterator[None]:
    """Hold the lock for building `target`; wait, and say so, while another process holds it. Raises StorageError."""
    durable.make_folder(target.parent)
    with durable.told(target):
        file = target.with_name(f".{target.name}.lock").open("w")
    with file:
        told_at = 0.0
        while not _locked(file.fileno()):
            if time.monotonic() - told_at >= _WORD_SECONDS:
                report(f"another burnish is building {target.name}: waiting for it")
                told_at = time.monotonic()
            time.sleep(_PAUSE_SECONDS)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def temporary_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target` and remove it afterwards; call it only under the lock of `target`."""
    for left in target.parent.glob(f".{target.name}.*.tmp"):
        durable.remove_folder(left)
    folder = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    durable.make_folder(folder)
    try:
        yield folder
    finally:
        durable.remove_folder(folder)


def _seal(folder: Path, facts: dict[str, Any]) -> None:
    files = {file.relative_to(folder).as_posix(): durable.sha256_of(file) for file in sorted(folder.rglob("*")) if file.is_file()}
    durable.write_json(folder / SEAL, {"layout": LAYOUT, **facts, "weights_hash": weights_digest(files), "files": files})


def weights_digest(files: dict[str, str]) -> str:
    """Return the sha256 of the weights: of the one safetensors file, or of the `sha256sum` listing of several.

    `files` maps names to sha256; names that are no safetensors do not count.
    """
    weights = sorted((name, digest) for name, digest in files.items() if name.endswith(".safetensors"))
    if len(weights) == 1:
        return weights[0][1]
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in weights).encode()).hexdigest()


def read_seal(folder: Path) -> dict[str, Any] | None:
    """Return the facts sealed with a cached folder, or None where they are missing or unreadable."""
    try:
        seal = json.loads((folder / SEAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return seal if isinstance(seal, dict) and isinstance(seal.get("files"), dict) else None


def faults_of(folder: Path) -> list[str]:
    """Return what is wrong with a cached folder, a phrase each; an empty list where every file is what was written."""
    if not folder.is_dir():
        return ["it is not there"]
    seal = read_seal(folder)
    if seal is None:
        return [f"its {SEAL} is missing or unreadable"]
    if seal.get("layout") != LAYOUT:
        return ["it was made by another version of burnish"]
    return [fault for name, digest in seal["files"].items() if (fault := _fault_of(folder / name, digest))]


def _fault_of(file: Path, digest: str) -> str:
    try:
        seen = durable.sha256_of(file)
    except OSError:
        return f"{file.name} is missing or unreadable"
    return "" if seen == digest else f"{file.name} has sha256 {seen[:12]}, not {digest[:12]}"
