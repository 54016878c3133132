"""A full disk and a failing one: told in one block, nothing lost, and the same command succeeds afterwards."""

from __future__ import annotations

import errno

import pytest
from faults import Bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory, toy_folder):
    """Return a project of two toy versions, trained once."""
    return Bench(tmp_path_factory.mktemp("bench"), toy_folder)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("name", ["promote", "rollback"])
def test_a_fault_at_every_operation_of_a_move(bench, name, code):
    """Told of a fault means not moved, so that the same words never go two versions back."""
    for number in range(1, 1 + len(bench.operations(name))):
        assert bench.fault(name, number, code) == []


@pytest.mark.parametrize(("name", "every"), [("new", 7), ("tag", 4), ("import", 41), ("generate", 2), ("evaluate", 5)])
def test_faults_over_a_command_that_writes(bench, name, every):
    """Some operations of each command (the benchmark tries all): the disk is full from there on."""
    for number in range(1, 1 + len(bench.operations(name)), every):
        assert bench.fault(name, number, errno.ENOSPC) == []


def test_a_full_disk_in_a_training(bench):
    """The disk is full at the first checkpoint: the run is unfinished, nothing else changed, and training succeeds afterwards."""
    operations = bench.operations("train on")
    number = next(n for n, (operation, path) in enumerate(operations, 1) if (operation, path.name) == ("fsync", "state.json"))

    assert bench.fault("train on", number, errno.ENOSPC) == []
