"""The rows that a version carries, as files: one folder, written beside its place and moved whole.

rows.jsonl           one row a line: id, question, answer, fact, source
vectors.safetensors  the rows' vectors, where an encoder made them: question and question with answer, (rows, width) each
memory.json          how many rows are put before a question, which encoder, and the sha256 of the other two
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import RegistryError
from burnish.retrieval.index import MemoryRow, Vectors

FORM = 1
ABOUT, ROWS, VECTORS = "memory.json", "rows.jsonl", "vectors.safetensors"
WORDS = "words"
"""The encoder's name where rows are found by their words alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMemory:
    """A version's memory as it lies on the disk."""

    rows: tuple[MemoryRow, ...]
    k: int
    """Rows put before a question at most."""
    encoder: str
    """The encoder's name, or `words`."""
    encoder_hash: str = ""
    """The sha256 of the encoder's weights; empty for `words`."""
    vectors: Vectors | None = None


def save_memory(folder: Path, memory: SavedMemory) -> None:
    """Write a memory to `folder`, whole or not at all. Raises StorageError."""
    durable.make_folder(folder)
    lines = [json.dumps(dataclasses.asdict(row), ensure_ascii=False) for row in memory.rows]
    durable.write_lines(folder / ROWS, lines)
    parts = {ROWS: durable.sha256_of(folder / ROWS)}
    if memory.vectors is not None:
        vectors = memory.vectors
        durable.write_with(folder / VECTORS, lambda path: _write_vectors(path, vectors))
        parts[VECTORS] = durable.sha256_of(folder / VECTORS)
    about = {"form": FORM, "k": memory.k, "encoder": memory.encoder, "encoder_hash": memory.encoder_hash, "files": parts}
    durable.write_json(folder / ABOUT, about)  # last: a folder that has it is whole


def _write_vectors(path: Path, vectors: Vectors) -> None:
    from safetensors.numpy import save_file

    save_file({"question": vectors.question_RD, "both": vectors.both_RD}, path)


def load_memory(folder: Path) -> SavedMemory | None:
    """Return the memory in `folder`, or None where there is none. Raises RegistryError where it is damaged."""
    if not (folder / ABOUT).exists():
        return None
    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
        changed = [name for name, digest in about["files"].items() if durable.sha256_of(folder / name) != digest]
        if changed or about["form"] != FORM:
            raise _damaged(folder, ", ".join(changed) or f"form {about['form']}")
        rows = tuple(_row(json.loads(line)) for line in (folder / ROWS).read_text("utf-8").splitlines())
        vectors = _read_vectors(folder / VECTORS) if VECTORS in about["files"] else None
        return SavedMemory(
            rows=rows, k=int(about["k"]), encoder=about["encoder"], encoder_hash=about["encoder_hash"], vectors=vectors
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, f"{type(error).__name__}: {error}") from error


def _row(value: dict[str, Any]) -> MemoryRow:
    return MemoryRow(**value)


def _read_vectors(path: Path) -> Vectors:
    from safetensors.numpy import load_file

    tensors = load_file(path)
    return Vectors(tensors["question"], tensors["both"])


def _damaged(folder: Path, seen: str) -> RegistryError:
    return RegistryError(
        "the rows that this version carries are damaged",
        seen=f"{folder}: {seen}",
        remedy="`burnish fsck` names every changed file; import the version again, or train it again",
    )


def without(memory: SavedMemory, ids: Sequence[str]) -> SavedMemory:
    """Return the memory without the rows of these conversations."""
    gone = set(ids)
    kept = [number for number, row in enumerate(memory.rows) if row.id not in gone]
    vectors = memory.vectors
    if vectors is not None:
        vectors = Vectors(vectors.question_RD[kept], vectors.both_RD[kept])
    return dataclasses.replace(memory, rows=tuple(memory.rows[number] for number in kept), vectors=vectors)
