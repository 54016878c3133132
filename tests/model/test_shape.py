"""The shape of a model is that of its true modules, read without its weights."""

from __future__ import annotations

import json
import struct

import pytest
import torch
from families import COMMON, FAMILIES, family_folder
from transformers import AutoModelForCausalLM, LlamaConfig

from burnish.errors import ModelError
from burnish.model.load import load_model
from burnish.model.quiet import quiet
from burnish.model.shape import count_parameters, read_header, read_shape, stored_dtype

SEVEN = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
PHI3 = ("o_proj", "qkv_proj", "gate_up_proj", "down_proj")


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_families(tmp_path, family):
    """Each family is read right: its sizes, its weights with tied ones once, and the names that can take an adapter."""
    folder = family_folder(tmp_path / family, family)
    shape = read_shape(folder)
    model = load_model(folder, dtype="float32")
    query = model.get_submodule("model.layers.0.self_attn." + ("qkv_proj" if family == "phi3" else "q_proj"))

    assert family == shape.architecture
    assert (2, 32, 48, 4, 2, 260, 256) == (
        shape.layers, shape.hidden, shape.inner, shape.heads, shape.kv_heads, shape.vocabulary, shape.context_length
    )  # fmt: skip
    assert sum(parameter.numel() for parameter in model.parameters()) == shape.parameters
    assert (model.lm_head.weight is model.model.embed_tokens.weight) == shape.tied
    assert model.model.layers[0].self_attn.head_dim == shape.head_width
    assert set(PHI3 if family == "phi3" else SEVEN) == set(shape.targets)
    assert (query.in_features, query.out_features) in shape.target_shapes


@pytest.mark.parametrize("family", ["llama", "phi3", "gemma3_text"])
def test_adapter_parameters_are_those_of_peft(tmp_path, family):
    """The weights that a LoRA of rank 4 on all targets has, by the shape, are what PEFT makes."""
    from peft import LoraConfig, get_peft_model

    folder = family_folder(tmp_path / family, family)
    shape = read_shape(folder)
    with quiet():
        tuned = get_peft_model(load_model(folder, dtype="float32"), LoraConfig(r=4, target_modules=list(shape.targets)))

    assert tuned.get_nb_trainable_parameters()[0] == shape.adapter_parameters(4, shape.targets)


def test_nested_config(tmp_path):
    """A text model inside a config for text and pictures is read as the text model."""
    from transformers import AutoConfig

    text = {**COMMON, **FAMILIES["gemma3_text"]}
    vision = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 28,
        "patch_size": 14,
    }
    config = AutoConfig.for_model("gemma3", text_config=text, vision_config=vision, mm_tokens_per_image=4)
    with quiet():
        AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
        shape = read_shape(tmp_path)

    assert ("gemma3_text", 2, 32) == (shape.architecture, shape.layers, shape.hidden)
    assert set(SEVEN) == set(shape.targets)
    assert (32, 48) == dict(zip(shape.targets, shape.target_shapes, strict=True))["gate_proj"]


def test_tinyllama_without_its_weights(tmp_path):
    """TinyLlama's shape comes from its config and the header of its weights alone: 1,100,048,384 of them."""
    config = LlamaConfig(
        vocab_size=32000, hidden_size=2048, intermediate_size=5632, num_hidden_layers=22, num_attention_heads=32,
        num_key_value_heads=4, max_position_embeddings=2048, tie_word_embeddings=False,
    )  # fmt: skip
    config.save_pretrained(tmp_path)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    header = {
        name: {"dtype": "BF16", "shape": list(weight.shape), "data_offsets": [0, 0]}
        for name, weight in model.state_dict().items()
    }
    text = json.dumps(header).encode()
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text)
    shape = read_shape(tmp_path)

    assert 1_100_048_384 == shape.parameters
    assert 64 == shape.head_width
    assert (2048, 256) == dict(zip(shape.targets, shape.target_shapes, strict=True))["k_proj"]
    assert 12_615_680 == shape.adapter_parameters(16, SEVEN)


def test_tied_head_stored_twice_counts_once(toy_folder, tmp_path):
    """A file that stores the tied head as well as the embedding has no more weights for it."""
    from safetensors.torch import load_file, save_file

    weights = load_file(toy_folder / "model.safetensors")
    save_file({**weights, "lm_head.weight": weights["model.embed_tokens.weight"].clone()}, tmp_path / "model.safetensors")

    assert read_shape(toy_folder).parameters == count_parameters(tmp_path, tied=True)
    assert read_shape(toy_folder).parameters + 260 * 32 == count_parameters(tmp_path, tied=False)


def test_shards_are_summed(toy_folder, tmp_path):
    """The weights of all shards count."""
    load_model(toy_folder, dtype="float32").save_pretrained(tmp_path, max_shard_size="20KB")

    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    assert read_shape(toy_folder).parameters == read_shape(tmp_path).parameters


@pytest.mark.parametrize("content", [b"", b"\x10", struct.pack("<Q", 50) + b'{"a": ', struct.pack("<Q", 2) + b"[]", b"\xff" * 64])
def test_broken_headers_are_refused(tmp_path, content):
    """A file that is no safetensors, or was cut off in its header, is named."""
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)

    with pytest.raises(ModelError, match=r"model\.safetensors is not a safetensors file"):
        read_header(file)


@pytest.mark.parametrize("config", ["{", '{"model_type": "no-such-model"}', '{"model_type": "vit"}', "{}"])
def test_unreadable_configs_are_refused(tmp_path, config):
    """A config that is broken, unknown, or of a model that writes no text is one clear error."""
    (tmp_path / "config.json").write_text(config)

    with pytest.raises(ModelError, match="cannot read the shape"):
        read_shape(tmp_path)


def test_no_weights(tmp_path):
    """A config without weights is refused."""
    LlamaConfig(**COMMON).save_pretrained(tmp_path)

    with pytest.raises(ModelError, match="there are no weights"):
        read_shape(tmp_path)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_dtype_of_the_files_is_that_of_most_weights(tmp_path, dtype):
    """A few float32 norms beside 16-bit matrices do not decide how much memory loading takes."""
    from safetensors.torch import save_file

    save_file({"small": torch.ones(3), "large": torch.ones(50, 4, dtype=getattr(torch, dtype))}, tmp_path / "a.safetensors")
    assert stored_dtype(tmp_path) == dtype


def test_a_dtype_that_is_none_of_ours_is_not_named(tmp_path):
    """Bytes of a quantised file are not taken for weights of a dtype."""
    from safetensors.torch import save_file

    save_file({"large": torch.ones(50, 4, dtype=torch.uint8)}, tmp_path / "a.safetensors")
    assert stored_dtype(tmp_path) == ""
    assert stored_dtype(tmp_path / "none") == ""
