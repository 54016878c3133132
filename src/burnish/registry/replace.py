"""One folder of a finished version replaced, the only change that such a version ever sees: rows it carries are taken out of it.

    .replacing-<id>/   the new folder and the new manifest, while they are written; nobody reads it
    replacing/<id>/    the same, whole: from this rename on the change is made, and whoever comes next carries it out

A kill before the rename leaves the old state. After it the rest is done by `settle`, as often as it takes: the old folder is moved out,
the new one in, the manifest written, and what was moved out is removed. So a folder is never a mixture of old files and new ones.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from burnish import durable
from burnish.errors import RegistryError
from burnish.registry.files import MANIFEST, read_manifest
from burnish.registry.lock import replacing
from burnish.registry.seals import sealed

PLACE = "replacing"
OLD = ".old"


def replace_folder(home: Path, run_id: str, name: str, write: Callable[[Path], None]) -> None:
    """Let `write` make a new folder `name` of a version, and put it in the old one's place with a manifest that knows it.

    Raises RegistryError where the version's manifest is damaged, StorageError, and what `write` raises: then nothing is changed.
    """
    with replacing(home):
        _settle(home, run_id)
        manifest = read_manifest(home / "runs" / run_id)
        if manifest is None:
            raise RegistryError(
                f"the manifest of version {run_id} is damaged, so none of its files can be replaced",
                seen=str(home / "runs" / run_id / MANIFEST),
                remedy="`burnish fsck` names all that is damaged; bring the file back from a copy",
            )
        beside = home / f".{PLACE}-{run_id}"
        durable.remove_folder(beside)  # what a kill left
        try:
            write(beside / name)
            kept = {one: digest for one, digest in manifest.items() if not one.startswith(f"{name}/")}
            made = {one.relative_to(beside).as_posix(): durable.sha256_of(one) for one in beside.rglob("*") if one.is_file()}
            files = dict(sorted({**kept, **made}.items()))
            durable.write_text(beside / MANIFEST, sealed({"version": run_id, "files": files}))
            durable.move_folder(beside, home / PLACE / run_id)
        finally:
            durable.remove_folder(beside)
        _settle(home, run_id)


def settle(home: Path) -> None:
    """Carry out what a kill left undone. Raises StorageError where that cannot be written."""
    if not _begun(home):
        return
    with replacing(home):
        for run_id in _begun(home):
            _settle(home, run_id)


def _begun(home: Path) -> list[str]:
    return sorted(path.name for path in (home / PLACE).glob("*") if path.is_dir())


def _settle(home: Path, run_id: str) -> None:
    place, run = home / PLACE / run_id, home / "runs" / run_id
    if not place.is_dir():
        return
    for new in sorted(path for path in place.iterdir() if path.is_dir() and path.name != OLD):
        if (run / new.name).exists():
            durable.remove_folder(place / OLD)
            durable.move_folder(run / new.name, place / OLD)
        durable.move_folder(new, run / new.name)
    if (place / MANIFEST).is_file():
        durable.write_bytes(run / MANIFEST, (place / MANIFEST).read_bytes())
    durable.remove_folder(place)
