"""The versions of one project: append-only. Nothing that was trained is ever written over; a pointer moves.

runs/<id>/      recipe.toml plan.json ledger.json before.json events.jsonl adapter/ after.json report.html before_after.md,
                manifest.json (the sha256 of each), run.json (written last: a run without it is unfinished)
blobs/<sha256>  adapter weights by content
live            the version that is live; replaced whole
tags/           names people gave to versions
journal.jsonl   every add, promotion, rollback and tag, in order; sealed by its last line
lock            held while a pointer moves
training/       a lock for each run, held while it is trained
replacing/      a folder of a version on its way into it: `forget` takes rows out of what it carries (`replace`)
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from burnish import durable
from burnish.errors import RegistryError, StorageError
from burnish.records.codec import JSON
from burnish.records.run import Run
from burnish.registry import find, fsck, mend
from burnish.registry.files import RECORD, WEIGHTS, changed, checked_record, faults_of, keep_blob, seal
from burnish.registry.history import Event
from burnish.registry.journal import Journal, now
from burnish.registry.lock import busy, held, locked, training
from burnish.registry.replace import replace_folder, settle

TAG = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


class Registry:
    """The versions in a project's `.burnish` folder. Reading needs no lock and no write permission."""

    def __init__(self, home: Path) -> None:
        """Keep where the project is; nothing is read or made yet."""
        self.home = home
        self.runs = home / "runs"
        self.journal = Journal(home)

    def new_run(self) -> tuple[str, Path]:
        """Make the folder of a new run and return its id and path.

        An id is the UTC time and its 65536th part of a second, such as `20261121-093000-7f3a`: ids sort by age, and two
        processes never get the same one, for the folder is made exclusively. Raises StorageError, and RegistryError when the
        history is damaged.
        """
        self.journal.check()  # now, rather than when the training is done
        durable.make_folder(self.runs)
        while True:
            run_id = _id_of(time.time_ns())
            if durable.claim_folder(self.runs / run_id):
                return run_id, self.runs / run_id

    def unused_id(self) -> str:
        """Return an id as of now that no run has."""
        while (self.runs / (run_id := _id_of(time.time_ns()))).exists():
            time.sleep(1e-5)
        return run_id

    def training(self, run_id: str) -> AbstractContextManager[None]:
        """Hold a run while it is trained: a second process is told at once. Raises RegistryError and StorageError."""
        return training(self.home, run_id)

    def busy(self, run_id: str) -> bool:
        """Return whether a process trains this run now."""
        return busy(self.home, run_id)

    def add(self, run: Run) -> None:
        """Make a run a version for good: its files are hashed and its weights kept by content. It is not live yet.

        Raises RegistryError when it has no folder, is finished already, or its weights are not those it names.
        """
        folder = self.runs / run.id
        if not folder.is_dir() or (folder / RECORD).exists():
            raise RegistryError(
                f"run {run.id} cannot be added: " + ("it is finished already" if folder.is_dir() else "it has no folder"),
                seen=str(folder),
                remedy="begin a new run: burnish train DATA",
            )
        fault = changed(folder / WEIGHTS, run.adapter_hash)
        if fault:
            raise RegistryError(
                f"the adapter of run {run.id} is not the one that was trained",
                seen=f"{folder / WEIGHTS}: {fault}",
                remedy="check the disk, then begin a new run: burnish train DATA",
            )
        keep_blob(self.home, folder / WEIGHTS, run.adapter_hash)
        with locked(self.home):
            self.journal.begin()
        seal(folder, run)
        with locked(self.home):
            self._tell_added()

    def admit(self, folder: Path) -> None:
        """Make a finished run's folder, whose files were checked, a version of this project: an imported one. Raises StorageError."""
        run = checked_record(folder)
        with locked(self.home):
            self.journal.begin()
        keep_blob(self.home, folder / WEIGHTS, run.adapter_hash)
        durable.move_folder(folder, self.runs / run.id)
        with locked(self.home):
            self._tell_added()

    def _tell_added(self) -> None:
        """Write the lines of versions that are finished and that the journal does not know: the new one, and what a kill left."""
        told = self._added()
        new = [Event(event="add", version=run_id, when=now()) for run_id in self.versions() if run_id not in told]
        if new:
            self.journal.check()
            self.journal.append(*new)

    def told(self, run_id: str) -> None:
        """Note that a version's training came to its end: it was decided whether it goes live, and a person was told."""
        durable.remove_file(held(self.home, run_id))

    def untold(self) -> list[str]:
        """Return the versions whose training was broken off after they were made and before that, oldest first."""
        return [run_id for run_id in self.versions() if held(self.home, run_id).exists()]

    def versions(self) -> list[str]:
        """Return the ids of all finished runs, oldest first."""
        return [name for name in self._folders() if (self.runs / name / RECORD).is_file()]

    def unfinished(self) -> list[str]:
        """Return the ids of the runs that have begun and can be resumed, oldest first. A version that lost its record is none."""
        begun = [name for name in self._folders() if not (self.runs / name / RECORD).exists()]
        return [name for name in begun if name not in self._added()] if begun else []

    def _added(self) -> set[str]:
        return {event.version for event in self.journal.events() if event.event == "add"}

    def _folders(self) -> list[str]:
        return sorted(path.name for path in self.runs.iterdir() if path.is_dir()) if self.runs.is_dir() else []

    def get(self, reference: str) -> Run:
        """Return the version that an id, the beginning of one, a tag or `live` means.

        Raises RegistryError when there is none (naming those there are), several, or its record is damaged.
        """
        run_id = self._id(reference)
        tags = tuple(name for name, version in self.journal.tags().items() if version == run_id)
        return dataclasses.replace(checked_record(self.runs / run_id), tags=tags)

    def has(self, reference: str) -> bool:
        """Return whether `get` would find a version of this name."""
        try:
            self._id(reference)
        except RegistryError:
            return False
        return True

    def _id(self, reference: str) -> str:
        if reference == "live":
            reference = self.live or ""
            if not reference:
                raise find.nothing_live(self.versions())
        if find.is_epoch(reference):
            raise find.epoch_no_version(reference)
        lost = self.journal.tag_faults() if reference not in self.versions() else {}
        if reference in lost:
            raise find.tag_damaged(reference, self.journal.tag_folder / f"{reference}.json", lost[reference])
        if reference in self._added() and reference not in self.versions():
            raise find.version_lost(reference, self.runs / reference / RECORD)
        return find.one(reference, self.versions(), self.tags, self.unfinished())

    @property
    def live(self) -> str | None:
        """The id of the live version, or None: also where it holds rows to be forgotten. Raises RegistryError for a damaged pointer."""
        pointed = self.pointed
        return None if pointed in self.forgotten else pointed

    @property
    def pointed(self) -> str | None:
        """The id that the pointer holds, forgotten or not."""
        event = self.journal.live()
        return event.version if event is not None else None

    @property
    def tags(self) -> dict[str, str]:
        """The version of each tag, by name."""
        return self.journal.tags()

    def promote(self, reference: str, reason: str) -> str:
        """Make a version live, after checking its files, and return its id. Raises RegistryError.

        This is also the way out of a damaged pointer or history: the damaged history is kept beside a new one.
        """
        with locked(self.home):
            run_id = self._id(reference)
            self.adapter_folder(run_id)
            self.journal.mend()
            return self._move("promote", run_id, reason)

    def rollback(self, reference: str | None, reason: str) -> str:
        """Make the version that was live before the live one live again, or the one named. Returns its id.

        Each further rollback goes one version further back. Raises RegistryError when there is none before.
        """
        with locked(self.home):
            if reference is None:
                self.journal.check()  # it tells what was live before
            before = self.journal.was_live()[:-1]
            if reference is None and not before:
                raise RegistryError(
                    "there is no version to roll back to",
                    seen=f"live: {self.live or 'none'}, and none was live before it",
                    remedy="name a version (burnish log shows them), or use the untrained model: burnish chat base",
                )
            return self._move("rollback", self._id(reference or before[-1]), reason)

    def forget(self, source: str, versions: Sequence[str]) -> None:
        """Mark versions that hold rows of a source: none of them can be made live again. Raises StorageError."""
        if not versions:
            return
        with locked(self.home):
            self.journal.check()
            self.journal.append(*(Event(event="forget", version=one, when=now(), reason=source) for one in versions))

    @property
    def forgotten(self) -> dict[str, str]:
        """The source that was to be forgotten, by version that holds it."""
        return {event.version: event.reason for event in self.journal.events() if event.event == "forget"}

    def _move(self, event: str, run_id: str, reason: str) -> str:
        source = self.forgotten.get(run_id)
        if source is not None:
            raise RegistryError(
                f"version {run_id} was trained on rows that were to be forgotten, and is not made live",
                seen=f"{source} was removed with burnish forget",
                remedy="choose another version (burnish log), or train the remaining rows again",
            )
        weights = self.adapter_folder(run_id).parent / WEIGHTS
        self.journal.check()
        self._tell_added()
        keep_blob(self.home, weights, durable.sha256_of(weights))  # again, where the kept copy was damaged or lost
        self.journal.move(event, run_id, reason)
        return run_id

    def tag(self, name: str, reference: str) -> str:
        """Give a version a name, moving it from another version that had it. Returns the id. Raises RegistryError."""
        if not TAG.fullmatch(name) or name in {"live", "base"}:
            raise RegistryError(
                f"{name!r} cannot be a tag",
                seen="a word that means something already" if name in {"live", "base"} else name,
                remedy="begin with a letter; then letters, digits, '.', '_' and '-', at most 64 in all",
            )
        with locked(self.home):
            run_id = self._id(reference)
            self.journal.check()
            self._tell_added()
            self.journal.set_tag(name, run_id)
            return run_id

    def log(self) -> list[dict[str, JSON]]:
        """Return the versions, oldest first: version parents method rows verdict broken live created tags reason forgotten.

        `reason` is why the version was last made live, "" when it never was; `forgotten` the source it holds that was removed, or
        "". A damaged record has the verdict "damaged".
        """
        live, forgotten = self.live, self.forgotten
        reasons = {event.version: event.reason for event in self.journal.events() if event.number}
        return [
            {
                **self._summary(run_id),
                "live": run_id == live,
                "reason": reasons.get(run_id, ""),
                "forgotten": forgotten.get(run_id, ""),
            }
            for run_id in self.versions()
        ]

    def _summary(self, run_id: str) -> dict[str, JSON]:
        try:
            run = self.get(run_id)
        except RegistryError:
            return {
                "version": run_id,
                "parents": [],
                "method": "",
                "rows": 0,
                "verdict": "damaged",
                "broken": False,
                "created": "",
                "tags": [],
            }
        return {
            "version": run.id,
            "parents": list(run.parents),
            "method": run.method,
            "rows": run.rows,
            "verdict": run.verdict,
            "broken": bool(run.broken),
            "created": run.created,
            "tags": list(run.tags),
        }

    def adapter_folder(self, reference: str) -> Path:
        """Return a version's adapter folder, after checking every file of the version by sha256. Raises RegistryError."""
        self.settle()
        run = self.get(reference)
        folder = self.runs / run.id
        found = faults_of(folder)
        if found:  # perhaps of a folder that was just being replaced
            self.settle()
            found = faults_of(folder)
        faults = [f"{folder / name}: {what}" for name, what in found]
        if faults:
            raise RegistryError(
                f"version {run.id} is not what it was when it was trained", seen="; ".join(faults), remedy=self._way_out(run)
            )
        return folder / "adapter"

    def replace_folder(self, run_id: str, name: str, write: Callable[[Path], None]) -> None:
        """Let `write` make a folder of a version anew, and put it in the old one's place; its manifest knows the new files.

        A kill leaves the old folder, or a new one that whoever comes next puts in place. Raises RegistryError and StorageError.
        """
        replace_folder(self.home, run_id, name, write)

    def settle(self) -> None:
        """Put in place what a killed `replace_folder` left whole; where nothing may be written the files tell of it themselves."""
        with contextlib.suppress(StorageError):
            settle(self.home)

    def chain(self, reference: str) -> list[str]:
        """Return a version and all it comes from, the oldest first. Raises RegistryError when one of them is not there."""
        found: list[str] = []
        waiting = [self._id(reference)]
        while waiting:
            run = self.get(waiting.pop())
            missing = [parent for parent in run.parents if not self.has(parent)]
            if missing:
                raise find.parent_missing(run.id, missing)
            found.append(run.id)
            waiting += [parent for parent in run.parents if parent not in (*found, *waiting)]
        return sorted(found)

    def _way_out(self, run: Run) -> str:
        blob = self.home / "blobs" / run.adapter_hash
        if not changed(blob, run.adapter_hash) and changed(self.runs / run.id / WEIGHTS, run.adapter_hash):
            return f"a whole copy of the weights is {blob}: copy it over the damaged file"
        return "choose another version (burnish log), or train it again"

    def fsck(self) -> list[dict[str, str]]:
        """Check every file of every version, the blobs, `live`, the tags and the journal. Returns the faults: version file what."""
        self.settle()
        return fsck.faults(self.home, self.versions(), self.journal)

    def mend(self, *, repoint: bool = False) -> list[dict[str, str]]:
        """Mend what can be mended without loss, and return what was done: version file what. No file of a version is touched.

        With `repoint` the whole version that was live last is made live where the pointer is damaged, gone or points to none. Raises
        RegistryError where the history tells of none, or lost lines (it might be a forgotten or a rejected one), and StorageError.
        """
        with locked(self.home):
            done = mend.mend(self.home, self.versions(), self.journal)
            if self.journal.path.exists():
                self._tell_added()  # of the versions that a damaged history forgot
        if repoint and any(fault["file"] == "live" for fault in self.fsck()):
            last = mend.live_before(self.home, self.journal, self.forgotten)
            if last is None:
                candidates = mend.promotable(self.home, self.versions(), self.forgotten)
                raise find.not_repointed(candidates, self.versions(), lost=mend.lost_lines(self.journal))
            self.promote(last, "burnish fsck: the pointer was lost, and of the whole versions this was live last")
            done.append({"version": last, "file": "live", "what": "it points to the whole version that was live last"})
        return done


def _id_of(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(seconds))}-{rest * 65536 // 1_000_000_000:04x}"
