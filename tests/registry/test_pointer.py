"""The live pointer: it moves whole, at any kill, by one process at a time, and backwards too."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest
from toy_runs import fill

from burnish import durable
from burnish.errors import RegistryError, StorageError
from burnish.registry import lock
from burnish.registry.store import Registry


def _kill_at(home, version, number):
    count = 0

    def die(_operation, _path):
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    durable.FAULT_HOOK = die
    Registry(home).promote(version, "new")


def _steps_of(action):
    steps = []
    durable.FAULT_HOOK = lambda operation, _path: steps.append(operation)
    action()
    durable.FAULT_HOOK = None
    return len(steps)


def test_promotion_and_rollback_walk_the_history(registry, made):
    """Three versions live in turn; each rollback goes one further back, and the journal keeps all five moves with reasons."""
    one, two, three = made(b"1"), made(b"2"), made(b"3")
    for version in (one, two, three):
        registry.promote(version, "good")
    back = [registry.rollback(None, "rude"), registry.rollback(None, "rude")]
    moves = [(e.event, e.version, e.reason) for e in registry.journal.events() if e.number]
    with pytest.raises(RegistryError) as caught:
        registry.rollback(None, "again")

    assert back == [two, one]
    assert registry.live == one
    assert moves == [
        ("promote", one, "good"),
        ("promote", two, "good"),
        ("promote", three, "good"),
        ("rollback", two, "rude"),
        ("rollback", one, "rude"),
    ]
    assert "no version to roll back to" in caught.value.what


def test_a_version_promoted_twice_is_one_step_back(registry, made):
    """Promoting what is live already does not make rollback stand still."""
    one, two = made(b"1"), made(b"2")
    for version in (one, two, two):
        registry.promote(version, "good")

    assert registry.rollback(None, "") == one


def test_rollback_to_a_named_version(registry, made):
    """A rollback that names a version goes there, and the next one goes further back from there."""
    one, two, three = made(b"1"), made(b"2"), made(b"3")
    for version in (one, two, three):
        registry.promote(version, "good")

    assert registry.rollback(two, "") == two
    assert registry.rollback(None, "") == one


def test_a_damaged_version_never_becomes_live(registry, made):
    """Neither promote nor rollback moves the pointer to an adapter that has changed."""
    one, two = made(b"1"), made(b"2")
    registry.promote(one, "good")
    registry.promote(two, "good")
    weights = registry.runs / one / "adapter" / "adapter_model.safetensors"
    weights.unlink()
    weights.write_bytes(b"x")
    for move in (lambda: registry.promote(one, ""), lambda: registry.rollback(None, "")):
        with pytest.raises(RegistryError):
            move()

    assert registry.live == two


@pytest.mark.parametrize("number", range(1, 11))
def test_a_fault_at_any_step_leaves_the_old_pointer_or_the_new(registry, made, number):
    """Whatever step of a promotion fails: live is old or new, it loads, fsck is clean, and rollback finds the way back."""
    one, two, three = made(b"1"), made(b"2"), made(b"3")
    registry.promote(one, "first")
    registry.promote(two, "second")
    count = 0

    def fail(operation, path):
        nonlocal count
        count += 1
        if count == number:
            raise OSError(5, "Input/output error")

    durable.FAULT_HOOK = fail
    moved = number > 5  # then only the journal was not written, and the pointer carries its line
    if moved:
        registry.promote(three, "third")
    else:
        with pytest.raises(StorageError):
            registry.promote(three, "third")
    durable.FAULT_HOOK = None
    again = Registry(registry.home)

    assert again.live == (three if moved else two)
    assert again.get("live").id == again.live
    assert again.fsck() == []
    assert again.rollback(None, "") == (two if moved else one)
    assert [e.number for e in again.journal.events() if e.number] == list(range(1, 5 if moved else 4))


def test_the_steps_tried_above_are_all_there_are(registry, made):
    """A promotion has nine durable steps where one was live already; if that changes, the test above must too."""
    one, two = made(b"1"), made(b"2")
    registry.promote(one, "good")
    steps = _steps_of(lambda: registry.promote(two, "good"))

    assert steps == 9


@pytest.mark.parametrize("number", range(1, 10))
def test_a_kill_at_any_step_leaves_the_old_pointer_or_the_new(registry, made, number):
    """SIGKILL in another process at each step: the lock is free at once and the state is whole."""
    one, two = made(b"1"), made(b"2")
    registry.promote(one, "first")
    process = multiprocessing.get_context("spawn").Process(target=_kill_at, args=(registry.home, two, number))
    process.start()
    process.join()

    assert process.exitcode == -signal.SIGKILL
    assert registry.live == (two if number > 4 else one)
    assert registry.fsck() == []
    assert registry.promote(two, "again") == two
    assert registry.rollback(None, "") == one


def _as_first_form(journal):
    """Return the lines of a journal without the header and the seal, as it was kept before there were seals."""
    return [line for line in journal.path.read_text().splitlines() if '"event"' in line]


@pytest.mark.parametrize("torn", ['{"event": "promote", "versi', "\x00\x00\x00", ""])
def test_a_torn_journal_of_the_first_form_loses_no_move(registry, made, torn):
    """A kill that tore the last line of an old journal changes neither what is live nor what was live before."""
    one, two = made(b"1"), made(b"2")
    registry.promote(one, "first")
    registry.promote(two, "second")
    registry.journal.path.write_text("".join(line + "\n" for line in _as_first_form(registry.journal)[:-1]) + torn)

    assert registry.journal.was_live() == [one, two]
    assert registry.fsck() == []
    assert registry.rollback(None, "") == one
    assert [e.reason for e in registry.journal.events() if e.number] == ["first", "second", ""]
    assert registry.fsck() == []


@pytest.mark.parametrize("damage", ["a line out", "the seal off", "a letter", "empty", "gone"])
def test_a_changed_journal_is_told_and_mended_by_promote(registry, made, damage):
    """No rollback goes by a history that was changed; versions load; promote keeps the damaged file and goes on."""
    one, two = made(b"1"), made(b"2")
    registry.promote(one, "first")
    registry.promote(two, "second")
    path = registry.journal.path
    lines = path.read_text().splitlines(keepends=True)
    changed = {
        "a line out": lines[:2] + lines[3:],
        "the seal off": lines[:-1],
        "a letter": ["".join(lines).replace("first", "fjrst")],
    }
    path.write_text("".join(changed.get(damage, [])))
    if damage == "gone":
        path.unlink()
    found = registry.fsck()
    for refused in (lambda: registry.rollback(None, ""), lambda: registry.tag("x", one), registry.new_run):
        with pytest.raises(RegistryError) as caught:
            refused()

        assert "journal.jsonl" in caught.value.seen
    loads = registry.adapter_folder("live")
    registry.promote(one, "mended")

    assert [fault["file"] for fault in found] == ["journal.jsonl"]
    assert loads.parent.name == two
    assert registry.live == one
    assert registry.fsck() == []
    assert len(list(registry.home.glob("journal.damaged-*.jsonl"))) == 1
    assert registry.rollback(None, "") == two


def test_a_kill_while_adding_leaves_the_run_unfinished_or_a_version(registry):
    """Whatever step of `add` fails: the run is unfinished and can be added again, or it is a whole version."""
    states = set()
    for number in range(1, 30):
        run_id, folder = registry.new_run()
        run = fill(registry, run_id, folder, weights=str(number).encode())
        count = 0

        def fail(_operation, _path):
            nonlocal count
            count += 1
            if count == number:  # noqa: B023 - called in this turn of the loop only
                raise OSError(28, "No space left on device")

        durable.FAULT_HOOK = fail
        try:
            registry.add(run)
        except StorageError:
            durable.FAULT_HOOK = None
            states.add(run_id in registry.versions())
        else:
            break
        finally:
            durable.FAULT_HOOK = None
        if run_id in registry.unfinished():
            registry.add(run)

        assert registry.get(run_id) == run
        assert registry.fsck() == []

    assert states == {True, False}
    assert number > 10


@pytest.mark.parametrize("damage", ["cut", "a letter", "gone"])
def test_a_damaged_pointer_is_told_and_mended_by_promote(registry, made, damage):
    """A pointer that was cut, changed or removed: every reader is told what to type, and that command works."""
    one = made()
    registry.promote(one, "good")
    pointer = registry.home / "live"
    if damage == "gone":
        pointer.unlink()
    else:
        pointer.write_text({"cut": "{", "a letter": pointer.read_text().replace("good", "goad")}[damage])
    with pytest.raises(RegistryError) as caught:
        registry.get("live")
    found = registry.fsck()
    registry.promote(one, "mended")

    assert "burnish promote VERSION" in caught.value.remedy
    assert [fault["file"] for fault in found] == ["live"]
    assert registry.live == one
    assert registry.fsck() == []


def _hold(home, ready, done):
    with lock.locked(home):
        ready.set()
        done.wait()


def test_a_lock_that_is_held_names_its_process(registry, made, monkeypatch):
    """While another process moves a pointer, promote waits, then says which process it is; a dead one holds nothing."""
    context = multiprocessing.get_context("spawn")
    one = made()
    ready, done = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(registry.home, ready, done), daemon=True)
    process.start()
    ready.wait()
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0.1)
    with pytest.raises(RegistryError) as caught:
        registry.promote(one, "good")
    process.kill()
    process.join()

    assert str(process.pid) in caught.value.seen
    assert registry.promote(one, "good") == one


def _promote_often(home, version):
    registry = Registry(home)
    for _ in range(20):
        registry.promote(version, "race")


def test_two_processes_that_promote_at_once_lose_no_move(registry, made):
    """Forty promotions from two processes: forty moves in the journal, numbered without gap."""
    versions = [made(b"1"), made(b"2")]
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_promote_often, args=(registry.home, version)) for version in versions]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0]
    assert [e.number for e in registry.journal.events() if e.number] == list(range(1, 41))
    assert registry.live in versions
