"""The one door to the disk: every durable write goes through here, so a kill or a full disk leaves the old state or the new.

A file is written beside its place, fsynced, renamed over it, and its folder fsynced (the order that survives power loss;
Pillai 2014, "All File Systems Are Not Created Equal"). A new folder is fsynced in its parent, for its name is lost with the
power otherwise, and all that is in it. `append_line` is for logs, where a torn last line is dropped on read.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import json
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from burnish.errors import StorageError

if TYPE_CHECKING:
    import sqlite3

FAULT_HOOK: Callable[[str, Path], None] | None = None
"""Tests set this: called as (operation, path) before each durable operation; may raise or kill the process."""


BUSY_SECONDS = 10.0
"""How long a database that another process writes to is waited for."""


def _step(operation: str, path: Path) -> None:
    if FAULT_HOOK is not None:
        FAULT_HOOK(operation, path)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn an OSError into a StorageError that names the path and the remedy."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise _storage_error(path, error) from error


def _storage_error(path: Path, error: OSError) -> StorageError:
    remedies = {
        errno.ENOSPC: "free some disk space and type the same command again; nothing that was there before is lost",
        errno.EDQUOT: "free some of your disk quota and type the same command again",
        errno.EACCES: "give yourself write permission there, or choose another folder with --home",
        errno.EPERM: "give yourself write permission there, or choose another folder with --home",
        errno.EROFS: "that disk is read-only: choose another folder with --home",
        errno.ENOTDIR: "a file stands where a folder is needed: move it away, or choose another folder",
        errno.EEXIST: "a file stands where a folder is needed: move it away, or choose another folder",
        errno.EISDIR: "a folder stands where a file is needed: name a file",
    }
    remedy = remedies.get(error.errno or 0, "check the disk, then type the same command again")
    return StorageError(f"cannot write {path}", seen=error.strerror or str(error), remedy=remedy)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder durable."""
    _step("fsync-folder", folder)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, each name durable in its parent. Raises StorageError."""
    missing = []
    place = folder
    while not place.is_dir() and place != place.parent:
        missing.append(place)
        place = place.parent
    with told(folder):
        for new in reversed(missing):
            _step("make-folder", new)
            new.mkdir(exist_ok=True)
            sync_folder(new.parent)


def claim_folder(folder: Path) -> bool:
    """Create a folder that nobody has yet; False where somebody has. Its parent must be there. Raises StorageError."""
    with told(folder):
        _step("make-folder", folder)
        try:
            folder.mkdir()
        except FileExistsError:
            return False
        sync_folder(folder.parent)
    return True


def write_with(path: Path, writer: Callable[[Path], None]) -> None:
    """Let `writer` make a file at a temporary path, then move it into place atomically. Raises StorageError."""
    make_folder(path.parent)
    beside = _beside(path)
    with told(path):
        try:
            _step("write", path)
            writer(beside)
            _into_place(beside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise


def _beside(path: Path) -> Path:
    """Return a name for what is to take a place. Raises StorageError where the place is no file's."""
    _refuse_no_file(path)
    return path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}.tmp")


def _refuse_no_file(path: Path) -> None:
    """Refuse a device, a pipe, a socket and a folder: a rename would put a file in its place, and `/dev/null` be gone for everybody."""
    remedy = "name a file; to see what a verb writes, read that file"
    try:
        mode = path.stat().st_mode
        special = path.parent.resolve() == Path("/dev") or Path("/proc") in (path.parent.resolve() / path.name).parents
    except OSError:
        return  # nothing stands there, or the writing will tell why not
    if stat.S_ISDIR(mode):
        raise StorageError(f"cannot write {path}", seen="a folder stands there", remedy="name a file in it")
    if special or not stat.S_ISREG(mode):
        raise StorageError(f"cannot write {path}", seen=f"it is no ordinary file ({stat.filemode(mode)})", remedy=remedy)


def _into_place(beside: Path, path: Path) -> None:
    _step("fsync", path)
    _sync_file(beside)
    _step("rename", path)
    beside.replace(path)
    sync_folder(path.parent)


