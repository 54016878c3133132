"""The one door to the disk."""

from __future__ import annotations

import errno
import os
import pickle

import pytest

from burnish import durable
from burnish.errors import BurnishError, DataError, StorageError


@pytest.fixture
def _no_hook():
    yield
    durable.FAULT_HOOK = None


@pytest.mark.usefixtures("_no_hook")
@pytest.mark.parametrize("number", range(1, 5))
def test_a_fault_at_any_step_leaves_the_old_or_the_new(tmp_path, number):
    """Whatever step fails, the file is whole: the old content or the new, and no temporary file stays."""
    path = tmp_path / "state.json"
    durable.write_text(path, "old")
    count = 0

    def fail(operation, _path):
        nonlocal count
        count += 1
        if count == number:
            raise OSError(errno.ENOSPC, "No space left on device")

    durable.FAULT_HOOK = fail
    with pytest.raises(StorageError) as caught:
        durable.write_text(path, "new")

    assert path.read_text() == ("old" if number < 4 else "new")
    assert os.listdir(tmp_path) == ["state.json"]
    assert "free some disk space" in caught.value.remedy


def test_the_steps_are_in_the_order_that_survives_power_loss(tmp_path):
    """Content is fsynced before the rename, and the folder after it."""
    steps = []
    durable.FAULT_HOOK = lambda operation, _path: steps.append(operation)
    try:
        durable.write_bytes(tmp_path / "x", b"1")
    finally:
        durable.FAULT_HOOK = None

    assert steps == ["write", "fsync", "rename", "fsync-folder"]


def test_a_moved_file_takes_the_place_and_both_folders_know(tmp_path):
    """What stood there is replaced, and the names in both folders are durable, the new one first."""
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "x").write_text("new")
    (tmp_path / "x").write_text("old")
    steps = []
    durable.FAULT_HOOK = lambda operation, path: steps.append((operation, path.name))
    try:
        durable.move_file(tmp_path / "next" / "x", tmp_path / "x")
    finally:
        durable.FAULT_HOOK = None
    with pytest.raises(StorageError, match="cannot write"):
        durable.move_file(tmp_path / "next" / "x", tmp_path / "x")

    assert (tmp_path / "x").read_text() == "new"
    assert os.listdir(tmp_path / "next") == []
    assert steps == [("rename", "x"), ("fsync-folder", tmp_path.name), ("fsync-folder", "next")]


def test_a_torn_last_line_is_ended_first(tmp_path):
    """A line appended after a kill does not grow onto the torn one."""
    path = tmp_path / "log"
    path.write_text('{"a":1}\n{"b":')
    durable.append_line(path, '{"c":3}')

    assert path.read_text().splitlines() == ['{"a":1}', '{"b":', '{"c":3}']


def test_no_permission_names_the_path(tmp_path):
    """A folder where a file should be is one block with the path and a remedy."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(StorageError) as caught:
        durable.write_text(tmp_path / "taken", "x")

    assert str(tmp_path / "taken") in caught.value.what
    assert caught.value.remedy


def test_errors_have_three_parts_and_survive_pickling():
    """What, seen and remedy come back from another process."""
    error = DataError("bad row", seen="x", remedy="mend it")
    again = pickle.loads(pickle.dumps(error))

    assert (again.what, again.seen, again.remedy, type(again)) == ("bad row", "x", "mend it", DataError)
    assert str(error) == "bad row\n  seen: x\n  do:   mend it"
    assert issubclass(StorageError, OSError)
    assert issubclass(StorageError, BurnishError)


@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_place_that_is_no_files_is_left_as_it_is(tmp_path, through_a_link):
    """What is a pipe or a device stays one: a rename over /dev/null would take it from everybody on the machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    place = tmp_path / "link" if through_a_link else pipe
    if through_a_link:
        place.symlink_to(pipe)
    for write in (lambda: durable.write_text(place, "x"), lambda: durable.growing(place).__enter__()):
        with pytest.raises(StorageError, match="cannot write") as caught:
            write()

        assert "no ordinary file" in caught.value.seen
    assert pipe.is_fifo()
    assert place.is_symlink() == through_a_link
    assert sorted(os.listdir(tmp_path)) == sorted({"pipe", place.name})


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system shows no open files there")
def test_an_open_file_of_the_system_is_no_place_for_a_file(tmp_path):
    """What /dev/stdout leads to may be a plain file, yet its name is the system's: nothing is renamed onto it."""
    with (tmp_path / "rows").open("w") as file, pytest.raises(StorageError) as caught:
        durable.write_text(durable.Path(f"/proc/self/fd/{file.fileno()}"), "x")

    assert "no ordinary file" in caught.value.seen


def test_a_folder_is_told_before_anything_is_written(tmp_path, monkeypatch):
    """Where a folder stands, also as `.`, the remedy is to name a file, and nothing was written beside it."""
    monkeypatch.chdir(tmp_path)
    for place in (durable.Path(), tmp_path):
        with pytest.raises(StorageError) as caught:
            durable.write_text(place, "x")

        assert (caught.value.seen, caught.value.remedy) == ("a folder stands there", "name a file in it")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "write", [lambda path: durable.write_lines(path, ["x\n"]), lambda path: durable.write_private(path, "x")]
)
def test_what_a_killed_process_left_of_rows_and_keys_is_swept(tmp_path, monkeypatch, write):
    """A hidden copy of private rows, or of a key, goes with the next try; what a living process is writing stays."""
    monkeypatch.setattr(durable, "alive", lambda process: process == 7)
    for owner in (7, 8):
        (tmp_path / f".rows.{owner}.abc.tmp").write_text("private")
    write(tmp_path / "rows")

    assert sorted(os.listdir(tmp_path)) == [".rows.7.abc.tmp", "rows"]
