"""A tar archive, whose members are read where they lie in it; nothing is unpacked.

Refused by name, while the rest is read: names that leave the folder, links, devices, files with holes (which can unpack to far more
than they are), bombs and a name that stands twice. Where a header is damaged, what stands behind it is lost, and that is a fault.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from burnish.data.files.bombs import MEMBERS, is_bomb
from burnish.data.files.desk import Desk
from burnish.data.files.member import LEAVES, Member
from burnish.errors import DataError

HEADER_BYTES = 1 << 20
"""The longest header: names and what POSIX calls extended headers. More is no name of a file."""

_CRAFTED = (ValueError, RecursionError, OverflowError)
"""What headers raise in which numbers or letters are none, or which promise another header for ever; tarfile lets it through."""


def is_tar(path: Path) -> bool:
    """Return whether a file is a plain tar archive, by its mark (POSIX ustar, GNU)."""
    with path.open("rb") as file:
        return has_mark(file.read(512))


def has_mark(head: bytes) -> bool:
    """Return whether the first 512 bytes are those of a tar archive."""
    return head[257:262] == b"ustar"


class Ground(Protocol):
    """The bytes of a tar archive: a file, or what a packed one unpacks to."""

    @property
    def size(self) -> int:
        """Return the bytes of the archive, unpacked."""

    def opened(self, start: int, size: int) -> io.RawIOBase:
        """Open a part of the bytes as a file."""

    def packed_between(self, start: int, end: int) -> int:
        """Return how many bytes of the disk hold these."""


class Plain:
    """A tar archive that is not packed."""

    def __init__(self, path: Path) -> None:
        self.path, self.size = path, path.stat().st_size

    def opened(self, start: int, size: int) -> io.RawIOBase:
        """Open a part of the archive."""
        return _Part(self.path, start, size)

    def packed_between(self, start: int, end: int) -> int:
        """Return the bytes themselves."""
        return end - start


def tar_members(path: Path, desk: Desk, ground: Ground | None = None) -> Iterator[Member]:
    """Yield the members that may be read; the others go to the desk, each with its reason. Raises DataError for a damaged archive."""
    names: set[str] = set()
    folded: dict[str, str] = {}
    ground = ground or Plain(path)
    for info in _infos(path, ground, desk):
        if info.isdir():
            continue
        shown = f"{path}/{info.name}"
        refused = _refused(info, names) or _bomb(info, ground)
        if refused:
            desk.fault(shown, refused, remedy="it was not read; the rest was")
            continue
        names.add(info.name)
        other = folded.setdefault(info.name.casefold(), info.name)
        if other != info.name:
            desk.fault(shown, "a name differs from another only in upper and lower case", seen=other, remedy="both were read")
        yield Member(info.name.removeprefix("./"), shown, info.size, _opener(ground, info.offset_data, info.size))


def _infos(path: Path, ground: Ground, desk: Desk) -> list[tarfile.TarInfo]:
    found: list[tarfile.TarInfo] = []
    try:
        with _Headers(ground) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            for info in archive:  # it looks for each member's last byte: what was cut off is told here
                found.append(info)
                if len(found) > MEMBERS:
                    seen, remedy = f"more than {MEMBERS}", "unpack it and name the folder"
                    raise DataError(f"{path} has too many members", seen=seen, remedy=remedy)
            file.seek(archive.offset)
            if file.read(tarfile.BLOCKSIZE).strip(b"\0") or archive.offset >= ground.size:
                place = f"byte {archive.offset} of the archive, unpacked"
                desk.fault(str(path), "the archive has no end mark here", place=place, remedy="what stands before was read")
    except DataError:  # a ValueError too
        raise
    except (tarfile.TarError, OSError, EOFError, zlib.error, *_CRAFTED) as error:
        seen = " ".join(str(error).split())[:200] or type(error).__name__
        if not found or not isinstance(error, _CRAFTED):
            raise DataError(f"{path} is a damaged tar archive", seen=seen, remedy="export it again") from None
        place = f"behind {found[-1].name}"
        desk.fault(str(path), "a header cannot be read", place=place, seen=seen, remedy="what stands before was read")
    return found


class _Headers(io.RawIOBase):
    """The archive as its table of contents is read from it; no header may be so long that it fills the memory."""

    def __init__(self, ground: Ground) -> None:
        self._file = ground.opened(0, ground.size)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= HEADER_BYTES:
            raise tarfile.ReadError(f"a header says it is {size} bytes long")
        pieces = []
        while size and (piece := self._file.read(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()


def _bomb(info: tarfile.TarInfo, ground: Ground) -> str:
    """Return that a member unpacks to far more than it is, or ""."""
    packed = ground.packed_between(info.offset_data, info.offset_data + info.size)
    return f"it unpacks from about {packed} to {info.size} bytes: it may be a bomb" if is_bomb(info.size, packed) else ""


def _refused(info: tarfile.TarInfo, names: set[str]) -> str:
    """Return why a member is not read, or ""."""
    if LEAVES.search(info.name):
        return "its name leaves the folder"
    if info.issym() or info.islnk():
        return "a link is not followed"
    if not info.isreg() or info.issparse():
        return "this is no ordinary file"
    return "its name stands twice in the archive: this is the later one" if info.name in names else ""


class _Part(io.RawIOBase):
    """A part of a file, to be read as a file of its own."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._file, self._start, self._size = path.open("rb"), start, size
        self._file.seek(start)

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET:
            offset += self._start
        elif whence == io.SEEK_END:
            offset, whence = offset + self._start + self._size, io.SEEK_SET
        return self._file.seek(max(offset, self._start), whence) - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # a writable buffer, which typing cannot say before 3.12
        piece = self._file.read(max(0, min(len(view), self._size - self.tell())))
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()


def _opener(ground: Ground, start: int, size: int) -> Callable[[], BinaryIO]:
    return lambda: io.BufferedReader(ground.opened(start, size))
