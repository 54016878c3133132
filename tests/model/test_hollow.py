"""A hollow model is built without what torch does for it to no effect, and is then the model that transformers builds."""

from __future__ import annotations

from unittest.mock import patch

import pytest
import torch
from families import FAMILIES, family_folder
from test_unused import ran
from transformers import AutoConfig, AutoModelForCausalLM

from burnish.model.hollow import hollow
from burnish.model.load import load_model
from burnish.model.shape import read_shape

ROPES = {
    "linear": {"factor": 4.0},
    "llama3": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64},
    "dynamic": {"factor": 4.0},
    "yarn": {"factor": 4.0, "original_max_position_embeddings": 64},
    "longrope": {"factor": 4.0, "original_max_position_embeddings": 64, "long_factor": [2.0] * 4, "short_factor": [1.5] * 4},
}
LOADED = """
import sys
from pathlib import Path
from burnish.flow.threads import settle_threads
settle_threads()
from burnish.model.load import load_model
from burnish.model.shape import read_shape
read_shape(Path(sys.argv[1]))
load_model(Path(sys.argv[1]), dtype="float32")
print("sympy" in sys.modules)
"""


@pytest.mark.parametrize("family", ["llama", "mistral", "qwen2", "qwen3"])
def test_the_shape_and_the_weights_are_read_without_sympy(family, tmp_path):
    """A fresh process that reads both has not loaded what reckons with unknown sizes."""
    assert ran(LOADED, family_folder(tmp_path, family)).strip() == "False"


@pytest.mark.parametrize(
    ("family", "rope"), [(family, "default") for family in sorted(FAMILIES)] + [("llama", rope) for rope in sorted(ROPES)]
)
def test_every_number_is_the_one_that_transformers_has(family, rope, tmp_path):
    """Weights and buffers, the rotation's frequencies among them, and the answers are the same to the bit."""
    more = {"rope_parameters": {"rope_type": rope, "rope_theta": 1e4, **ROPES[rope]}} if rope != "default" else {}
    with patch.dict(FAMILIES, {family: {**FAMILIES[family], **more}}):
        folder = family_folder(tmp_path, family)
    read_shape(folder)
    ours, theirs = load_model(folder, dtype="float32"), AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    found, expected = ({**dict(one.named_parameters()), **dict(one.named_buffers())} for one in (ours, theirs))
    ids = torch.arange(60)[None]

    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert torch.equal(ours(ids).logits, theirs.eval()(ids).logits)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_shape_is_the_one_that_is_read_without_it(family, tmp_path, monkeypatch):
    """What `plan` and `train` decide by does not depend on how the hollow model was built."""
    folder = family_folder(tmp_path, family)
    found = read_shape(folder)
    monkeypatch.setattr("burnish.model.hollow.MODEL_TYPES", ())

    assert read_shape(folder) == found


def test_weights_that_are_there_are_drawn_as_ever():
    """Only what has no memory is left as it is; and after the block all is as before it."""
    with hollow(AutoConfig.for_model("llama")):
        here, hollow_one = torch.zeros(100), torch.empty(3, device="meta")
        torch.nn.init.normal_(here)
        assert torch.nn.init.normal_(hollow_one) is hollow_one
        assert torch.arange(3, device="meta").device.type == "cpu"

    assert here.std() > 0.5
    assert torch.arange(3, device="meta").is_meta
