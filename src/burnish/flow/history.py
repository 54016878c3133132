"""The verbs `log`, `show`, `promote`, `rollback`, `tag` and `fsck`: what was trained, and which version is live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from burnish.flow.project import open_registry
from burnish.registry.epochs import as_version, kept_epochs
from burnish.retrieval.about import carried_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from burnish.records.run import Run
    from burnish.retrieval.about import Carried


def log(home: str | None) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the versions, oldest first, and the unfinished runs."""
    registry = open_registry(home)
    return registry.log(), registry.unfinished()


def show(reference: str, home: str | None) -> tuple[Run, Path, bool]:
    """Return a version's record, its folder, and whether it is live."""
    registry = open_registry(home)
    run = registry.get(reference)
    return run, registry.home / "runs" / run.id, registry.live == run.id


def epochs(folder: Path) -> list[int]:
    """Return the epochs that a version's folder holds beside its own adapter."""
    return kept_epochs(folder)


def carried(folder: Path) -> Carried | None:
    """Return what is told of the rows that a version's folder carries; None where it carries none. Raises RegistryError."""
    return carried_in(folder)


def promote(reference: str, reason: str, home: str | None) -> str:
    """Make a version live after checking its files; an epoch of a run is made a version first. Returns its id."""
    registry = open_registry(home)
    run = registry.get(as_version(registry, reference))
    registry.adapter_folder(run.id)
    registry.promote(run.id, reason)
    return run.id


def rollback(reference: str | None, reason: str, home: str | None) -> str:
    """Make the version before the live one live again, or the one named. Returns its id."""
    registry = open_registry(home)
    return registry.rollback(as_version(registry, reference) if reference is not None else None, reason)


def tag(name: str, reference: str, home: str | None) -> str:
    """Give a version a name, moving it from another version that had it. Returns the id."""
    registry = open_registry(home)
    return registry.tag(name, as_version(registry, reference))


def tree(versions: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return (how its branch is drawn, version) for each, children under the version they come from, the oldest first.

    A version that comes from several stands under the first of them that is there; one whose parent is gone, at the root.
    """
    known = {version["version"] for version in versions}
    below: dict[str, list[Mapping[str, Any]]] = {}
    for version in versions:
        below.setdefault(next((one for one in version["parents"] if one in known), ""), []).append(version)
    drawn: list[tuple[str, Mapping[str, Any]]] = []
    waiting = [("", "", version) for version in reversed(below.get("", []))]
    while waiting:  # a chain may be longer than Python's own stack
        branch, under, version = waiting.pop()
        drawn.append((branch, version))
        children = below.get(version["version"], [])
        alone = len(children) == 1
        for child in reversed(children):
            last = child is children[-1]
            # An only child stands straight below its parent: a chain of sessions does not wander to the right.
            here, further = ("", "") if alone else ("└─", "  ") if last else ("├─", "│ ")
            waiting.append((under + here, under + further, child))
    return drawn


def fsck(home: str | None) -> list[dict[str, str]]:
    """Check every file of every version against its hash. Returns the faults: version, file, what."""
    return open_registry(home).fsck()


def mend(home: str | None, *, repoint: bool) -> list[dict[str, str]]:
    """Mend what can be mended without loss; with `repoint` also a lost pointer. Returns what was done: version, file, what."""
    return open_registry(home).mend(repoint=repoint)
