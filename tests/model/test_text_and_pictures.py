"""A text model inside one for text and pictures, as Gemma 3 from 4 B weights on is published: only the text is trained."""

from __future__ import annotations

import pytest
from families import COMMON, FAMILIES

from burnish.model.load import load_model
from burnish.model.lora import adapter_parameters, attach, detach, load_adapter, save_adapter
from burnish.model.quiet import quiet
from burnish.model.shape import read_shape
from plan_toys import PLAN

VISION = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of a tiny Gemma 3 with a vision tower, whose attention has projections of the same names."""
    from transformers import AutoConfig, AutoModelForCausalLM

    found = tmp_path_factory.mktemp("gemma3")
    text = {**COMMON, **FAMILIES["gemma3_text"]}
    config = AutoConfig.for_model("gemma3", text_config=text, vision_config=VISION, mm_tokens_per_image=4)
    with quiet():
        AutoModelForCausalLM.from_config(config).save_pretrained(found)
    return found


def test_the_plan_is_told_what_the_step_would_say(folder):
    """The step looks at the whole model, which is another architecture than the text inside it: so it must be said beforehand."""
    assert read_shape(folder).not_fast == "its architecture is gemma3"


def test_no_adapter_is_put_on_the_pictures_side(folder, tmp_path):
    """The vision tower has a q_proj too; rows of text would never train it. A saved adapter is read back on the same modules."""
    model = load_model(folder, dtype="float32")
    tuned = attach(model, PLAN)
    names = [name for name, _ in adapter_parameters(tuned)]
    assert not [name for name in names if "vision" in name]
    assert len(names) == 2 * 2 * len(PLAN.lora_targets)

    save_adapter(tuned, tmp_path, "toy")
    again = load_adapter(detach(tuned), tmp_path)
    assert [name for name, _ in adapter_parameters(again)] == names


def test_the_number_of_trained_weights_is_the_shapes(folder):
    """What the plan reckons with is what is there."""
    tuned = attach(load_model(folder, dtype="float32"), PLAN)
    reckoned = read_shape(folder).adapter_parameters(PLAN.lora_rank, PLAN.lora_targets)

    assert sum(parameter.numel() for _, parameter in adapter_parameters(tuned)) == reckoned
