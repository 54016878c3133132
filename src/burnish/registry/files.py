"""The files of one run: their hashes, written down when it is finished, and whether they are still what they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from burnish import durable
from burnish.errors import RegistryError
from burnish.records.codec import from_json, to_json
from burnish.records.run import Run
from burnish.registry.seals import sealed, unsealed

RECORD = "run.json"
MANIFEST = "manifest.json"
WEIGHTS = "adapter/adapter_model.safetensors"
NO_MANIFEST = "missing or damaged: the other files cannot be checked"


def seal(folder: Path, run: Run) -> None:
    """Write down the hash of every file, then `run.json`, which makes the run finished. A kill between leaves it unfinished."""
    durable.sync_files(folder)  # logs among them were written without
    record = (json.dumps(to_json(run), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")
    files = {name: durable.sha256_of(folder / name) for name in _names(folder)}
    files[RECORD] = hashlib.sha256(record).hexdigest()
    durable.write_text(folder / MANIFEST, sealed({"version": run.id, "files": dict(sorted(files.items()))}))
    durable.write_bytes(folder / RECORD, record)


def _names(folder: Path) -> list[str]:
    """Return the files of a run, relative to it; leftovers of a killed write and the two written last are not among them."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in names if name not in {RECORD, MANIFEST} and not name.endswith(".tmp"))


def read_record(folder: Path) -> Run:
    """Return the run that `run.json` describes. Raises RegistryError when it is damaged or describes another run."""
    path = folder / RECORD
    try:
        run = from_json(Run, json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _damaged(folder, f"{path}: {error}") from None
    if run.id != folder.name:
        raise _damaged(folder, f"{path} describes version {run.id}")
    return run


def checked_record(folder: Path) -> Run:
    """Return the run that `run.json` describes, and that the manifest says was written. Raises RegistryError."""
    run = read_record(folder)
    manifest = read_manifest(folder)
    if manifest is None:
        raise _damaged(folder, f"{folder / MANIFEST}: {NO_MANIFEST}")
    what = changed(folder / RECORD, manifest.get(RECORD, ""))
    if what:
        raise _damaged(folder, f"{folder / RECORD}: {what}")
    return run


def _damaged(folder: Path, seen: str) -> RegistryError:
    return RegistryError(
        f"the record of version {folder.name} is damaged",
        seen=seen,
        remedy="choose another version (burnish log), or bring the file back from a copy",
    )


def read_manifest(folder: Path) -> dict[str, str] | None:
    """Return {file: sha256} of a finished run, or None where the manifest is missing, damaged or another run's."""
    try:
        value = unsealed((folder / MANIFEST).read_bytes().decode("utf-8"), ("version", "files"))
        files = value["files"]
    except (OSError, ValueError, KeyError):
        return None
    sound = value["version"] == folder.name and isinstance(files, dict) and all(isinstance(one, str) for one in files.values())
    return {str(name): digest for name, digest in files.items()} if sound else None


def faults_of(folder: Path) -> list[tuple[str, str]]:
    """Return (file, what is wrong) for every file of a finished run that is not what it was; empty when all are."""
    faults = []
    adapter_hash = None
    try:
        adapter_hash = read_record(folder).adapter_hash
    except RegistryError as error:
        faults.append((RECORD, error.seen))
    manifest = read_manifest(folder)
    if manifest is None:
        faults.append((MANIFEST, NO_MANIFEST))
    faults += [(name, what) for name, digest in (manifest or {}).items() if (what := changed(folder / name, digest))]
    faults += [(name, "was not there when the version was finished") for name in _planted(folder, manifest or {})]
    if adapter_hash is not None and (manifest is None or manifest.get(WEIGHTS) != adapter_hash):
        what = changed(folder / WEIGHTS, adapter_hash)
        faults.append((WEIGHTS, what or f"the manifest does not name the hash in {RECORD}"))
    return list(dict.fromkeys(faults))


def _planted(folder: Path, manifest: Mapping[str, str]) -> list[str]:
    """Return the files beside the weights that are not the version's own: a library might read them."""
    return [name for name in _names(folder) if manifest and name.startswith("adapter/") and name not in {WEIGHTS, *manifest}]


def changed(path: Path, digest: str) -> str:
    """Return what is wrong with a file that should have this sha256; "" when nothing is."""
    try:
        seen = durable.sha256_of(path)
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "" if seen == digest else f"changed: sha256 {seen[:12]}, was {digest[:12]}"


def keep_blob(home: Path, weights: Path, digest: str) -> Path:
    """Keep weights under their sha256 in `blobs/`: a hard link, or a copy where the disk has none. Returns the blob.

    A blob is made read-only, and with it the linked file of the run, so that nothing writes into either by accident.
    """
    blob = home / "blobs" / digest
    if changed(blob, digest):  # not there yet, or damaged since
        durable.write_linked(blob, weights)
        with durable.told(blob):
            blob.chmod(0o444)
    return blob
