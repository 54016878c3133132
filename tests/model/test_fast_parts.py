"""Parts of the fast step that no comparison of losses notices: what is fed to it, and what stands beyond the first chunk."""

from __future__ import annotations

import pytest
import torch
from test_fast import adapted, gradients, one_by_one, rows, tiny, worst

from burnish.model.fast.attach import put_on
from burnish.model.fast.packed import pack
from burnish.model.logprobs import supervised_loss


def test_packed_rows_each_start_at_place_0():
    """Rotations tell differences only, so no loss shows it; but places beyond the model's range would."""
    packed = pack(rows((3, 1, 4)), torch.device("cpu"))

    assert packed.positions_N.tolist() == [0, 1, 2, 0, 0, 1, 2, 3]
    assert packed.rows.starts == (0, 3, 4, 8)
    assert packed.targets_M.tolist() == packed.ids_N[packed.before_M + 1].tolist()


@pytest.mark.parametrize("family", ["llama", "gemma2"])
def test_targets_beyond_one_chunk_count_as_the_first_ones(family, monkeypatch):
    """Chunks of 7 targets among some 120: the loss and every gradient are PEFT's own."""
    model = adapted(tiny(family))
    loss, expected = one_by_one(model, rows())
    monkeypatch.setattr("burnish.model.fast.head.CHUNK", 7)
    monkeypatch.setattr("burnish.model.logprobs.CHUNK", 7)
    put_on(model)
    packed, _ = supervised_loss(model, rows(), 0)
    packed.backward()

    assert float(packed.detach()) == pytest.approx(loss, rel=1e-6)
    assert worst(gradients(model), expected)[0] < 1e-5


def test_a_loss_may_be_weighed():
    """A step divides the loss by its targets: the gradients are divided too."""
    model = adapted(tiny("llama"))
    put_on(model)
    supervised_loss(model, rows(), 0)[0].backward()
    whole = gradients(model)
    (supervised_loss(model, rows(), 0)[0] / 8).backward()

    assert worst({name: 8 * value for name, value in gradients(model).items()}, whole)[0] < 1e-5


@pytest.mark.parametrize("family", ["llama", "gemma2", "qwen3"])
def test_a_large_epsilon_is_in_every_norm(family):
    """With 0.1 instead of 1e-6 a norm that forgets it, forward or back, is far off."""
    model = adapted(tiny(family, rms_norm_eps=0.1))
    loss, expected = one_by_one(model, rows())
    put_on(model)
    packed, _ = supervised_loss(model, rows(), 0)
    packed.backward()

    assert float(packed.detach()) == pytest.approx(loss, rel=1e-6)
    assert worst(gradients(model), expected)[0] < 1e-5
