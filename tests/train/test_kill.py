"""Real SIGKILLs: a run that is killed at any durable operation goes on to the adapter of the run that was not."""

from __future__ import annotations

import os
import signal

import pytest
from train_toys import finished, job, plan

from burnish import durable

KILLS = 10


def _in_a_child(work):
    """Run `work` in a forked process and return the signal that ended it, or 0."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            os._exit(1)
    status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _operations(base, folder):
    """Return (the adapter's sha256 of an unkilled run, how many durable operations it makes)."""
    seen = []
    durable.FAULT_HOOK = lambda operation, _path: seen.append(operation)
    try:
        return finished(job(base, folder, plan=plan(epochs=2), resume=True)).adapter_hash, len(seen)
    finally:
        durable.FAULT_HOOK = None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_killed_run_resumed_has_the_unkilled_runs_adapter(base, tmp_path):
    """Killed at ten operations spread over the whole run, each resumed: ten times the sha256 of the unkilled run."""
    expected, total = _operations(base, tmp_path / "straight")

    def killed_at(number, folder):
        count = 0

        def hook(_operation, _path):
            nonlocal count
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

        durable.FAULT_HOOK = hook
        finished(job(base, folder, plan=plan(epochs=2), resume=True))

    hashes = []
    for kill in range(KILLS):
        number, folder = 1 + kill * (total - 1) // (KILLS - 1), tmp_path / f"kill-{kill}"

        assert _in_a_child(lambda number=number, folder=folder: killed_at(number, folder)) == signal.SIGKILL
        hashes.append(finished(job(base, folder, plan=plan(epochs=2), resume=True)).adapter_hash)

    assert KILLS * [expected] == hashes
    assert total > 30
