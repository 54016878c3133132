"""Checkpoints: whole or not there."""

from __future__ import annotations

import json

import pytest
import torch
from train_toys import SEED

from burnish import durable
from burnish.train import checkpoint
from burnish.train.checkpoint import Position, newest, save


def position(step, **more):
    """Return a position at a step."""
    return Position(key="k", threads=1, step=step, **more)


def tensors(step):
    """Return tensors that differ from step to step."""
    torch.manual_seed(SEED + step)
    return {"adapter/a": torch.randn(3, 2), "random/cpu": torch.get_rng_state()}


def saved(folder, *steps):
    """Save a checkpoint within an epoch at each of these steps, and return the last path."""
    return [save(folder, position(step, epoch_step=step), tensors(step)) for step in steps][-1]


def test_what_is_saved_comes_back(tmp_path):
    """Position and tensors are read as they were written, to the last bit."""
    there = position(7, epoch_step=3, seconds=0.1 + 0.2, best_loss=1 / 3, rate_scale=0.5, rewinds=1, ended="")
    save(tmp_path, there, tensors(7))
    found, read = newest(tmp_path)

    assert there == found
    assert all(torch.equal(tensors(7)[name], read[name]) for name in tensors(7))


def test_the_newest_two_are_kept_and_the_newest_between_epochs(tmp_path):
    """Older ones are removed only from what is no longer needed to go back to."""
    save(tmp_path, position(4, epoch=1), tensors(4))
    saved(tmp_path, 5, 6, 7)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "step-000004-epoch-0001-try-0",
        "step-000006-epoch-0000-try-0",
        "step-000007-epoch-0000-try-0",
    ]
    assert newest(tmp_path)[0].step == 7
    assert newest(tmp_path, between_epochs=True)[0].step == 4


def test_a_later_try_is_newer_than_a_later_step(tmp_path):
    """After a rewind, the state that was gone back to is the newest, though its step is smaller."""
    saved(tmp_path, 9)
    save(tmp_path, position(4, rewinds=1), tensors(4))

    assert newest(tmp_path)[0].step == 4


@pytest.mark.parametrize("file", ["state.json", "tensors.safetensors"])
@pytest.mark.parametrize("damage", ["gone", "cut", "a bit"])
def test_a_damaged_one_is_passed_over(tmp_path, file, damage):
    """A file that is missing, cut off, or has one bit turned makes the one before the newest."""
    path = saved(tmp_path, 1, 2) / file
    content = bytearray(path.read_bytes())
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[-20] ^= 1
        path.write_bytes(content)

    assert newest(tmp_path)[0].step == 1


def test_a_changed_number_is_noticed(tmp_path):
    """A position that was edited by hand no longer has its digest, and is passed over."""
    path = saved(tmp_path, 1) / "state.json"
    state = json.loads(path.read_text())
    state["position"]["step"] = 2
    path.write_text(json.dumps(state))

    assert newest(tmp_path) is None


def test_nothing_there_is_none(tmp_path):
    """A folder that does not exist has no checkpoint."""
    assert newest(tmp_path / "none") is None


def test_a_fault_at_any_operation_leaves_a_whole_one(tmp_path):
    """Whatever single operation of a save fails, the newest whole checkpoint is the old one or the new one."""
    seen = set()
    for number in range(1, 100):
        folder = tmp_path / str(number)
        saved(folder, 1, 2)
        count = 0

        def fail(_operation, _path, number=number):
            nonlocal count
            count += 1
            if count == number:
                raise OSError("planted")

        durable.FAULT_HOOK = fail
        try:
            saved(folder, 3)
        except OSError:
            pass
        else:
            break
        finally:
            durable.FAULT_HOOK = None
        step = newest(folder)[0].step
        seen.add(step)
        read = newest(folder)[1]
        checkpoint.clean(folder)

        assert all(torch.equal(tensors(step)[name], read[name]) for name in read)
        assert not [path for path in folder.iterdir() if path.name.startswith(".")]

    assert {2, 3} == seen
    assert number > 10


def test_a_damaged_one_is_replaced_when_the_run_comes_there_again(tmp_path):
    """Saving where a damaged checkpoint lies puts a whole one in its place."""
    path = saved(tmp_path, 1, 2)
    (path / "state.json").unlink()
    saved(tmp_path, 2)

    assert newest(tmp_path)[0].step == 2
