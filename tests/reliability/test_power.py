"""A loss of power at any moment: what a person was told of is there, and nothing is broken."""

from __future__ import annotations

import os
import shutil

import pytest
from power import Recorder, put
from toy_runs import fill

from burnish import durable
from burnish.errors import BurnishError
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from toys import SEED


def _recorded(folder, number_of_versions=2):
    """Make two toy versions, promote both, tag the last and roll back, as a person would; return what was seen."""
    root = folder / "root"
    root.mkdir()
    with Recorder(root, SEED) as seen:
        registry = Registry(make_home(root / "project"))
        versions = []
        for number in range(number_of_versions):
            run = _trained(registry, folder / f"scratch-{number}", number, versions[-1:])
            registry.add(run)
            versions.append(run.id)
            live = seen.acknowledged[1] if seen.acknowledged else None
            seen.acknowledge(tuple(versions), live, None)
            if number < 2:
                registry.promote(run.id, "good")
                seen.acknowledge(tuple(versions), run.id, None)
        registry.tag("best", versions[-1])
        seen.acknowledge(tuple(versions), versions[1], versions[-1])
        registry.rollback(None, "rude")
        seen.acknowledge(tuple(versions), versions[0], versions[-1])
    return seen


def _trained(registry, scratch, number, parents):
    """Write a run's files as a training does: its log without fsync, a checkpoint that is removed, the rest whole."""
    run_id, folder = registry.new_run()
    scratch.mkdir()
    run = fill(registry, run_id, scratch, b"weights" * (number + 1), tuple(parents))
    durable.write_text(folder / "checkpoints" / "state.json", "{}")
    for path in sorted(path for path in scratch.rglob("*") if path.is_file()):
        if path.name == "events.jsonl":
            durable.append_line(folder / path.name, "step 1")
        else:
            durable.write_bytes(folder / path.relative_to(scratch), path.read_bytes())
    durable.remove_folder(folder / "checkpoints")
    return run


def _broken(seen, folder):
    """Yield what is broken in each state that is. The states are of what was recorded; checking them needs no fsync."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        for number, (acknowledged, state) in enumerate(seen.states):
            root = folder / str(number)
            root.mkdir(parents=True)
            put(root, state)
            fault = _fault(root / "project" / ".burnish", *(acknowledged or ((), None, None)))
            if fault:
                yield fault
            shutil.rmtree(root)


def _fault(home, versions, live, tag):
    registry = Registry(home)
    try:
        for version in versions:
            registry.adapter_folder(version)
        if live is not None and registry.live is None:
            return "no version is live"
        if tag is not None and registry.get("best").id != tag:
            return "the tag is gone"
        faults = registry.fsck()
        if not faults and versions:
            registry.promote(versions[0], "after the loss")
            faults = registry.fsck()
    except BurnishError as error:
        return str(error)
    return str(faults[0]) if faults else ""


def test_every_state_a_loss_of_power_could_leave_is_whole(tmp_path):
    """Versions, live and tag that were told are there in every state; fsck is clean; the next command works."""
    seen = _recorded(tmp_path)

    assert list(_broken(seen, tmp_path / "states")) == []
    assert len(seen.states) > 200
    assert seen.operations > 150
    assert seen.broken_off == 0


def _no_fsync(monkeypatch):
    monkeypatch.setattr(durable, "_sync_file", lambda _path: None)


def _no_folder_fsync(monkeypatch):
    monkeypatch.setattr(durable, "sync_folder", lambda _path: None)


def _in_place(monkeypatch):
    def write_with(path, writer):
        durable.make_folder(path.parent)
        path.unlink(missing_ok=True)
        writer(path)
        durable._sync_file(path)
        durable.sync_folder(path.parent)

    monkeypatch.setattr(durable, "write_with", write_with)


def _no_sync_of_logs(monkeypatch):
    monkeypatch.setattr(durable, "sync_files", lambda _path: None)


@pytest.mark.parametrize("mutant", [_no_fsync, _no_folder_fsync, _in_place, _no_sync_of_logs])
def test_a_careless_writer_is_found_out(tmp_path, monkeypatch, mutant):
    """Without fsync of files, of folders or of logs, or writing in place, some state is broken: the test above can fail."""
    mutant(monkeypatch)
    seen = _recorded(tmp_path)
    monkeypatch.undo()

    assert next(_broken(seen, tmp_path / "states"), None) is not None
