"""The rows that a version carries, as files of one folder.

rows.jsonl           one row a line, as `MemoryRow` has it
vectors.safetensors  the rows' vectors where an encoder made them: `question` and `both`, (rows, width) each, float32
memory.json          how many rows are put before a question, what is said where none answers, which encoder, and the sha256 of the others

What is written takes the place of what was there as one: the new files are made whole in a folder inside, and from the moment its
memory.json stands they are what counts. Whoever reads next puts them in place where a kill came between.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import RegistryError, StorageError
from burnish.records.codec import from_json, to_json
from burnish.retrieval.index import MemoryRow, Vectors

FORM = 1
"""Raised whenever these files change, so that no other reading takes them for its own."""
ABOUT, ROWS, VECTORS = "memory.json", "rows.jsonl", "vectors.safetensors"
NEXT = "next"
"""The folder inside in which what comes is made."""
TRIES = 10
"""How often rows that are replaced meanwhile are read again."""

Stamp = tuple[int, int, int]
"""Of a file: time of change in nanoseconds, size in bytes, inode. A file that was replaced has another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRows:
    """The rows that a version carries."""

    rows: tuple[MemoryRow, ...]
    k: int
    """Rows put before a question at most, one a fact."""
    unknown: str
    """The answer that says that none of the rows answers; empty where there is none to give."""
    encoder: str
    """The encoder's name, or `words`."""
    encoder_digest: str = ""
    """`Embedder.digest`; empty for `words`."""
    vectors: Vectors | None = None
    """None where rows are found by words."""
    stamp: Stamp | None = field(default=None, compare=False)
    """Of the memory.json that this was loaded from."""


def save_rows(folder: Path, saved: SavedRows) -> None:
    """Write rows to `folder`, in place of what it holds: a kill leaves the old ones or the new. Raises StorageError."""
    following = folder / NEXT
    _finish(folder)
    durable.remove_folder(following)
    durable.write_lines(following / ROWS, (json.dumps(to_json(row), ensure_ascii=False) + "\n" for row in saved.rows))
    files = {ROWS: durable.sha256_of(following / ROWS)}
    if saved.vectors is not None:
        vectors = saved.vectors
        durable.write_with(following / VECTORS, lambda path: _write_vectors(path, vectors))
        files[VECTORS] = durable.sha256_of(following / VECTORS)
    about = {name: getattr(saved, name) for name in ("k", "unknown", "encoder", "encoder_digest")}
    durable.write_json(following / ABOUT, {"form": FORM, **about, "files": files})  # last: now it counts
    _finish(folder)
    if VECTORS not in files:
        durable.remove_file(folder / VECTORS)


def load_rows(folder: Path) -> SavedRows | None:
    """Return the rows in `folder`, or None where it holds none. Raises RegistryError where they are damaged."""
    fault = None
    for _ in range(TRIES):
        _finish(folder)
        stamp = stamp_of(folder)
        if stamp is None:
            return None
        try:
            return _read(folder, stamp)
        except RegistryError as error:
            fault = error
            if stamp_of(folder) == stamp and not (folder / NEXT / ABOUT).exists():
                break  # else they were replaced while they were read
    assert fault is not None
    raise fault


def stamp_of(folder: Path) -> Stamp | None:
    """Return the stamp of the memory.json in `folder`, or None where there is none."""
    try:
        stat = (folder / ABOUT).stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def without(saved: SavedRows, ids: Collection[str]) -> SavedRows:
    """Return what is left without the rows of these conversations."""
    gone = set(ids)
    kept = [number for number, row in enumerate(saved.rows) if row.id not in gone]
    vectors = saved.vectors
    if vectors is not None:
        vectors = Vectors(vectors.question_RD[kept], vectors.both_RD[kept])
    return dataclasses.replace(saved, rows=tuple(saved.rows[number] for number in kept), vectors=vectors, stamp=None)


def digest_of(saved: SavedRows) -> str:
    """Return the sha256 of all that decides what is recalled, wherever it is saved."""
    about = [FORM, saved.k, saved.unknown, saved.encoder, saved.encoder_digest, to_json(saved.rows)]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _finish(folder: Path) -> None:
    """Let the files of NEXT take the place of the old ones if they count; what another process has moved already is passed over."""
    following = folder / NEXT
    if not (following / ABOUT).exists():
        return
    for name in (VECTORS, ROWS, ABOUT):
        if (following / name).exists():
            try:
                durable.move_file(following / name, folder / name)
            except StorageError:
                if (following / name).exists():
                    raise
    durable.remove_folder(following)


def _write_vectors(path: Path, vectors: Vectors) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    tensors = {"question": vectors.question_RD, "both": vectors.both_RD}
    save_file({name: np.ascontiguousarray(tensor, dtype=np.float32) for name, tensor in tensors.items()}, path)


def _read(folder: Path, stamp: Stamp) -> SavedRows:
    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
        if about["form"] != FORM:
            raise RegistryError(
                "the rows that this version carries were written by another version of burnish",
                seen=f"{folder / ABOUT}: form {about['form']}, this one reads {FORM}",
                remedy="use the burnish that trained the version, or train it again with this one",
            )
        changed = [name for name, digest in about["files"].items() if durable.sha256_of(folder / name) != digest]
        if changed:
            raise _damaged(folder, f"{', '.join(changed)}: not what was written")
        rows = tuple(from_json(MemoryRow, json.loads(line)) for line in (folder / ROWS).read_bytes().split(b"\n") if line)
        vectors = _read_vectors(folder / VECTORS, len(rows)) if VECTORS in about["files"] else None
        told = {name: about[name] for name in ("k", "unknown", "encoder", "encoder_digest")}
        _check_kinds(told, rows)
        return SavedRows(rows=rows, vectors=vectors, stamp=stamp, **told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder, f"{type(error).__name__}: {error}") from error


def _check_kinds(told: dict[str, Any], rows: tuple[MemoryRow, ...]) -> None:
    """Raise TypeError where a value is of another kind than was ever written: what is wrong is told here, not where it is used."""
    odd = [name for name, value in told.items() if type(value) is not (int if name == "k" else str)]
    odd += [name for row in rows for name, kind in MemoryRow.__annotations__.items() if type(getattr(row, name)).__name__ != kind]
    if odd or told["k"] < 0:
        raise TypeError(f"{odd[0] if odd else 'k'} has a value that burnish never writes")


def _read_vectors(path: Path, rows: int) -> Vectors:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors: dict[str, Any] = load_file(path)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    vectors = Vectors(tensors["question"], tensors["both"])
    if vectors.question_RD.shape != vectors.both_RD.shape or len(vectors.both_RD) != rows:
        shapes = f"{vectors.question_RD.shape} and {vectors.both_RD.shape}"
        raise ValueError(f"{path.name} holds {shapes} vectors for {rows} rows")
    return vectors


def _damaged(folder: Path, seen: str) -> RegistryError:
    return RegistryError(
        "the rows that this version carries are damaged",
        seen=f"{folder}: {seen}",
        remedy="import the version again from a bundle, or train it again; `burnish fsck` names all that has changed",
    )
