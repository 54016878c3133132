"""An epoch of a run, kept with `train.keep = "all"`: found by a name such as `RUN@epoch3`, and made a version when it is to be used as one.

An epoch's files belong to its run: they are in its manifest, so `fsck` checks them, and they go where it goes. To make one live, to tag
it or to train on from it, it becomes a version of its own, built beside the others and moved into place whole: `rollback`, `forget`
and all else then know it as any other.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import durable
from burnish.errors import RegistryError
from burnish.registry.files import WEIGHTS, faults_of, seal
from burnish.registry.find import EPOCH
from burnish.registry.journal import now

if TYPE_CHECKING:
    from burnish.records.run import Run
    from burnish.registry.store import Registry

EPOCHS = "epochs"
CARRIED = ("recipe.toml", "plan.json", "ledger.json", "request.json", "rows.jsonl", "asked.json", "base.json", "events.jsonl")
"""What a version of an epoch has of its run: all that sessions, forgetting and documents read, and nothing that judges another epoch."""
MEMORY = "memory"
"""The folder of the rows that a version answers with, which are its run's."""


def parted(reference: str) -> tuple[str, int] | None:
    """Return (version, epoch) of a word such as `live@epoch3`; None for any other word."""
    found = EPOCH.fullmatch(reference)
    return (found[1], int(found[2])) if found else None


def kept_epochs(folder: Path) -> list[int]:
    """Return the epochs that a run's folder holds, in order."""
    return sorted(
        int(one.name) for one in (folder / EPOCHS).glob("*") if one.name.isdigit() and (one / Path(WEIGHTS).name).is_file()
    )


def find_epoch(registry: Registry, reference: str) -> tuple[Run, str, Path] | None:
    """Return (its run, its full name, its adapter's folder) of an epoch, after checking the run's files; None for any other word.

    Raises RegistryError for an epoch that is not kept, naming those that are, and for damaged files.
    """
    asked = parted(reference)
    if asked is None:
        return None
    registry.settle()
    run = registry.get(asked[0])
    folder = registry.runs / run.id
    epochs = kept_epochs(folder)
    if asked[1] not in epochs:
        raise RegistryError(
            f"epoch {asked[1]} of version {run.id} is not kept",
            seen=f"kept: {', '.join(map(str, epochs)) or 'none'}",
            remedy="name one of these" if epochs else 'a run keeps every epoch where it is trained with --set train.keep="all"',
        )
    faults = [f"{folder / name}: {what}" for name, what in faults_of(folder)]
    if faults:
        remedy = "choose another version (burnish log), or train it again"
        raise RegistryError(f"version {run.id} is not what it was when it was trained", seen="; ".join(faults), remedy=remedy)
    return run, f"{run.id}@epoch{asked[1]}", folder / EPOCHS / str(asked[1])


def as_version(registry: Registry, reference: str) -> str:
    """Return the id of the version that an epoch is, made now if there is none; any other word as it is.

    The epoch that was kept as the run's own version is that version. Raises RegistryError and StorageError; a kill leaves nothing, or
    the whole version.
    """
    found = find_epoch(registry, reference)
    if found is None:
        return reference
    run, name, folder = found
    source = registry.forgotten.get(run.id)
    if source is not None:
        raise RegistryError(
            f"version {run.id} was trained on rows that were to be forgotten, and so were its epochs",
            seen=f"{source} was removed with burnish forget",
            remedy="choose another version (burnish log), or train the remaining rows again",
        )
    digest = durable.sha256_of(folder / Path(WEIGHTS).name)
    if digest == run.adapter_hash:
        return run.id
    made = [version for version in registry.versions() if _epoch_of(registry, version) == name]
    return made[0] if made else _make(registry, run, name, folder, digest)


def _epoch_of(registry: Registry, version: str) -> str:
    try:
        return registry.get(version).epoch_of
    except RegistryError:
        return ""  # damaged: fsck tells of it


def _make(registry: Registry, run: Run, name: str, adapter: Path, digest: str) -> str:
    """Build the version beside the others, and move it into place whole."""
    beside = registry.home / f".epoch-{name}"
    durable.remove_folder(beside)  # what a kill left
    version = registry.unused_id()
    place, source = beside / version, registry.runs / run.id
    for one in sorted(adapter.iterdir()):
        durable.write_bytes(place / "adapter" / one.name, one.read_bytes())
    memory = sorted(path.relative_to(source).as_posix() for path in (source / MEMORY).glob("*") if path.is_file())
    for carried in (*CARRIED, *(name for name in memory if not name.endswith(".tmp"))):
        if (source / carried).is_file():
            durable.write_bytes(place / carried, (source / carried).read_bytes())
    made = dataclasses.replace(
        run,
        id=version,
        created=now(),
        adapter_hash=digest,
        epoch_of=name,
        steps=_steps(source / "events.jsonl", int(name.rpartition("@epoch")[2])) or run.steps,
        verdict="not judged",
        scores={},
        gates=(),
        decision="",
        retention="",
        tags=(),
    )
    seal(place, made)
    registry.admit(place)
    durable.remove_folder(beside)
    return version


def _steps(events: Path, epoch: int) -> int:
    """Return the optimizer steps taken by the end of an epoch; 0 where they are not known."""
    last = 0
    for line in events.read_text("utf-8").splitlines() if events.exists() else ():
        try:
            one = json.loads(line)
        except ValueError:
            continue  # torn by a kill; the step was taken again
        if one.get("event") == "stepped" and one.get("epoch") == epoch:
            last = max(last, int(one["step"]))
    return last
