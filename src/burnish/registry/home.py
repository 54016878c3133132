"""Where a project keeps what it made: the folder `.burnish`, found by walking up from the working folder, as git does."""

from __future__ import annotations

from pathlib import Path

from burnish import durable
from burnish.errors import StorageError

NAME = ".burnish"


def find_home(start: Path, override: str | None) -> Path | None:
    """Return the project's `.burnish` folder, absolute, or None where there is none yet.

    `override` is what `--home` or BURNISH_HOME says: the project's folder, or its `.burnish` itself. An empty one counts as
    none. With an override nothing else is looked at; without one, `start` and every folder above it are.
    """
    if override:
        named = _inside(Path(override).expanduser())
        return named.absolute() if named.is_dir() else None
    here = start.absolute()
    return next((folder / NAME for folder in (here, *here.parents) if (folder / NAME).is_dir()), None)


def make_home(folder: Path) -> Path:
    """Make the `.burnish` of a project's folder (or `folder` itself, when that is its name) and return it, absolute.

    A home that is there already is left as it is. Raises StorageError when it cannot be made.
    """
    home = _inside(folder.expanduser()).absolute()
    if home.exists() and not home.is_dir():
        raise StorageError(
            f"cannot make the project folder {home}",
            seen="a file of that name",
            remedy="move that file away, or name another folder with --home",
        )
    for name in ("runs", "blobs"):
        durable.make_folder(home / name)
    return home


def _inside(folder: Path) -> Path:
    return folder if folder.name == NAME else folder / NAME
