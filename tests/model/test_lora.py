"""Adapters as stock PEFT folders."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

import plan_toys
from burnish import durable
from burnish.errors import ModelError
from burnish.model.load import load_model
from burnish.model.lora import ALIVE, adapter_state, attach, detach, effect, load_adapter, load_state, read_state, save_adapter
from burnish.model.quiet import quiet
from toys import SEED

IDS = [72, 101, 108, 108, 111, 33]
PLAN = replace(
    plan_toys.PLAN,
    lora_dropout=0.0,
    lora_targets=("q_proj", "down_proj"),
    epochs=1,
    learning_rate=1e-3,
    schedule="constant",
    warmup_steps=0,
    weight_decay=0.0,
    clip=0.0,
    keep="last",
    holdout=0,
)


def logits(model):
    """Return the logits of IDS, (1, T, V)."""
    with torch.no_grad():
        return model.eval()(input_ids=torch.tensor([IDS])).logits


def trained(folder, *, dtype="float32", **changes):
    """Return the toy model with an adapter whose weights are no longer at their start."""
    model = attach(load_model(folder, dtype=dtype), replace(PLAN, **changes))
    state = adapter_state(model)
    torch.manual_seed(SEED)
    load_state(model, {name: tensor + 0.1 * torch.randn(tensor.shape) for name, tensor in state.items()})
    return model


@pytest.mark.parametrize("rslora", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_peft_itself_loads_the_folder_to_the_same_logits(toy_folder, tmp_path, dtype, rslora):
    """What save_adapter wrote, PeftModel.from_pretrained reads, and the logits are equal to the last bit."""
    from peft import PeftModel

    model = trained(toy_folder, dtype=dtype, lora_rslora=rslora)
    save_adapter(model, tmp_path / "adapter", "toy")
    with quiet():
        loaded = PeftModel.from_pretrained(load_model(toy_folder, dtype=dtype), tmp_path / "adapter")

    assert torch.equal(logits(model), logits(loaded))
    assert torch.equal(logits(model), logits(load_adapter(load_model(toy_folder, dtype=dtype), tmp_path / "adapter")))


def test_the_names_are_those_peft_writes(toy_folder, tmp_path):
    """The file has exactly the tensors that PEFT's own save_pretrained writes."""
    model = trained(toy_folder)
    save_adapter(model, tmp_path / "ours", "toy")
    model.save_pretrained(tmp_path / "theirs", save_embedding_layers=False)
    ours, theirs = read_state(tmp_path / "ours"), read_state(tmp_path / "theirs")

    assert sorted(theirs) == sorted(ours)
    assert all(torch.equal(theirs[name], ours[name]) for name in theirs)


def test_the_same_weights_give_the_same_bytes(toy_folder, tmp_path):
    """Saved twice in two places, both files are equal byte for byte, and no path of this machine is in them."""
    hashes = [save_adapter(trained(toy_folder), tmp_path / name, "toy") for name in ("one", "two")]
    configs = [(tmp_path / name / "adapter_config.json").read_bytes() for name in ("one", "two")]

    assert hashes[0] == hashes[1] == durable.sha256_of(tmp_path / "one" / "adapter_model.safetensors")
    assert configs[0] == configs[1]
    assert str(toy_folder) not in configs[0].decode()
    assert json.loads(configs[0])["base_model_name_or_path"] == "toy"


def test_the_start_comes_from_the_seed_alone(toy_folder):
    """The same seed gives the same start whatever was drawn before; the caller's random numbers are not touched."""
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = adapter_state(attach(load_model(toy_folder, dtype="float32"), PLAN))
    after = torch.get_rng_state()
    torch.manual_seed(2)
    second = adapter_state(attach(load_model(toy_folder, dtype="float32"), PLAN))
    other = adapter_state(attach(load_model(toy_folder, dtype="float32"), replace(PLAN, seed=3)))

    assert torch.equal(before, after)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_adapter_weights_are_float32_on_a_bfloat16_base(toy_folder):
    """Only the adapter learns, and it learns in float32."""
    model = attach(load_model(toy_folder, dtype="bfloat16"), PLAN)

    assert {torch.float32} == {parameter.dtype for parameter in model.parameters() if parameter.requires_grad}
    assert all(".lora_" in name for name, parameter in model.named_parameters() if parameter.requires_grad)


