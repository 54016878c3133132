"""An export on the disk: a folder, a ZIP or tar archive (packed by gzip or not) or one file, read as streams and never unpacked.

Refused by name, while the rest is read: names that leave the folder, links, devices, members under a password, a name that stands
twice, and members or archives that unpack to far more than they are (a bomb). Archives within the export are not opened, and told.
"""

from __future__ import annotations

import os
import re
import stat
import weakref
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from burnish.data.files.bombs import MEMBERS, is_bomb
from burnish.data.files.desk import Desk
from burnish.data.files.inflate import MAGIC
from burnish.data.files.member import LEAVES, Member
from burnish.data.files.packed import packed_members
from burnish.data.files.paths import near_names
from burnish.data.files.tar import is_tar, tar_members
from burnish.errors import DataError

_NO_EXPORT = re.compile(r"(^|/)(__MACOSX/|\.(git|hg|svn)(/|$)|\.DS_Store$|Thumbs\.db$|\._)")
_PACKED = {
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a rar archive",
}
_ARCHIVE = re.compile(r"\.(zip|tar|tgz|tar\.gz|gz|7z|rar|bz2|xz|zst)$", re.IGNORECASE)
READ_ERRORS = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What a damaged disk or archive raises in the middle of a member."""


@dataclass(slots=True)
class Store:
    """The members of an export, in the order of their names, and how much of them has been read."""

    path: Path
    members: tuple[Member, ...]
    bytes_read: int = 0
    _by_name: dict[str, Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make members findable by name."""
        self._by_name = {member.name: member for member in self.members}

    @property
    def total(self) -> int:
        """Return the bytes of all members, unpacked."""
        return sum(member.size for member in self.members)

    def member(self, name: str) -> Member | None:
        """Return the member of that name, if there is one."""
        return self._by_name.get(name)

    def ending(self, *ends: str) -> list[Member]:
        """Return the members whose names end so, upper and lower case being the same."""
        return [member for member in self.members if member.name.casefold().endswith(ends)]

    def pieces(self, member: Member, size: int = 1 << 20) -> Iterator[bytes]:
        """Yield a member's bytes in pieces. Raises one of READ_ERRORS where it is damaged."""
        with member.open() as file:
            while piece := file.read(size):
                self.bytes_read += len(piece)
                yield piece

    def head(self, member: Member, size: int = 4096) -> bytes:
        """Return a member's first bytes, or b"" where it cannot be read."""
        try:
            with member.open() as file:
                return file.read(size)
        except READ_ERRORS:
            return b""


def open_store(path: Path, desk: Desk) -> Store:
    """Return the export at a path. Raises DataError when there is nothing to read; what is refused in it goes to the desk."""
    work = opening(path, desk)
    while True:
        try:
            next(work)
        except StopIteration as done:
            found: Store = done.value
            return found


