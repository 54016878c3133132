"""The newest checkpoint in 17 half-written forms: each is passed over for the one before it."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from test_checkpoint import position, saved, tensors

from burnish.train.checkpoint import newest

TENSORS, STATE = "tensors.safetensors", "state.json"


def _cut(path, part):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])


def _bit(path, part):
    content = bytearray(path.read_bytes())
    content[int(len(content) * part)] ^= 1
    path.write_bytes(content)


def _swap(one, other):
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)


def _step(path):
    state = json.loads(path.read_text())
    state["position"]["step"] = 1
    path.write_text(json.dumps(state))


FORMS = {
    "no tensors": lambda new, old: (new / TENSORS).unlink(),
    "no state": lambda new, old: (new / STATE).unlink(),
    "an empty folder": lambda new, old: [path.unlink() for path in new.iterdir()],
    "tensors empty": lambda new, old: (new / TENSORS).write_bytes(b""),
    "state empty": lambda new, old: (new / STATE).write_bytes(b""),
    "tensors cut in half": lambda new, old: _cut(new / TENSORS, 0.5),
    "tensors cut by a byte": lambda new, old: _cut(new / TENSORS, 0.9999),
    "state cut in half": lambda new, old: _cut(new / STATE, 0.5),
    "tensors zeroed": lambda new, old: (new / TENSORS).write_bytes(bytes((new / TENSORS).stat().st_size)),
    "state zeroed": lambda new, old: (new / STATE).write_bytes(bytes((new / STATE).stat().st_size)),
    "tensors with more": lambda new, old: (new / TENSORS).write_bytes((new / TENSORS).read_bytes() + b"\0"),
    "a bit of the header": lambda new, old: _bit(new / TENSORS, 0.01),
    "a bit of the weights": lambda new, old: _bit(new / TENSORS, 0.9),
    "a bit of the state": lambda new, old: _bit(new / STATE, 0.5),
    "tensors of the one before": lambda new, old: shutil.copy(old / TENSORS, new / TENSORS),
    "tensors and state swapped": lambda new, old: _swap(new / TENSORS, new / STATE),
    "another step": lambda new, old: _step(new / STATE),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_half_written_newest_checkpoint_is_passed_over(tmp_path, form):
    """The one before is read, bit for bit, and the run comes by this step again and saves it whole."""
    old = saved(tmp_path, 1)
    new = saved(tmp_path, 2)
    FORMS[form](new, old)
    found, read = newest(tmp_path)
    saved(tmp_path, 2)

    assert found == position(1, epoch_step=1)
    assert all(torch.equal(read[name], tensor) for name, tensor in tensors(1).items())
    assert newest(tmp_path)[0].step == 2


def test_there_are_seventeen_forms():
    """As many as the field's usual trainer was tried with."""
    assert len(FORMS) == 17
