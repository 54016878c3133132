"""A git repository as an export: git itself prints its log, and none of its files is read.

A repository may come from anybody, and its configuration can name programs. None of them runs: the log needs no diff, no signature, no pager
and no network, each of them is shut off, and git refuses a repository that belongs to another user.
"""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
import weakref
from collections.abc import Generator
from pathlib import Path
from typing import IO, BinaryIO

from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.errors import DataError

_SHUT_OFF = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "log.showSignature=false",
    "mailmap.file=/dev/null",
    "protocol.allow=never",
)
_LOG = (
    "log",
    "--no-color",
    "--no-decorate",
    "--no-notes",
    "--no-patch",
    "--no-ext-diff",
    "--no-textconv",
    "--no-show-signature",
    "--no-abbrev-commit",
    "--pretty=medium",
    "--date=iso",
    "--encoding=UTF-8",
    "HEAD",
    "--",
)
PIECE = 1 << 20
TOLD = 400
"""Characters of git's own words that an error quotes."""


def is_repository(folder: Path) -> bool:
    """Return whether a folder is the top of a repository: it holds `.git` (a folder, or a file for worktrees), or is a bare one."""
    bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
    return folder.is_dir() and (bare or os.path.lexists(folder / ".git"))


def by_git(store: Store) -> bool:
    """Return whether an export is what git printed."""
    return len(store.members) == 1 and store.members[0].shown == _shown(store.path)


def history(folder: Path) -> Generator[tuple[int, int], None, Store]:
    """Return the log of the repository that a folder lies in as an export of one file, yielding (bytes read, 0) meanwhile.

    Raises DataError where git is missing or refuses, and where there is no commit.
    """
    printed = _Printed()
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                ["git", "-C", os.path.abspath(folder), "--no-pager", *(word for one in _SHUT_OFF for word in ("-c", one)), *_LOG],  # noqa: PTH100
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(),
            )
        except FileNotFoundError:
            raise DataError(
                f"git is needed to read {folder}, and is not installed",
                seen="no program called git",
                remedy="install git; or run `git log > log.txt` where it is installed, and ingest that file",
            ) from None
        yield from _copied(process, printed.file)
        if process.wait():
            raise _refused(folder, errors)
    size = printed.file.tell()
    return Store(folder, (Member(folder.resolve().name or "repository", _shown(folder), size, printed.opened),))


def _shown(folder: Path) -> str:
    return f"{folder} (git log)"


def _environment() -> dict[str, str]:
    """Return the environment without what would lead git elsewhere or let it ask."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return own | {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_PAGER": "cat",
    }


def _copied(process: subprocess.Popen[bytes], log: IO[bytes]) -> Generator[tuple[int, int]]:
    """Copy what git prints into a file; a reader that stops in the middle ends git too."""
    assert process.stdout is not None
    done = 0
    try:
        while piece := process.stdout.read(PIECE):
            log.write(piece)
            done += len(piece)
            yield done, 0
    finally:
        process.stdout.close()
        if process.poll() is None:
            process.terminate()
            process.wait()
    log.flush()


def _refused(folder: Path, errors: IO[bytes]) -> DataError:
    """Return what git said, as an error with what to do."""
    errors.seek(0)
    said = errors.read(64 * 1024).decode("utf-8", "replace").strip()
    first = said.split("\n", maxsplit=1)[0][:TOLD]
    if "dubious ownership" in said:
        remedy = "it belongs to another user: run `git log > log.txt` there yourself, and ingest that file"
        return DataError(f"git does not read {folder}", seen=first, remedy=remedy)
    if "not a git repository" in said:
        remedy = "name the repository's folder, or a file that holds what `git log` printed"
        return DataError(f"{folder} is no git repository", seen=first, remedy=remedy)
    if "bad revision" in said or "unknown revision" in said or "ambiguous argument" in said:
        return DataError(f"the repository {folder} has no commit yet", seen=first, remedy="name one that has")
    return DataError(f"git cannot read {folder}", seen=first, remedy="run `git log > log.txt` there, and ingest that file")


class _Printed:
    """A file without a name that holds what git printed; it is gone with the last that reads from it."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when nobody holds this object any more
        weakref.finalize(self, self.file.close)

    def opened(self) -> BinaryIO:
        """Return a reader at the beginning."""
        return io.BufferedReader(_Reader(self))


class _Reader(io.RawIOBase):
    """A place of its own in the one file."""

    def __init__(self, printed: _Printed) -> None:
        self._printed, self._at = printed, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # any buffer of bytes
        """Fill the buffer with what follows."""
        piece = os.pread(self._printed.file.fileno(), len(buffer), self._at)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