def opening(path: Path, desk: Desk) -> Generator[tuple[int, int], None, Store]:
    """Open the export at a path as `open_store` does, yielding (bytes read, of all) where a packed archive is first read through."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise DataError(f"there is nothing at {path}", seen=near_names(path), remedy="check the path") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read", seen=str(error), remedy="check its permissions") from None
    if stat.S_ISDIR(mode):
        members = _folder(path, desk)
    elif not stat.S_ISREG(mode):
        raise DataError(f"{path} is no ordinary file", seen=stat.filemode(mode), remedy="name a file, a folder or a ZIP archive")
    elif _is_zip(path) and path.suffix.casefold() not in {".parquet", ".docx", ".xlsx"}:
        members = _zip(path, desk)
    elif is_tar(path):
        members = [one for one in tar_members(path, desk) if not _NO_EXPORT.search(one.name)]
    elif _head(path).startswith(MAGIC):
        members = [one for one in (yield from packed_members(path, desk)) if not _NO_EXPORT.search(one.name)]
    else:
        _refuse_packed(path)
        return Store(path, (Member(path.name, str(path), path.stat().st_size, lambda: path.open("rb")),))
    if not members:
        raise DataError(f"{path} holds nothing to read", seen="no files in it", remedy="name the export itself")
    return Store(path, tuple(sorted(_unpacked(path, members, desk), key=lambda member: member.name)))


def _unpacked(path: Path, members: list[Member], desk: Desk) -> list[Member]:
    """Return the members that are no archives; those that are go to the desk together. Raises DataError where there is nothing else."""
    packed = sorted(member.name for member in members if _ARCHIVE.search(member.name))
    if not packed:
        return members
    seen = ", ".join(packed[:3]) + (f" and {len(packed) - 3} more" if len(packed) > 3 else "")
    if len(packed) == len(members):
        remedy = "name one of them" if path.is_dir() else "unpack it, and name what was in it"
        raise DataError(f"{path} holds archives only", seen=seen, remedy=remedy)
    remedy = "unpack those that hold messages"
    desk.fault(str(path), "archives within the export are not opened", seen=seen, remedy=remedy)
    return [member for member in members if not _ARCHIVE.search(member.name)]


def _is_zip(path: Path) -> bool:
    """Return whether a file is a ZIP archive: by its beginning or, as one that unpacks itself has a program there, by its end alone.

    An archive of another kind whose last member is a ZIP has the end of one too, and is none.
    """
    if not zipfile.is_zipfile(path):
        return False
    head = _head(path)
    return head.startswith(b"PK") or not (is_tar(path) or head.startswith((MAGIC, *_PACKED)))


def _refuse_packed(path: Path) -> None:
    """Refuse archives of other kinds by name, and a ZIP without its end, before their bytes are taken for words."""
    head = _head(path)
    if head.startswith(b"PK\x03\x04") and not zipfile.is_zipfile(path):
        raise DataError(f"{path} is a damaged ZIP archive", seen="its end is missing", remedy="fetch or export it again")
    kind = next((name for magic, name in _PACKED.items() if head.startswith(magic)), "")
    if kind:
        remedy = "unpack it and name the folder; of archives ZIP, tar and tar.gz are read"
        raise DataError(f"{path} is {kind}", seen=head[:8].hex(" "), remedy=remedy)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _folder(path: Path, desk: Desk) -> list[Member]:
    members = []
    for folder, folders, files in os.walk(path, onerror=lambda error: desk.fault(str(error.filename), "a folder cannot be read")):
        found, folders[:] = [*folders, *files], [name for name in folders if not _NO_EXPORT.search(name)]
        for name in found:
            place = Path(folder, name)
            inside = place.relative_to(path).as_posix()
            if _NO_EXPORT.search(inside):
                continue
            mode = place.lstat().st_mode
            if stat.S_ISLNK(mode):
                desk.fault(str(place), "a link is not followed", remedy="copy what it points to into the folder")
            elif stat.S_ISREG(mode):
                members.append(Member(inside, str(place), place.lstat().st_size, _opener(place)))
            elif not stat.S_ISDIR(mode):
                desk.fault(str(place), "this is no ordinary file", seen=stat.filemode(mode))
    return members


def _opener(place: Path) -> Callable[[], BinaryIO]:
    return lambda: place.open("rb")


def _zip(path: Path, desk: Desk) -> list[Member]:
    file = path.open("rb")
    try:
        archive = zipfile.ZipFile(file)
    except READ_ERRORS as error:
        file.close()
        raise DataError(f"{path} is a damaged ZIP archive", seen=str(error), remedy="export it again") from None
    weakref.finalize(archive, file.close)  # with the last member that reads from it, also where an error holds them in a ring
    infos = [info for info in archive.infolist() if not info.is_dir() and not _NO_EXPORT.search(info.filename)]
    # a member that is a bomb is refused by name below; here the many count that are none each, and one together
    unpacked = sum(info.file_size for info in infos if not is_bomb(info.file_size, info.compress_size))
    packed = max(1, path.stat().st_size)
    if len(infos) > MEMBERS or is_bomb(unpacked, packed):
        seen = f"{len(infos)} members, {unpacked} bytes out of {packed}"
        raise DataError(
            f"{path} unpacks to far more than it is: it may be a bomb", seen=seen, remedy="unpack it yourself and name the folder"
        )
    members, names = [], dict[str, str]()
    for info in infos:
        shown = f"{path}/{info.filename}"
        refused = _refused(info, names)
        if refused:
            desk.fault(shown, refused, remedy="it was not read; the rest was")
            continue
        other = names.setdefault(info.filename.casefold(), info.filename)
        if other != info.filename:
            desk.fault(shown, "a name differs from another only in upper and lower case", seen=other, remedy="both were read")
            names[f"{info.filename}\0"] = ""
        members.append(Member(info.filename, shown, info.file_size, _zip_opener(archive, info)))
    return members


def _refused(info: zipfile.ZipInfo, names: dict[str, str]) -> str:
    """Return why a member of an archive is not read, or ""."""
    mode = info.external_attr >> 16
    if LEAVES.search(info.filename):
        return "its name leaves the folder"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "a link is not followed" if stat.S_ISLNK(mode) else "this is no ordinary file"
    if info.flag_bits & 1:
        return "it is under a password"
    if names.get(info.filename.casefold()) == info.filename or f"{info.filename}\0" in names:
        return "its name stands twice in the archive: this is the later one"
    if is_bomb(info.file_size, info.compress_size):
        return f"it unpacks from {info.compress_size} to {info.file_size} bytes: it may be a bomb"
    return ""


def _zip_opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        return archive.open(info)  # type: ignore[return-value]  # IO[bytes], which is what a BinaryIO is

    return opened
