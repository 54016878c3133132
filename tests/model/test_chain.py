"""Adapters of several sessions put side by side, and merged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from burnish.errors import ModelError
from burnish.model.chain import alpha_for, merge, read_saved, side_by_side
from burnish.model.load import load_model
from burnish.model.lora import adapter_state, attach, detach, load_adapter, load_state, save_adapter
from plan_toys import PLAN

IDS = torch.arange(30)[None]


def _logits(model):
    with torch.no_grad():
        return model(input_ids=IDS, use_cache=False).logits


def _saved(folder, model, seed, **numbers):
    """Save an adapter of random weights and return its folder; the model is left as it was."""
    tuned = attach(model, replace(PLAN, **numbers))
    torch.manual_seed(seed)
    load_state(tuned, {name: 0.1 * torch.randn_like(tensor) for name, tensor in adapter_state(tuned).items()})
    save_adapter(tuned, folder, "toy")
    detach(tuned)
    return folder


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"lora_rank": 4, "lora_alpha": 8}, {"lora_rank": 2, "lora_alpha": 4}),
        ({"lora_rank": 4, "lora_alpha": 4}, {"lora_rank": 4, "lora_alpha": 12}),
        ({"lora_rank": 4, "lora_alpha": 8, "lora_rslora": True}, {"lora_rank": 2, "lora_alpha": 4}),
        ({"lora_rank": 4, "lora_targets": ("q_proj", "v_proj")}, {"lora_rank": 2, "lora_targets": ("v_proj", "down_proj")}),
    ],
)
def test_side_by_side_is_the_sum_of_both(first, second, toy_folder, tmp_path):
    """One stock adapter has exactly the effect of merging one and putting the other on top, whatever their ranks and scales."""
    model = load_model(toy_folder, dtype="float32")
    one = read_saved(_saved(tmp_path / "one", model, 1, **first))
    other_folder = _saved(tmp_path / "other", model, 2, **second)
    other = read_saved(other_folder)

    state = side_by_side(one, other.state, other.rank, other.scale)
    rank = one.rank + other.rank
    plan = replace(PLAN, **{**second, "lora_rank": rank, "lora_targets": tuple(sorted({*one.targets, *other.targets}))})
    tuned = attach(model, plan)
    load_state(tuned, state)
    both = {"r": rank, "lora_alpha": alpha_for(rank, other.scale, rslora=other.rslora), "use_rslora": other.rslora}
    save_adapter(tuned, tmp_path / "both", "toy", state=state, changed=both)
    detach(tuned)
    together = _logits(load_adapter(load_model(toy_folder, dtype="float32"), tmp_path / "both"))

    base = load_model(toy_folder, dtype="float32")
    merge(base, one)
    expected = _logits(load_adapter(base, other_folder))

    assert (together - _logits(model)).abs().max() > 0.1
    assert torch.allclose(together, expected, atol=2e-4), (together - expected).abs().max()


def test_merging_is_what_the_adapter_does(toy_folder, tmp_path):
    """Merged weights give the logits of the adapter on its base."""
    model = load_model(toy_folder, dtype="float32")
    folder = _saved(tmp_path / "one", model, 1)
    expected = _logits(load_adapter(load_model(toy_folder, dtype="float32"), folder))

    merge(model, read_saved(folder))

    assert torch.allclose(_logits(model), expected, atol=2e-4)


def test_an_adapter_of_another_model_changes_nothing(toy_folder, tmp_path):
    """A module that the model does not have is named, and no weight has been touched."""
    model = load_model(toy_folder, dtype="float32")
    saved = read_saved(_saved(tmp_path / "one", model, 1))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    saved.state["base_model.model.model.layers.9.mlp.up_proj.lora_A.weight"] = torch.zeros(1)

    with pytest.raises(ModelError, match="another model"):
        merge(model, saved)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"r": "8"}, "r = '8'"),
        ({"use_dora": True}, "use_dora"),
        ({"rank_pattern": {"q_proj": 2}}, "rank_pattern"),
        ({"r": 3}, "rank 3"),
        ({"bias": "all"}, "bias"),
        ({"init_lora_weights": "pissa"}, "init_lora_weights"),
        ({"init_lora_weights": "olora"}, "init_lora_weights"),
        ({"alora_invocation_tokens": [5]}, "alora_invocation_tokens"),
        ({"layer_replication": [[0, 2], [1, 2]]}, "layer_replication"),
    ],
)
def test_an_adapter_of_another_kind_is_refused(changed, said, toy_folder, tmp_path):
    """What cannot be put beside another adapter is named."""
    folder = _saved(tmp_path / "one", load_model(toy_folder, dtype="float32"), 1)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, **changed}))

    with pytest.raises(ModelError) as caught:
        read_saved(folder)
    assert said in caught.value.seen
