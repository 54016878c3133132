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
