"""A folder of a finished version replaced: a kill at any step leaves the old one or the new one, and a project that is whole."""

from __future__ import annotations

import errno
import shutil

import pytest
from toy_runs import fill

from burnish import durable
from burnish.errors import RegistryError, StorageError
from burnish.registry.bundle import pack, unpack
from burnish.registry.home import make_home
from burnish.registry.store import Registry

OLD = {"memory.json": "old", "rows.jsonl": "Ann\nBob\n", "vectors.safetensors": "1"}
NEW = {"memory.json": "new", "rows.jsonl": "Bob\n"}


class Killed(BaseException):
    """What a kill is to this process: nothing that follows is done."""


def write(folder, files):
    """Write files as a memory is written."""
    durable.make_folder(folder)
    for name, text in files.items():
        durable.write_text(folder / name, text)


def read(registry, run_id):
    """Return what lies in the version's folder."""
    return {path.name: path.read_text() for path in (registry.runs / run_id / "memory").glob("*")}


@pytest.fixture
def run_id(registry):
    """Add a version with a memory."""
    run_id, folder = registry.new_run()
    write(folder / "memory", OLD)
    registry.add(fill(registry, run_id, folder))
    return run_id


def killed_at(number):
    """Let everything from the so many-th durable operation on fail as if the process were gone; return the list of operations."""
    done = []

    def hook(operation, path):
        done.append((operation, path))
        if len(done) >= number:
            raise Killed

    durable.FAULT_HOOK = hook
    return done


def replace(registry, run_id):
    """Replace the version's memory."""
    registry.replace_folder(run_id, "memory", lambda folder: write(folder, NEW))


def test_the_new_folder_is_there_and_all_else_is_as_it_was(registry, run_id):
    """Files that the new folder has not are gone; the manifest knows the new ones; the other version and the record are untouched."""
    record = (registry.runs / run_id / "run.json").read_bytes()
    replace(registry, run_id)

    assert read(registry, run_id) == NEW
    assert registry.fsck() == []
    assert registry.adapter_folder(run_id).is_dir()
    assert (registry.runs / run_id / "run.json").read_bytes() == record
    assert not list((registry.home / "replacing").glob("*"))


def test_a_kill_at_any_step_leaves_the_old_or_the_new(registry, run_id, tmp_path):
    """Whoever comes next finds a whole project, one of the two folders, and nothing of the old rows beside the new ones."""
    whole = shutil.copytree(registry.home, tmp_path / "whole")
    found, number = [], 0
    while True:
        number += 1
        shutil.rmtree(registry.home)
        shutil.copytree(whole, registry.home)
        try:
            killed_at(number)
            replace(registry, run_id)
            ended = True
        except Killed:
            ended = False
        durable.FAULT_HOOK = None
        again = Registry(registry.home)
        faults, now = again.fsck(), read(again, run_id)
        found.append(now)

        assert (number, faults) == (number, [])
        assert now in (OLD, NEW)
        if now == NEW:
            kept = [path for path in registry.home.rglob("*") if path.is_file() and b"Ann" in path.read_bytes()]
            assert (number, kept) == (number, [])
        replace(again, run_id)
        assert (read(again, run_id), again.fsck()) == (NEW, [])
        assert not [path for path in registry.home.iterdir() if path.name.startswith(".replacing")]
        if ended:
            break

    assert number > 12
    assert found == [OLD] * found.count(OLD) + [NEW] * found.count(NEW)
    assert found.count(OLD) > 3
    assert found.count(NEW) > 3


def test_a_kill_halfway_is_settled_by_whoever_opens_the_version(registry, run_id):
    """Killed between the rename that decides and the end: the next `adapter_folder` puts the new folder in place."""
    number = 0
    while not (registry.home / "replacing" / run_id / "memory").exists():
        number += 1
        killed_at(number)
        with pytest.raises(Killed):
            replace(registry, run_id)
        durable.FAULT_HOOK = None
    Registry(registry.home).adapter_folder(run_id)

    assert read(registry, run_id) == NEW


def test_a_full_disk_changes_nothing(registry, run_id):
    """What cannot be written whole is not begun."""

    def full(operation, path):
        if operation == "fsync" and path.name == "rows.jsonl":
            raise OSError(errno.ENOSPC, "No space left on device")

    durable.FAULT_HOOK = full
    with pytest.raises(StorageError):
        replace(registry, run_id)
    durable.FAULT_HOOK = None

    assert (read(registry, run_id), registry.fsck()) == (OLD, [])
    assert not [path for path in registry.home.iterdir() if path.name.startswith(".replacing")]


def test_a_version_without_a_manifest_is_told(registry, run_id):
    """Nothing is replaced where nobody knows what was there."""
    (registry.runs / run_id / "manifest.json").write_text("{}")

    with pytest.raises(RegistryError, match="manifest of version"):
        replace(registry, run_id)
    assert read(registry, run_id) == OLD


def test_a_bundle_takes_the_folder_along(registry, run_id, tmp_path):
    """Whole, as it is now; in a project that has the version as it was before, it is refused."""
    before, after = tmp_path / "before.burnish", tmp_path / "after.burnish"
    pack(registry, run_id, before)
    replace(registry, run_id)
    pack(registry, run_id, after)
    other = Registry(make_home(tmp_path / "other"))
    unpack(other, after, lambda _: None)

    assert read(other, run_id) == NEW
    assert other.fsck() == []
    with pytest.raises(RegistryError):
        unpack(other, before, lambda _: None)
    assert read(other, run_id) == NEW
