"""Loading gives the weights that are in the files, or an error; never anything made up."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from families import family_folder
from safetensors.torch import load_file, save_file

from burnish.errors import ModelError
from burnish.model.load import load_model


@pytest.fixture
def folder(toy_folder, tmp_path):
    """Return a copy of the toy model that a test may damage."""
    return shutil.copytree(toy_folder, tmp_path / "toy")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_frozen_in_eval_mode_and_dtype(toy_folder, dtype):
    """The model is in eval mode, takes no gradient, and has the dtype asked for in every weight."""
    model = load_model(toy_folder, dtype=dtype)

    assert not model.training
    assert {False} == {parameter.requires_grad for parameter in model.parameters()}
    assert {getattr(torch, dtype)} == {parameter.dtype for parameter in model.parameters()}


def test_weights_are_those_of_the_file(toy_folder):
    """Each weight equals the file's, and the tied head is the embedding itself."""
    model = load_model(toy_folder, dtype="float32")
    state = model.state_dict()

    assert all(torch.equal(weight, state[name]) for name, weight in load_file(toy_folder / "model.safetensors").items())
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_nothing_is_printed(toy_folder, capfd):
    """Neither bars nor warnings reach the terminal."""
    load_model(toy_folder, dtype="bfloat16")

    assert ("", "") == tuple(capfd.readouterr())


def test_attention_is_what_the_model_needs(toy_folder, tmp_path):
    """Llama runs on sdpa; Gemma 2, which caps its attention scores, does not."""
    gemma = load_model(family_folder(tmp_path / "gemma2", "gemma2"), dtype="float32")

    assert ("sdpa", "eager") == (
        load_model(toy_folder, dtype="float32").config._attn_implementation,
        gemma.config._attn_implementation,
    )


@pytest.mark.parametrize("keep", [0, 5, 4000, -1])
def test_cut_off_weights_are_refused(folder, keep):
    """A weight file that was cut off anywhere is one error with a remedy."""
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])

    with pytest.raises(ModelError, match="damaged or cut off") as caught:
        load_model(folder, dtype="float32")
    assert "again" in caught.value.remedy


def test_missing_weight_is_refused(folder):
    """A weight that is not in the file is named; it is not filled in at random."""
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})

    with pytest.raises(ModelError, match=r"1 missing, such as model\.layers\.1\.mlp\.up_proj\.weight"):
        load_model(folder, dtype="float32")


def test_weights_of_another_shape_are_refused(folder):
    """A config.json that does not fit the weights is refused."""
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "intermediate_size": 80}))

    with pytest.raises(ModelError):
        load_model(folder, dtype="float32")


@pytest.mark.parametrize("lost", ["model.safetensors", "config.json"])
def test_missing_files_are_refused(folder, lost):
    """A folder without weights or config is one error."""
    (folder / lost).unlink()

    with pytest.raises(ModelError, match="cannot load the model"):
        load_model(folder, dtype="float32")


def test_pickle_is_never_opened(folder):
    """A folder whose weights are a pickle is refused without opening it."""
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()

    with pytest.raises(ModelError):
        load_model(folder, dtype="float32")


def test_code_from_the_folder_is_never_run(folder, tmp_path):
    """A folder that brings its own code is refused, and the code does not run."""
    config = json.loads((folder / "config.json").read_text())
    own = {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Own"}}
    (folder / "config.json").write_text(json.dumps({**config, **own}))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")

    with pytest.raises(ModelError):
        load_model(folder, dtype="float32")
    assert not (tmp_path / "ran").exists()


def test_unknown_dtype_and_folder(toy_folder, tmp_path):
    """A dtype that is not known and a folder that is not there are named."""
    with pytest.raises(ModelError, match="int3"):
        load_model(toy_folder, dtype="int3")
    with pytest.raises(ModelError, match="there is no model folder"):
        load_model(tmp_path / "nowhere", dtype="float32")


@pytest.mark.embedded
def test_embedded_model_loads_tied():
    """The embedded model has 134,515,008 weights in bf16, its head tied."""
    from burnish_embedded import embedded_folder

    model = load_model(embedded_folder(), dtype="bfloat16")

    assert 134_515_008 == sum(parameter.numel() for parameter in model.parameters())
    assert model.lm_head.weight is model.model.embed_tokens.weight
