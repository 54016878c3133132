"""The verbs `export version` and `import`: a version and all it comes from, as one file and back."""

from __future__ import annotations

from pathlib import Path

from burnish.errors import DataError
from burnish.flow.project import open_registry
from burnish.registry.bundle import Bundle, pack as pack_bundle, unpack as unpack_bundle
from burnish.retrieval.about import carried_in


def pack(reference: str, out: Path, home: str | None) -> Bundle:
    """Write a version to one file. Raises DataError when there is a file of that name, RegistryError and StorageError."""
    registry = open_registry(home)
    if out.exists():
        raise DataError(f"{out} is there already", seen=str(out), remedy="name another file with -o, or move that one away")
    return pack_bundle(registry, reference, out)


def carried(version: str, home: str | None) -> str:
    """Return what is told of the rows that a version carries; "" where it carries none."""
    found = carried_in(open_registry(home).runs / version)
    return found.told if found is not None else ""


def unpack(path: Path, home: str | None) -> Bundle:
    """Take a bundle's versions into the project, made where there is none. Raises RegistryError, ModelError and StorageError."""
    from burnish.model.adapter_files import check_adapter

    if not path.is_file():
        raise DataError(f"{path} is no file", seen=str(path), remedy="name a file that `burnish export version` wrote")
    return unpack_bundle(open_registry(home, make=True), path, check_adapter)
