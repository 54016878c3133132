"""An experiment: which versions are its arms, since when, and how it ended. One folder each, never written over.

ab/<id>/experiment.json   the arms with the versions they were at the beginning, sealed
ab/<id>/ended.json        when and why it ended; not there while it runs
ab/secret                 the key by which people are given an arm

An arm stays the version that its name meant when the experiment began. When `live` moves meanwhile, the experiment ends and requests
follow `live` again: an arm that changed under way would be two versions under one name, and a rollback must never be without effect.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from burnish import durable
from burnish.errors import StorageError
from burnish.records.codec import JSON, from_json, to_json
from burnish.registry.book_tables import FOLDER, PEOPLE
from burnish.registry.lock import locked
from burnish.registry.seals import sealed, unsealed
from burnish.serve.ab.assign import secret_of
from burnish.serve.ab.plan import Named, Sampled, check_source, same_version

RECORD = "experiment.json"
ENDED = "ended.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One of the two versions."""

    name: str
    """As it was typed."""
    label: str
    """The version that the name meant when the experiment began."""
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What is compared, and how it is read."""

    id: str
    began: str
    """UTC, ISO 8601."""
    arms: tuple[Arm, ...]
    """The incumbent, then the candidate."""
    live: str | None
    """The version that was live at the beginning; when it moves, the experiment ends."""
    key_digest: str
    """The beginning of the sha256 of the key that divides: with another key people would change their arm."""
    reads: str = PEOPLE
    """Whose votes decide: people's, or a grader's."""
    read_as: JSON = None
    """The target and share of the grader whose votes decide."""

    @property
    def shares(self) -> tuple[float, float]:
        """The shares of the two arms."""
        return self.arms[0].share, self.arms[1].share

    def same_as(self, other: Experiment) -> bool:
        """Return whether another one compares the same versions in the same way."""
        return replace(other, id=self.id, began=self.began, key_digest=self.key_digest) == self


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an experiment ended."""

    why: str
    """"harm", "failed", "by hand", "promoted", "live moved" or "replaced"."""
    words: str
    """One sentence."""
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked of `burnish serve`."""

    arms: tuple[Named, Named]
    reads: str = PEOPLE
    graders: tuple[Sampled, ...] = ()
    again: bool = False
    """Whether to begin anew though the same experiment was ended."""


def ids(home: Path) -> list[str]:
    """Return the experiments of a project, oldest first."""
    return sorted(path.parent.name for path in (home / FOLDER).glob(f"*/{RECORD}"))


def read(home: Path, experiment: str) -> Experiment:
    """Return an experiment. Raises StorageError where its record is not what was written."""
    value = _sealed(home / FOLDER / experiment / RECORD)
    return from_json(Experiment, value)


def ended(home: Path, experiment: str) -> Ended | None:
    """Return how an experiment ended; None while it runs. Raises StorageError where the record is damaged."""
    path = home / FOLDER / experiment / ENDED
    return from_json(Ended, _sealed(path)) if path.exists() else None


def _sealed(path: Path) -> JSON:
    try:
        return unsealed(path.read_bytes().decode("utf-8"), ())
    except (OSError, ValueError) as error:
        raise StorageError(
            "the record of an experiment cannot be read",
            seen=f"{path}: {error}",
            remedy="bring it back from a copy, or move its folder away: a new experiment then begins",
        ) from None


def end(home: Path, experiment: str, why: str, words: str) -> Ended:
    """End an experiment for good; one that ended before stays as it ended. Raises StorageError."""
    with locked(home):
        before = ended(home, experiment)
        if before is not None:
            return before
        made = Ended(why=why, words=words, when=now())
        durable.write_text(home / FOLDER / experiment / ENDED, sealed(to_json(made)))
        return made


def begin(home: Path, wanted: Wanted, label: Callable[[str], str], live: str | None) -> tuple[Experiment, bool]:
    """Return the experiment that is wanted, and whether it went on: the newest one where it is the same, else a new one.

    One that was ended stays so, that a server which is started again does not bring back a candidate that harmed; `again` begins
    anew. A different one that still ran is ended. `label` says which version a name means. Raises BurnishError.
    """
    check_source(wanted.reads, wanted.graders)
    labels = [label(one.name) for one in wanted.arms]
    if labels[0] == labels[1]:
        raise same_version(wanted.arms, labels[0])
    reader = next(([one.target, one.share] for one in wanted.graders if one.name == wanted.reads), None)
    fresh = Experiment(
        id="",
        began=now(),
        arms=tuple(Arm(name=one.name, label=found, share=one.share) for one, found in zip(wanted.arms, labels, strict=True)),
        live=live,
        key_digest=digest_of(secret_of(home)),
        reads=wanted.reads,
        read_as=reader,
    )
    newest = read(home, ids(home)[-1]) if ids(home) else None
    if newest is not None and newest.same_as(fresh) and not wanted.again:
        _check_key(home, newest, fresh)
        return newest, True
    if newest is not None:
        end(home, newest.id, "replaced", "another experiment took its place")
    return _write(home, fresh), False


def _write(home: Path, fresh: Experiment) -> Experiment:
    durable.make_folder(home / FOLDER)
    while True:
        nanoseconds = time.time_ns()
        name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(nanoseconds // 10**9))}-{nanoseconds % 10**9 * 65536 // 10**9:04x}"
        if durable.claim_folder(home / FOLDER / name):
            break
    made = replace(fresh, id=name)
    durable.write_text(home / FOLDER / name / RECORD, sealed(to_json(made)))
    return made


def _check_key(home: Path, newest: Experiment, fresh: Experiment) -> None:
    if newest.key_digest != fresh.key_digest:
        raise StorageError(
            "people would change their arm: the key that divides them is not the one this experiment began with",
            seen=str(home / FOLDER / "secret"),
            remedy="bring the key back from a copy, or begin a new experiment: --ab-again",
        )


def digest_of(key: bytes) -> str:
    """Return by what a key is known again."""
    return hashlib.sha256(key).hexdigest()[:16]


def now() -> str:
    """Return the time as UTC, ISO 8601, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
