"""What the fast step must refuse by name, or compute as transformers does."""

from __future__ import annotations

import pytest
from test_fast import ALL, PAD, adapted, gradients, one_by_one, rows, tiny, worst

from burnish.model.fast.attach import put_on
from burnish.model.fast.layout import NotTakenError
from burnish.model.logprobs import supervised_loss


def same_or_refused(model):
    """Return nothing where the fast step refuses the model, or finds PEFT's loss and every one of its gradients."""
    loss, expected = one_by_one(model, rows())
    try:
        put_on(model)
    except NotTakenError:
        return
    packed, _ = supervised_loss(model, rows(), PAD)
    packed.backward()
    found = gradients(model)
    assert float(packed.detach()) == pytest.approx(loss, rel=1e-5)
    assert worst(found, expected)[0] < 1e-5


@pytest.mark.filterwarnings("ignore:.*tie_word_embeddings:UserWarning", "ignore:.*tied:UserWarning")
@pytest.mark.parametrize(
    ("family", "more"),
    [
        ("llama", {"alpha_pattern": {"k_proj": 30}}),
        ("llama", {"alora_invocation_tokens": [5]}),
        ("qwen2", {"bias": "all"}),
        ("qwen2", {"bias": "lora_only"}),
        ("llama", {"modules_to_save": ["norm"]}),
        ("llama", {"modules_to_save": ["lm_head"]}),
        ("llama", {"targets": [*ALL, "lm_head"]}),
        ("llama", {"targets": [*ALL, "embed_tokens"]}),
        ("llama", {"trainable_token_indices": [5, 6]}),
    ],
)
def test_adapters_that_are_more_than_lora_are_equal_or_refused(family, more):
    """Never silently without a part of what PEFT trains."""
    same_or_refused(adapted(tiny(family), **more))


@pytest.mark.parametrize(
    ("family", "more"),
    [
        ("llama", {"hidden_activation": "gelu_pytorch_tanh"}),
        ("gemma", {"hidden_activation": "silu"}),
        ("gemma3_text", {"attn_logit_softcapping": 2.0}),
    ],
)
def test_keys_that_transformers_does_not_read_change_nothing(family, more):
    """A config.json may hold any key; what counts is what the modules do."""
    same_or_refused(adapted(tiny(family, **more)))


def test_a_rotation_of_a_part_of_a_head_is_refused():
    """Cos and sin are narrower than a head there: the C kernel would read past their end."""
    rope = {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4, "partial_rotary_factor": 0.5}
    with pytest.raises(NotTakenError, match="rotary"):
        put_on(adapted(tiny("llama", rope_parameters=rope)))
