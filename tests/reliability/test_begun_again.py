"""The same words again go on with the run they began; two processes never train one run; many register at once."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest
from toy_runs import fill

from burnish import durable
from burnish.errors import RegistryError
from burnish.flow.unfinished import begun
from burnish.registry.home import make_home
from burnish.registry.store import Registry

ASKED = {"data": "/rows.jsonl", "model": None, "recipe": {"train.epochs": 2}, "suites": (), "start": "base", "data_hash": "1"}


@pytest.fixture
def registry(tmp_path):
    """Return the registry of an empty project."""
    return Registry(make_home(tmp_path))


def _begin(registry, **changes):
    run_id, folder = registry.new_run()
    durable.write_json(folder / "request.json", {**ASKED, **changes})
    return run_id


def test_the_newest_run_of_the_same_words_is_taken_up(registry):
    """Of two unfinished runs of one request, the newer; with other rows, another start or a finished run, none."""
    _begin(registry)
    newer = _begin(registry)
    _begin(registry, data_hash="2")
    _begin(registry, start="20261121-093000-7f3a")
    registry.new_run()  # killed before its request was written

    assert begun(registry, ASKED) == newer
    assert begun(registry, {**ASKED, "recipe": {"train.epochs": 3}}) is None
    registry.add(fill(registry, newer, registry.runs / newer))
    assert begun(registry, ASKED) != newer


def _hold(home, run_id, ready):
    with Registry(home).training(run_id):
        ready.set()
        signal.pause()


def test_a_run_that_is_being_trained_is_left_to_its_process(registry):
    """While another process trains it, it is not taken up, and training it is refused naming the process; killed, it is free."""
    run_id = _begin(registry)
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    process = context.Process(target=_hold, args=(registry.home, run_id, ready), daemon=True)
    process.start()
    ready.wait()
    with pytest.raises(RegistryError) as caught, registry.training(run_id):
        pass
    seen = begun(registry, ASKED)
    process.kill()
    process.join()

    assert seen is None
    assert str(process.pid) in caught.value.seen
    assert begun(registry, ASKED) == run_id
    with registry.training(run_id):
        assert registry.busy(run_id)


def _register(home, number):
    registry = Registry(home)
    for count in range(number):
        parents = tuple(registry.versions()[-1:])
        run_id, folder = registry.new_run()
        registry.add(fill(registry, run_id, folder, f"{os.getpid()} {count}".encode(), parents))


def test_eight_processes_that_register_at_once_lose_no_version(registry, monkeypatch):
    """Eight processes, eight versions each: 64 whole versions, each told once, each from an older one: no gap, no circle."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)  # forked children have it so; what is synced is another test's
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_register, args=(registry.home, 8)) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    versions = registry.versions()
    added = [event.version for event in registry.journal.events() if event.event == "add"]

    assert [process.exitcode for process in processes] == [0] * 8
    assert len(versions) == 64
    assert sorted(added) == versions
    assert all(parent < one for one in versions for parent in registry.get(one).parents)
    assert registry.fsck() == []


def _rollback(home, number):
    count = 0

    def die(_operation, _path):
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    durable.FAULT_HOOK = die
    Registry(home).rollback(None, "rude")


def test_a_rollback_under_kill_is_old_or_new(registry):
    """Killed at each operation of a rollback: live is the one or the other, fsck is clean, and the next rollback works."""
    versions = []
    for number in range(2):
        run_id, folder = registry.new_run()
        registry.add(fill(registry, run_id, folder, f"{number}".encode()))
        registry.promote(run_id, "good")
        versions.append(run_id)
    seen = []
    for number in range(1, 10):
        process = multiprocessing.get_context("fork").Process(target=_rollback, args=(registry.home, number))
        process.start()
        process.join()
        seen.append(registry.live)

        assert process.exitcode == -signal.SIGKILL
        assert registry.fsck() == []
        registry.promote(versions[1], "again")

    assert set(seen) == set(versions)
