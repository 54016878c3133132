"""A plain tar archive, whose members are read where they lie in it; nothing is unpacked.

Refused by name, while the rest is read: names that leave the folder, links, devices, files with holes (which can unpack to far more
than they are) and a name that stands twice. Not covered: packed archives (.tar.gz), which can be read from their beginning only.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from burnish.data.files.desk import Desk
from burnish.data.files.member import LEAVES, Member
from burnish.errors import DataError


def is_tar(path: Path) -> bool:
    """Return whether a file is a plain tar archive, by its mark (POSIX ustar, GNU)."""
    with path.open("rb") as file:
        return file.read(512)[257:262] == b"ustar"


def tar_members(path: Path, desk: Desk) -> Iterator[Member]:
    """Yield the members that may be read; the others go to the desk, each with its reason. Raises DataError for a damaged archive."""
    names: set[str] = set()
    folded: dict[str, str] = {}
    for info in _infos(path):
        if info.isdir():
            continue
        shown = f"{path}/{info.name}"
        refused = _refused(info, names)
        if refused:
            desk.fault(shown, refused, remedy="it was not read; the rest was")
            continue
        names.add(info.name)
        other = folded.setdefault(info.name.casefold(), info.name)
        if other != info.name:
            desk.fault(shown, "a name differs from another only in upper and lower case", seen=other, remedy="both were read")
        yield Member(info.name.removeprefix("./"), shown, info.size, _opener(path, info.offset_data, info.size))


def _infos(path: Path) -> list[tarfile.TarInfo]:
    try:
        with tarfile.open(path, "r:") as archive:
            return archive.getmembers()  # it looks for each member's last byte: what was cut off is told here
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DataError(f"{path} is a damaged tar archive", seen=str(error), remedy="export it again") from None


def _refused(info: tarfile.TarInfo, names: set[str]) -> str:
    """Return why a member is not read, or ""."""
    if LEAVES.search(info.name):
        return "its name leaves the folder"
    if info.issym() or info.islnk():
        return "a link is not followed"
    if not info.isreg() or info.issparse():
        return "this is no ordinary file"
    return "its name stands twice in the archive; the first was read" if info.name in names else ""


class _Part(io.RawIOBase):
    """A part of a file, to be read as a file of its own."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._file, self._left = path.open("rb"), size
        self._file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # a writable buffer, which typing cannot say before 3.12
        piece = self._file.read(min(len(view), self._left))
        view[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()


def _opener(path: Path, start: int, size: int) -> Callable[[], BinaryIO]:
    return lambda: io.BufferedReader(_Part(path, start, size))
