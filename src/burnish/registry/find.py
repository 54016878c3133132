"""What a person's word for a version means, and what to say when it means none or several."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from burnish.errors import RegistryError

EPOCH = re.compile(r"(.+)@epoch(\d+)")
"""How an epoch of a run is called: `RUN@epoch3`, `live@epoch3`."""
SHOWN = 8
"""Versions named in one message at most."""


def one(reference: str, versions: Sequence[str], tags: Mapping[str, str], unfinished: Sequence[str]) -> str:
    """Return the id that `reference` means: an id, a tag, or the beginning of exactly one id. Raises RegistryError."""
    reference = tags.get(reference, reference) if reference not in versions else reference
    if reference in versions:
        return reference
    matches = [version for version in versions if reference and version.startswith(reference)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise RegistryError(
            f"{reference!r} is the beginning of {len(matches)} versions",
            seen=_some(matches),
            remedy="type more of the one you mean",
        )
    raise _unknown(reference, versions, tags, unfinished)


def _unknown(reference: str, versions: Sequence[str], tags: Mapping[str, str], unfinished: Sequence[str]) -> RegistryError:
    waiting = [run for run in unfinished if reference and run.startswith(reference)]
    if waiting:
        return RegistryError(
            f"run {waiting[0]} is not finished, so it is no version yet",
            seen=reference,
            remedy=f"finish it: burnish train --resume {waiting[0]}",
        )
    if not versions:
        return _none_yet(f"there is no version {reference!r}")
    names = [*versions, *tags, "live"]
    near = difflib.get_close_matches(reference, names, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}? " if near else ""
    return RegistryError(
        f"there is no version {reference!r}", seen=f"known: {_some([*tags, *versions])}", remedy=f"{hint}burnish log shows all"
    )


def is_epoch(reference: str) -> bool:
    """Return whether a word names an epoch of a run, such as `live@epoch3`."""
    return EPOCH.fullmatch(reference) is not None


def epoch_no_version(reference: str) -> RegistryError:
    """Return the error for an epoch where a version is wanted."""
    return RegistryError(
        f"{reference} is an epoch of a run, and no version yet",
        seen=reference,
        remedy=f"make it one: burnish tag NAME {reference}, and use NAME; or burnish promote {reference}",
    )


def tag_damaged(name: str, path: Path, what: str) -> RegistryError:
    """Return the error for a tag whose file is not what it was."""
    return RegistryError(
        f"the tag {name} is damaged", seen=f"{path}: {what}", remedy=f"give it again: burnish tag {name} VERSION (burnish log)"
    )


def version_lost(version: str, path: Path) -> RegistryError:
    """Return the error for a version that was finished and whose record, or whole folder, is gone."""
    return RegistryError(
        f"version {version} is gone, or its record is",
        seen=f"{path}: missing",
        remedy="bring it back from a copy, or choose another version: burnish log",
    )


def parent_missing(version: str, parents: Sequence[str]) -> RegistryError:
    """Return the error for a version whose parents are not there."""
    return RegistryError(
        f"version {version} needs versions that are not here",
        seen=f"missing: {', '.join(parents)}",
        remedy="bring them back from a copy, or import them: burnish import FILE",
    )


def nothing_live(versions: Sequence[str]) -> RegistryError:
    """Return the error for `live` where no version is."""
    if not versions:
        return _none_yet("no version is live")
    return RegistryError("no version is live", seen=f"known: {_some(versions)}", remedy="make one live: burnish promote VERSION")


def not_repointed(candidates: Sequence[str], versions: Sequence[str], *, lost: bool) -> RegistryError:
    """Return the error for a lost pointer where no rule may choose what becomes live."""
    if not candidates:
        return nothing_live(versions)
    what = (
        "the history lost lines once: it cannot be told which version was live, was kept from it or holds rows to be forgotten"
        if lost
        else "no whole version was live before, so none is made live unasked"
    )
    return RegistryError(
        what,
        seen=f"whole, and not judged worse: {_some(candidates)}",
        remedy="choose, and make it live: burnish promote VERSION (burnish log and burnish show tell of each)",
    )


def _none_yet(what: str) -> RegistryError:
    return RegistryError(what, seen="this project has no finished version", remedy="train a first one: burnish train DATA")


def _some(names: Sequence[str]) -> str:
    """Return the last names, newest last, and how many are left out."""
    more = f"{len(names) - SHOWN} more, ... " if len(names) > SHOWN else ""
    return more + ", ".join(names[-SHOWN:])
