"""The loss of supervised tokens."""

from __future__ import annotations

import random

import pytest
import torch

from burnish.model import logprobs
from burnish.model.load import load_model
from burnish.model.logprobs import each_loss, num_targets, supervised_loss
from burnish.records.example import Sequence
from toys import SEED

PAD = 259


def sequence(length, seed, supervised=None):
    """Return a sequence of random bytes whose last tokens (half of them by default) are supervised."""
    ids = tuple(random.Random(f"{SEED}:{seed}").choices(range(256), k=length))
    count = length // 2 if supervised is None else supervised
    return Sequence(ids=ids, supervised=(False,) * (length - count) + (True,) * count)


def plain_loss(model, sequences):
    """Return the sum of the cross-entropy the long way: one row at a time, from all the model's own logits."""
    total = 0.0
    for one in sequences:
        logits_TV = model(input_ids=torch.tensor([one.ids])).logits[0].float()
        logprobs_TV = logits_TV.log_softmax(-1)
        total = total - sum(logprobs_TV[t - 1, one.ids[t]] for t in range(1, len(one.ids)) if one.supervised[t])
    return total


def tiny(model_type, **more):
    """Return a random causal LM of an architecture, two layers deep."""
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {
        "vocab_size": 260,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 128,
        "pad_token_id": PAD,
        "bos_token_id": 256,
        "eos_token_id": 256,
    }
    torch.manual_seed(SEED)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(model_type, **{**sizes, **more}))
    for parameter in model.parameters():
        if parameter.dim() == 2:
            torch.nn.init.normal_(parameter, std=0.2)
    return model.eval().requires_grad_(requires_grad=False)


MORE = {
    "gemma2": {"final_logit_softcapping": 3.0, "query_pre_attn_scalar": 8},
    "gemma3_text": {"final_logit_softcapping": 3.0, "query_pre_attn_scalar": 8},
    "cohere": {"logit_scale": 0.3},
    "cohere2": {"logit_scale": 0.3},
    "granite": {"logits_scaling": 4.0},
    "gpt_neox": {},
}


@pytest.mark.parametrize("model_type", [*sorted(logprobs.AFTER_HEAD), "gpt_neox"])
def test_the_loss_is_that_of_the_models_own_logits(model_type):
    """For every architecture on the list, and for one that is not, rows padded together lose what each loses alone."""
    model = tiny(model_type, **MORE.get(model_type, {}))
    sequences = [sequence(length, length) for length in (5, 12, 12, 31)]
    expected = plain_loss(model, sequences)
    loss, targets = supervised_loss(model, sequences, PAD)

    assert pytest.approx(float(expected), rel=1e-5) == float(loss)
    assert sum(map(num_targets, sequences)) == targets
    assert loss.dtype == torch.float32
    assert loss.shape == ()


def test_the_gradient_is_that_of_the_models_own_logits(toy_folder, monkeypatch):
    """By chunks of 7 targets, with a tied head, the gradient of a weight is the one of the plain loss."""
    monkeypatch.setattr(logprobs, "CHUNK", 7)
    model = load_model(toy_folder, dtype="float32")
    weight = model.model.layers[0].self_attn.q_proj.weight.requires_grad_()
    sequences = [sequence(length, length) for length in (9, 30, 14)]
    (expected,) = torch.autograd.grad(plain_loss(model, sequences), weight)
    (actual,) = torch.autograd.grad(2 * supervised_loss(model, sequences, PAD)[0], weight)

    torch.testing.assert_close(2 * expected, actual, rtol=1e-4, atol=1e-5)


def test_a_head_that_learns_gets_its_gradient(toy_folder):
    """Where the head itself is trained, the slow way is taken and its gradient is not lost."""
    model = load_model(toy_folder, dtype="float32")
    weight = model.lm_head.weight.requires_grad_()
    sequences = [sequence(9, 1), sequence(12, 2)]
    (expected,) = torch.autograd.grad(plain_loss(model, sequences), weight)
    (actual,) = torch.autograd.grad(supervised_loss(model, sequences, PAD)[0], weight)

    torch.testing.assert_close(expected, actual, rtol=1e-4, atol=1e-5)


def test_only_positions_with_a_target_reach_the_head(toy_folder, monkeypatch):
    """The head sees as many positions as there are targets, and never more than a chunk of them at once."""
    monkeypatch.setattr(logprobs, "CHUNK", 5)
    model = load_model(toy_folder, dtype="float32")
    seen = []
    model.lm_head.register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0].shape[:-1].numel()))
    supervised_loss(model, [sequence(40, 1, supervised=8), sequence(20, 2, supervised=4)], PAD)

    assert seen == [5, 5, 2]


def test_a_first_token_is_no_target(toy_folder):
    """Nothing comes before a first token, so a row that is all supervised has one target less than it has tokens."""
    model = load_model(toy_folder, dtype="float32")

    assert supervised_loss(model, [sequence(6, 1, supervised=6)], PAD)[1] == 5
    assert (float(supervised_loss(model, [sequence(6, 1, supervised=0)], PAD)[0]), 0) == (0.0, 0)


def test_a_bfloat16_base_gives_a_float32_loss(toy_folder):
    """The cross-entropy is summed in float32 whatever the base's dtype, and is near the float32 one."""
    sequences = [sequence(30, 1), sequence(12, 2)]
    exact = supervised_loss(load_model(toy_folder, dtype="float32"), sequences, PAD)[0]
    loss = supervised_loss(load_model(toy_folder, dtype="bfloat16"), sequences, PAD)[0]

    assert torch.float32 == loss.dtype
    assert pytest.approx(float(exact), rel=0.02) == float(loss)


def test_each_loss_is_that_row_alone(toy_folder):
    """Told row by row the losses are those of each row alone, in whatever batch, and sum to what a training step takes."""
    model = load_model(toy_folder, dtype="float32")
    rows = [
        Sequence(ids=tuple(range(5, 5 + length)), supervised=tuple(i >= first for i in range(length)))
        for length, first in ((4, 2), (9, 1), (6, 5), (5, 0))
    ]
    alone = [float(supervised_loss(model, [row], 259)[0]) for row in rows]
    plain = [float(plain_loss(model, [row])) for row in rows]

    assert each_loss(model, rows, 259) == pytest.approx(alone, rel=1e-5)
    assert each_loss(model, rows, 259) == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize(
    ("model_type", "more", "kind"),
    [
        ("llama", {}, "plain"),
        ("gemma3_text", {}, "plain"),
        ("gemma3_text", {"final_logit_softcapping": 3.0}, "changed"),
        ("gemma2", {}, "changed"),
        ("olmo", {}, "whole"),
    ],
)
def test_it_is_known_what_becomes_of_the_heads_output(model_type, more, kind):
    """Gemma 3 caps nothing, so its 262,144 words go the way that holds a few targets' logits once."""
    assert logprobs.head_kind(tiny(model_type, **more)) == kind
