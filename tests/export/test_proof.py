"""A sound artefact is proven; each way in which the field's artefacts go wrong is caught."""

from __future__ import annotations

import json

import pytest
from safetensors.torch import load_file, save_file

from toys import CHATML

IDS = "the same tokens as in training"
EFFECT = "the adapter has an effect"
WEIGHTS = "nothing is dropped: every weight, the head, the vocabulary"
ADAPTER = "nothing is dropped: the adapter's weights and settings"


@pytest.mark.parametrize("kind", ["adapter", "merged"])
def test_a_sound_artefact_is_proven_and_says_so(sound, kind):
    """Every check of a fresh export holds, and its proof and card lie beside it."""
    done = sound[kind]

    assert [check.name for check in done.proof.failed] == []
    assert {IDS, EFFECT} < {check.name for check in done.proof.checks}
    assert json.loads((done.folder / "proof.json").read_text())["passed"] is True
    assert "| held-out rows | 0.250 | 0.500 | +0.250 (+0.100 to +0.400) | 3 | better |" in (done.folder / "README.md").read_text()


TEMPLATES = {
    "another family's": "{% for m in messages %}[INST] {{ m['content'] }} [/INST]{% endfor %}",
    "BOS doubled": "{{ '<|endoftext|>' }}" + CHATML,
    "system prompt dropped": CHATML.replace(
        "{{ '<|im_start|>' +", "{% if message['role'] != 'system' %}{{ '<|im_start|>' +"
    ).replace("'\n' }}{% endfor %}", "'\n' }}{% endif %}{% endfor %}"),
}


@pytest.mark.parametrize("spoiled", TEMPLATES)
@pytest.mark.parametrize("kind", ["adapter", "merged"])
def test_another_template_is_caught(copy_of, prove, kind, spoiled):
    """A template that writes another prompt than the training's fails the proof of the tokens."""
    folder = copy_of(kind)
    (folder / "chat_template.jinja").write_text(TEMPLATES[spoiled])

    assert prove(kind, folder)[IDS] is False


def test_a_missing_stop_token_is_caught(copy_of, prove):
    """A generation_config.json without the end of turn runs on, and fails the proof."""
    folder = copy_of("merged")
    (folder / "generation_config.json").write_text('{"eos_token_id": 258}')

    assert prove("merged", folder)["the end of a turn stops an answer"] is False


def test_an_adapter_of_zeros_is_caught(copy_of, prove):
    """An adapter whose B is zero fails by its weights and by its effect."""
    folder = copy_of("adapter")
    path = folder / "adapter_model.safetensors"
    save_file({name: one * (0 if ".lora_B." in name else 1) for name, one in load_file(path).items()}, path)
    seen = prove("adapter", folder)

    assert (seen[EFFECT], seen[ADAPTER]) == (False, False)


def test_renamed_adapter_keys_are_caught(copy_of, prove):
    """Weights under other names, which PEFT would pass over, fail the proof."""
    folder = copy_of("adapter")
    path = folder / "adapter_model.safetensors"
    save_file({name.replace("q_proj", "k_proj"): one for name, one in load_file(path).items()}, path)

    assert prove("adapter", folder)[ADAPTER] is False


def test_a_changed_scale_is_caught(copy_of, prove):
    """An adapter_config.json that forgets rsLoRA halves the effect, and fails the proof."""
    folder = copy_of("adapter")
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"use_rslora": False}))

    assert prove("adapter", folder)[ADAPTER] is False


def four_bits(one):
    """Return a matrix rounded to 15 levels a row."""
    step = one.float().abs().amax(dim=-1, keepdim=True) / 7
    return ((one.float() / step).round() * step).to(one.dtype)


def test_a_merge_in_four_bits_is_caught(copy_of, prove):
    """Weights that went through 4 bits fail by their bits and by what the model says."""
    folder = copy_of("merged")
    path = folder / "model.safetensors"
    save_file(
        {name: four_bits(one) if one.dim() == 2 else one for name, one in load_file(path).items()},
        path,
        metadata={"format": "pt"},
    )
    seen = prove("merged", folder)

    assert (seen[WEIGHTS], seen["next-token distributions agree"]) == (False, False)


def test_a_merge_without_the_adapter_is_caught(copy_of, prove, project):
    """The base in the place of the merged model fails by its weights and by the effect."""
    folder = copy_of("merged")
    save_file(load_file(project / "base" / "model.safetensors"), folder / "model.safetensors", metadata={"format": "pt"})
    seen = prove("merged", folder)

    assert (seen[WEIGHTS], seen[EFFECT]) == (False, False)


def test_an_untied_head_is_caught(copy_of, prove):
    """A head stored apart, where the base ties it, fails the proof."""
    folder = copy_of("merged")
    path = folder / "model.safetensors"
    weights = load_file(path)
    save_file({**weights, "lm_head.weight": weights["model.embed_tokens.weight"].clone()}, path, metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": False}))

    assert prove("merged", folder)[WEIGHTS] is False


def test_a_padded_vocabulary_is_caught(copy_of, prove):
    """An embedding with more rows than the base's fails the proof."""
    import torch

    folder = copy_of("merged")
    path = folder / "model.safetensors"
    weights = load_file(path)
    rows = weights["model.embed_tokens.weight"]
    weights["model.embed_tokens.weight"] = torch.cat([rows, rows[:2] * 0])
    save_file(weights, path, metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 264}))

    assert prove("merged", folder)[WEIGHTS] is False