def test_the_effect_is_zero_for_a_fresh_adapter_and_real_for_a_trained_one(toy_folder):
    """A fresh adapter changes no logit; a trained one changes them by as much as a comparison with the base shows."""
    model = trained(toy_folder)
    expected = float((logits(model) - logits(load_model(toy_folder, dtype="float32"))).abs().max())

    assert effect(attach(load_model(toy_folder, dtype="float32"), PLAN), IDS) == 0.0
    assert expected == effect(model, IDS)
    assert expected > 0.01


def test_the_effect_is_looked_for_in_every_piece_and_nan_is_none(toy_folder, monkeypatch):
    """Compared a few places at a time it is the same; and what is no number in one place is no number in all."""
    model = trained(toy_folder)
    expected = effect(model, IDS)
    monkeypatch.setattr("burnish.model.lora.AT_ONCE", 1)
    found = effect(model, IDS)
    largest = [effect(model, IDS[:length]) for length in range(1, len(IDS) + 1)]
    whole = model.forward

    def broken(*args, **named):
        out = whole(*args, **named)
        out.logits[0, 2, 5] = float("nan")
        return out

    monkeypatch.setattr(model, "forward", broken)

    assert found == expected
    assert len(set(largest)) > 1
    assert not effect(model, IDS) > ALIVE


def test_detach_gives_the_base_back(toy_folder):
    """Without its adapter the model has the base's logits and the base's modules."""
    model = detach(trained(toy_folder))

    assert torch.equal(logits(load_model(toy_folder, dtype="float32")), logits(model))
    assert not [name for name, _ in model.named_parameters() if "lora" in name]


def test_an_unknown_target_is_named(toy_folder):
    """A target that the model does not have is an error that names it, even when others are there."""
    with pytest.raises(ModelError, match="no modules named c_attn"):
        attach(load_model(toy_folder, dtype="float32"), replace(PLAN, lora_targets=("q_proj", "c_attn")))


def test_an_adapter_of_another_rank_is_refused(toy_folder):
    """Weights of another shape are refused, and none of them is put in."""
    model, other = trained(toy_folder), trained(toy_folder, lora_rank=8)
    before = adapter_state(model)
    with pytest.raises(ModelError, match="do not fit"):
        load_state(model, adapter_state(other))

    assert all(torch.equal(before[name], tensor) for name, tensor in adapter_state(model).items())


def test_an_adapter_of_another_model_is_refused(toy_folder, tmp_path):
    """An adapter of a wider model is one clear error."""
    from toys import toy_model_folder

    wide = toy_model_folder(tmp_path / "wide", hidden=64)
    save_adapter(trained(wide), tmp_path / "adapter", "wide")
    with pytest.raises(ModelError, match="does not fit this model"):
        load_adapter(load_model(toy_folder, dtype="float32"), tmp_path / "adapter")


def test_a_deeper_models_adapter_is_refused(toy_folder, tmp_path):
    """Weights for layers that this model does not have are never passed over in silence."""
    from toys import toy_model_folder

    deep = toy_model_folder(tmp_path / "deep", layers=3)
    save_adapter(trained(deep), tmp_path / "adapter", "deep")
    with pytest.raises(ModelError, match="fit this model"):
        load_adapter(load_model(toy_folder, dtype="float32"), tmp_path / "adapter")


@pytest.mark.parametrize("damage", ["gone", "cut", "pickle", "config gone", "config cut", "not lora"])
def test_a_damaged_folder_is_one_clear_error(toy_folder, tmp_path, damage):
    """Missing, cut off, pickled or foreign: a ModelError, and a pickle is never opened."""
    folder = tmp_path / "adapter"
    save_adapter(trained(toy_folder), folder, "toy")
    weights, config = folder / "adapter_model.safetensors", folder / "adapter_config.json"
    if damage == "gone":
        weights.unlink()
    elif damage == "cut":
        weights.write_bytes(weights.read_bytes()[:200])
    elif damage == "pickle":
        weights.rename(folder / "adapter_model.bin")
    elif damage == "config gone":
        config.unlink()
    elif damage == "config cut":
        config.write_text(config.read_text()[:40])
    else:
        config.write_text(json.dumps({**json.loads(config.read_text()), "peft_type": "IA3"}))

    with pytest.raises(ModelError):
        load_adapter(load_model(toy_folder, dtype="float32"), folder)