class Growing:
    """A file that is being written beside its place. A fault of the disk is told as a StorageError that names the place."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file

    def write(self, content: bytes) -> None:
        """Add to the end. Raises StorageError."""
        with told(self._path):
            self._file.write(content)


@contextlib.contextmanager
def growing(path: Path) -> Iterator[Growing]:
    """Give a file to write to piece by piece; it takes its place when the block ends well, and is gone when it does not.

    What a killed process left of an earlier try is swept away first. Raises StorageError.
    """
    make_folder(path.parent)
    _sweep(path)
    beside = _beside(path)
    with told(path):
        _step("write", path)
        file = beside.open("xb")
    try:
        yield Growing(path, file)
        with told(path):
            file.close()
            _into_place(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            file.close()
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def _sweep(path: Path) -> None:
    """Remove what was written beside a place by processes of this machine that are no more."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.*.tmp"):
        owner = left.name.removeprefix(f".{path.name}.").split(".")[0]
        if owner.isdigit() and not alive(int(owner)):
            with contextlib.suppress(OSError):
                left.unlink()


def alive(process: int) -> bool:
    """Return whether a process of this number is at work on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file by `content`, atomically. Raises StorageError."""
    write_with(path, lambda beside: _write_all(beside, content))


def _write_all(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Replace a file by `text` in UTF-8, atomically. Raises StorageError."""
    write_bytes(path, text.encode("utf-8"))


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Replace a file by lines that carry their own ends, one held at a time, atomically. Raises StorageError.

    What a killed process left of an earlier try is swept away first: a hidden copy of somebody's rows must not stay.
    """
    _sweep(path)
    write_with(path, lambda beside: _write_each(beside, lines))


def _write_each(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)


def write_private(path: Path, text: str) -> None:
    """Replace a file by `text` that only its owner may read (mode 0600 from its first byte on), atomically. Raises StorageError.

    What a killed process left of an earlier try is swept away first.
    """
    _sweep(path)
    write_with(path, lambda beside: _write_private(beside, text))


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)  # whatever the umask says
        file.write(text)


