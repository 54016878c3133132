"""One process at a time moves a pointer, and one trains a run. Locks are the kernel's, so that they are gone with their process."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from burnish import durable
from burnish.errors import RegistryError

PATIENCE_SECONDS = 30.0
"""A pointer moves in milliseconds: whoever holds the lock for longer than this is stopped, or is on another machine."""


@contextlib.contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the project's lock. Raises RegistryError, naming the process that has it, after PATIENCE_SECONDS.

    Not covered: file systems on which `flock` does nothing (some network disks).
    """
    with _held_alone(home / "lock"):
        yield


@contextlib.contextmanager
def replacing(home: Path) -> Iterator[None]:
    """Hold the lock of whoever replaces a folder of a version. Raises as `locked` does, within which it may be taken, never around it."""
    with _held_alone(home / "replacing.lock"):
        yield


@contextlib.contextmanager
def _held_alone(path: Path) -> Iterator[None]:
    with durable.told(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(descriptor, path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def training(home: Path, run_id: str) -> Iterator[None]:
    """Hold a run while it is trained. Raises RegistryError at once, naming the process that trains it already."""
    path = held(home, run_id)
    durable.make_folder(path.parent)
    with durable.told(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _taken(descriptor):
            raise RegistryError(
                f"run {run_id} is being trained by another process",
                seen=f"process {_holder(descriptor)}",
                remedy="wait for it to end; then type the same command again",
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def busy(home: Path, run_id: str) -> bool:
    """Return whether a process trains this run now."""
    try:
        descriptor = os.open(held(home, run_id), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _taken(descriptor)
    finally:
        os.close(descriptor)


def held(home: Path, run_id: str) -> Path:
    """Return the file that is locked while a run is trained; it stays until the run has been told to its end."""
    return home / "training" / run_id


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode("ascii", "replace") or "unknown"


def _take(descriptor: int, path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _taken(descriptor):
        if time.monotonic() >= deadline:
            raise RegistryError(
                "another burnish process is moving the versions of this project",
                seen=f"{path}, held by process {_holder(descriptor)}",
                remedy="wait for it to end (or end it), then type the same command again",
            )
        time.sleep(0.02)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
