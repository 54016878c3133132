"""The verbs `log`, `show`, `promote`, `rollback` and `fsck`: what was trained, and which version is live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from burnish.flow.project import open_registry

if TYPE_CHECKING:
    from pathlib import Path

    from burnish.records.run import Run


def log(home: str | None) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the versions, oldest first, and the unfinished runs."""
    registry = open_registry(home)
    return registry.log(), registry.unfinished()


def show(reference: str, home: str | None) -> tuple[Run, Path, bool]:
    """Return a version's record, its folder, and whether it is live."""
    registry = open_registry(home)
    run = registry.get(reference)
    return run, registry.home / "runs" / run.id, registry.live == run.id


def promote(reference: str, reason: str, home: str | None) -> str:
    """Make a version live after checking its files. Returns its id."""
    registry = open_registry(home)
    run = registry.get(reference)
    registry.adapter_folder(run.id)
    registry.promote(run.id, reason)
    return run.id


def rollback(reference: str | None, reason: str, home: str | None) -> str:
    """Make the version before the live one live again, or the one named. Returns its id."""
    return open_registry(home).rollback(reference, reason)


def fsck(home: str | None) -> list[dict[str, str]]:
    """Check every file of every version against its hash. Returns the faults: version, file, what."""
    return open_registry(home).fsck()