def write_json(path: Path, value: Any) -> None:
    """Replace a file by `value` as readable JSON, atomically. NaN and Infinity are refused. Raises StorageError."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_or_keep(path: Path, text: str) -> None:
    """Replace a file by `text`, and put the old one back (or none) where any step fails: an error means nothing was done.

    `write_text` may leave the new content when only the last step fails, the folder's fsync. Raises StorageError.
    """
    kept = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}.tmp")
    with told(path):
        if path.exists():
            _step("link", path)
            _link_or_copy(path, kept)
        try:
            write_text(path, text)
        except StorageError:
            with contextlib.suppress(OSError):
                _put_back(kept, path)
            raise
        finally:
            with contextlib.suppress(OSError):
                kept.unlink(missing_ok=True)


def _put_back(kept: Path, path: Path) -> None:
    if kept.exists():
        kept.replace(path)
    else:
        path.unlink(missing_ok=True)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def write_linked(path: Path, source: Path) -> None:
    """Give a file a second name, atomically: a hard link, or a copy where the disk has none. Raises StorageError."""
    write_with(path, lambda beside: _link_or_copy(source, beside))


def append_line(path: Path, text: str) -> None:
    """Append one line to a log. A torn last line (after a kill) is ended first, so the new line stays whole.

    It is not fsynced, for a training writes one line a step: `sync_files` does that once, when the log is finished.
    """
    with told(path):
        _step("append", path)
        with path.open("ab+") as file:
            if file.tell() > 0:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(text.encode("utf-8") + b"\n")


def database(path: Path | None) -> sqlite3.Connection:
    """Open a database that only its owner may read; None: one in memory. A transaction is there whole or not at all.

    It keeps a log of what is new beside it (SQLite's write-ahead log), whose torn end is dropped by whoever opens it next: what was
    committed survives a kill. A loss of power can take the last transactions, but for those that `transaction` was told of.
    Raises StorageError.
    """
    import sqlite3

    if path is not None:
        make_folder(path.parent)
        with told(path):
            _step("open-database", path)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    with told_of_database(path):
        opened = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("PRAGMA synchronous = NORMAL")
    return opened


@contextlib.contextmanager
def transaction(opened: sqlite3.Connection, path: Path | None, *, survive_power_loss: bool = False) -> Iterator[None]:
    """Make all that is written inside the block one transaction: it is there at the end, or nothing of it. Raises StorageError."""
    with told(path or Path(":memory:")), told_of_database(path):
        _step("transaction", path or Path(":memory:"))
        if survive_power_loss:
            opened.execute("PRAGMA synchronous = FULL")
        try:
            opened.execute("BEGIN IMMEDIATE")
            try:
                yield
                opened.execute("COMMIT")
            except BaseException:
                if opened.in_transaction:
                    opened.execute("ROLLBACK")
                raise
        finally:
            if survive_power_loss:
                opened.execute("PRAGMA synchronous = NORMAL")


def scrub(opened: sqlite3.Connection, path: Path | None) -> None:
    """Let no byte remain of what was deleted from a database: it is written anew (VACUUM), and its log emptied.

    A kill leaves the old file or the new. Raises StorageError, also where another process reads for so long that the log stays.
    """
    with told(path or Path(":memory:")), told_of_database(path):
        _step("scrub", path or Path(":memory:"))
        opened.execute("VACUUM")
    empty_log(opened, path)


def empty_log(opened: sqlite3.Connection, path: Path | None) -> None:
    """Take all that stands in a database's log (also of what was deleted since) over into its file. Raises StorageError."""
    with told(path or Path(":memory:")), told_of_database(path):
        _step("empty-log", path or Path(":memory:"))
        busy, *_ = opened.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StorageError(
            f"what was deleted still stands in the log of {path}",
            seen=f"another process has read from it for more than {BUSY_SECONDS:g} seconds",
            remedy="end what reads from it, and type the same command again",
        )


@contextlib.contextmanager
def told_of_database(path: Path | None) -> Iterator[None]:
    """Turn a fault of a database into a StorageError that names the file and the remedy."""
    import sqlite3

    try:
        yield
    except sqlite3.DatabaseError as error:
        damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        remedy = (
            "bring it back from a copy, or move it away: a new one is begun"
            if damaged
            else "free some disk space, or look who holds it"
        )
        raise StorageError(f"cannot use the database {path}", seen=str(error), remedy=remedy) from error


def sync_files(folder: Path) -> None:
    """Make every file and name below a folder durable, however it was written. Raises StorageError."""
    with told(folder):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            _step("fsync", file)
            _sync_file(file)
        for inner in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
            sync_folder(inner)
        sync_folder(folder)


def move_folder(source: Path, target: Path) -> None:
    """Give a finished folder its final name in one rename; every file in it is fsynced first. Raises StorageError."""
    with told(target):
        make_folder(target.parent)
        sync_files(source)
        _step("rename-folder", target)
        source.replace(target)
        sync_folder(target.parent)
        if source.parent != target.parent:
            sync_folder(source.parent)


def move_file(source: Path, target: Path) -> None:
    """Give a file that was written durably its final name in one rename. Raises StorageError."""
    with told(target):
        _step("rename", target)
        source.replace(target)
        sync_folder(target.parent)
        if source.parent != target.parent:
            sync_folder(source.parent)


def remove_folder(folder: Path) -> None:
    """Remove a folder if it is there. What a loss of power brings back of it is removed by whoever meets it next."""
    with told(folder):
        _step("remove-folder", folder)
        shutil.rmtree(folder, ignore_errors=True)


def remove_file(path: Path) -> None:
    """Remove a file if it is there. Raises StorageError."""
    with told(path):
        _step("remove", path)
        path.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file as 64 hex digits, read in pieces of 1 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def free_bytes(folder: Path) -> int:
    """Return the free bytes on the disk that holds `folder` or its nearest existing parent."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free
