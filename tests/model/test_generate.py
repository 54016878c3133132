"""Answers do not depend on batch size, padding or order."""

from __future__ import annotations

import copy
import random

import pytest
import torch

from burnish.errors import ModelError
from burnish.model import generate as module
from burnish.model.generate import Generated, Sampling, generate, stream
from burnish.model.load import load_model
from burnish.model.logprobs import last_logits
from burnish.model.quiet import quiet
from toys import SEED

STOPS = (256, 258)


@pytest.fixture(scope="module")
def model(toy_folder):
    """Return the toy Llama in float32."""
    return load_model(toy_folder, dtype="float32")


def prompts(number=20):
    """Return random prompts of 1 to 40 tokens."""
    dice = random.Random(SEED)
    return [[dice.randrange(256) for _ in range(dice.randint(1, 40))] for _ in range(number)]


def settings(**changes):
    """Return settings for up to 24 tokens that end at two of the 260 tokens."""
    return Sampling(**{"stop_ids": STOPS, "pad_id": 259, "max_new_tokens": 24, "seed": SEED, **changes})


def answers(model, asked, how, order=None):
    """Return (ids, natural stop) of each prompt, asked in the given order."""
    order = order or list(range(len(asked)))
    found = {order[item.index]: item for item in generate(model, [asked[i] for i in order], how)}
    return [(found[i].ids, found[i].natural_stop) for i in range(len(asked))]


def tied_model(toy_folder):
    """Return a toy whose every word has a twin with nearly the same score, so that each step is near a tie."""
    model = copy.deepcopy(load_model(toy_folder, dtype="float32"))
    weight = model.lm_head.weight.detach().clone()
    weight[128:256] = weight[:128] * (1 + 1e-7)
    model.config.tie_word_embeddings = False
    model.lm_head.weight = torch.nn.Parameter(weight, requires_grad=False)
    return model


class Shaky(torch.nn.Module):
    """A model whose scores from a cache are off by up to 2e-5 of the largest, otherwise in every batch."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.config = inner, inner.config

    @property
    def dtype(self):
        return self.inner.dtype

    @property
    def device(self):
        return self.inner.device

    def forward(self, **words):
        out = self.inner(**words)
        if words.get("use_cache"):
            scale = 2e-5 * out.logits.abs().max()
            out.logits = out.logits + scale * (2 * torch.rand(out.logits.shape) - 1)
        return out


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_batches_and_order_do_not_show(model, temperature):
    """Batches of 1, 3 and 16 and a shuffled order give the same answers, greedy and sampled."""
    asked = prompts()
    shuffled = random.Random(SEED).sample(range(len(asked)), len(asked))
    alone = answers(model, asked, settings(batch_size=1, temperature=temperature))

    assert len({ids for ids, _ in alone}) > 10
    assert alone == answers(model, asked, settings(batch_size=3, temperature=temperature))
    assert alone == answers(model, asked, settings(batch_size=16, temperature=temperature))
    assert alone == answers(model, asked, settings(batch_size=16, temperature=temperature), shuffled)


def test_near_ties_do_not_show_batches(toy_folder):
    """Scores that differ by less than rounding are settled alone, so scores shaken by the batch do not change answers."""
    shaky = Shaky(tied_model(toy_folder))
    asked = prompts()
    steady = answers(shaky.inner, asked, settings(batch_size=1))

    assert steady == answers(shaky, asked, settings(batch_size=1))
    assert steady == answers(shaky, asked, settings(batch_size=7))


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_settling_alone_changes_no_clear_choice(model, monkeypatch, temperature):
    """When every step is settled alone the answers are those of the batch: it is the same model and the same noise."""
    batched = answers(model, prompts(6), settings(temperature=temperature))
    monkeypatch.setattr(module, "NEAR", 1e9)

    assert batched == answers(model, prompts(6), settings(temperature=temperature))


def test_near_ties_without_the_guard_do_show_batches(toy_folder, monkeypatch):
    """The test above has teeth: without the guard the same shaken scores change answers."""
    monkeypatch.setattr(module, "NEAR", 0.0)
    shaky = Shaky(tied_model(toy_folder))
    steady = answers(shaky.inner, prompts(), settings(batch_size=1))

    assert steady != answers(shaky, prompts(), settings(batch_size=7))


def test_greedy_equals_transformers(model):
    """The greedy answer to one prompt is the one that transformers' own generate gives."""
    for prompt in prompts(6):
        theirs = model.generate(
            torch.tensor([prompt]), max_new_tokens=24, do_sample=False, eos_token_id=list(STOPS), pad_token_id=259
        )[0, len(prompt) :].tolist()
        ours = next(generate(model, [prompt], settings()))
        stop = theirs.pop() if theirs[-1] in STOPS else None

        assert theirs == list(ours.ids)
        assert (stop is not None) == ours.natural_stop


def test_padded_rows_equal_the_row_alone(model, monkeypatch):
    """A short prompt beside a long one gets the scores it gets alone: mask and positions are right."""
    short, long = [5, 6, 7], list(range(60))
    batch = module._Batch(model, [module._Row(0, short, 4, None), module._Row(1, long, 4, None)], settings())
    positions, scores = [], []

    def watched(model, **words):
        positions.append(words["position_ids"][0].tolist())
        scores.append(last_logits(model, **words))
        return scores[-1]

    monkeypatch.setattr(module, "last_logits", watched)
    for _ in range(3):
        batch.keep([0, 1], batch.next_tokens())
    alone = model(torch.tensor([short])).logits[0, -1]

    torch.testing.assert_close(scores[0][0], alone, atol=1e-5, rtol=1e-5)
    assert [[0] * 57 + [0, 1, 2], [3], [4]] == positions


def test_stop_token_ends_and_is_not_kept(model):
    """Any of the stop tokens ends the answer, naturally, and is not part of it."""
    prompt = prompts(1)[0]
    free = next(generate(model, [prompt], settings(stop_ids=())))
    stop = free.ids[5]
    first = free.ids.index(stop)
    ended = next(generate(model, [prompt], settings(stop_ids=(999, stop))))

    assert Generated(0, free.ids[:first], natural_stop=True) == ended
    assert (24, False) == (len(free.ids), free.natural_stop)


def test_each_prompt_has_its_own_limit(model):
    """A limit for each prompt is kept, 0 included, and does not change the tokens before it."""
    asked = prompts(5)
    limits = (0, 1, 7, 24, 3)
    full = answers(model, asked, settings(stop_ids=()))
    cut = answers(model, asked, settings(stop_ids=(), max_new_tokens=limits))

    assert [(ids[:limit], False) for (ids, _), limit in zip(full, limits, strict=True)] == cut


def test_every_prompt_is_answered_once(model):
    """Twenty prompts give twenty answers, each once."""
    assert list(range(20)) == sorted(item.index for item in generate(model, prompts(), settings(batch_size=6)))


def test_stream_equals_generate(model):
    """The tokens of a stream are those of generate, greedy and sampled."""
    for temperature in (0.0, 0.9):
        how = settings(temperature=temperature)
        whole = next(generate(model, [prompts(3)[2]], how))

        assert list(whole.ids) == list(stream(model, prompts(3)[2], how))


def test_seed_decides_samples(model):
    """The same seed gives the same sample, another seed another one, and a sample is not the greedy answer."""
    asked = prompts(6)
    one = answers(model, asked, settings(temperature=1.0, seed=1))

    assert one == answers(model, asked, settings(temperature=1.0, seed=1))
    assert one != answers(model, asked, settings(temperature=1.0, seed=2))
    assert one != answers(model, asked, settings())


def test_samples_follow_the_models_probabilities(model):
    """Over many seeds the first token comes as often as softmax says (within 4 standard errors)."""
    prompt = prompts(1)[0]
    chance_V = (model(torch.tensor([prompt])).logits[0, -1] / 2.0).softmax(-1)
    likeliest = int(chance_V.argmax())
    how = {"temperature": 2.0, "max_new_tokens": 1, "stop_ids": ()}
    drawn = [next(generate(model, [prompt], settings(**how, seed=seed))).ids[0] for seed in range(400)]
    chance = float(chance_V[likeliest])

    assert abs(drawn.count(likeliest) / 400 - chance) < 4 * (chance * (1 - chance) / 400) ** 0.5


def test_adapter_is_used(toy_folder):
    """A model with a live adapter answers otherwise than its base, the same in all batches, and stays in its mode."""
    from peft import LoraConfig, get_peft_model

    base = load_model(toy_folder, dtype="float32")
    before = answers(base, prompts(8), settings())
    with quiet():
        tuned = get_peft_model(base, LoraConfig(r=4, target_modules=["q_proj"], lora_dropout=0.5, init_lora_weights=False))
    tuned.train()
    after = answers(tuned, prompts(8), settings(batch_size=8))

    assert before != after
    assert after == answers(tuned, prompts(8), settings(batch_size=1))
    assert tuned.training


@pytest.mark.parametrize("family", ["gemma2", "gemma3_text", "mistral", "phi3", "qwen3", "smollm3"])
def test_other_families_answer_alike_in_batches(tmp_path, family):
    """Sliding windows and other attention do not show batches, also beyond the window."""
    from families import family_folder

    model = load_model(family_folder(tmp_path / family, family), dtype="float32")
    asked = prompts(8)
    alone = answers(model, asked, settings(batch_size=1))

    assert alone == answers(model, asked, settings(batch_size=8))


def test_a_long_prompt_does_not_turn_the_short_ones(tmp_path):
    """Where the rotation depends on the length of what goes through together (LongRoPE), each prompt goes alone."""
    from transformers import LlamaConfig, LlamaForCausalLM

    rope = {"rope_type": "longrope", "rope_theta": 1e4, "factor": 4.0, "short_factor": [1.0] * 4, "long_factor": [4.0] * 4}
    torch.manual_seed(SEED)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=260, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=160, rope_parameters={**rope, "original_max_position_embeddings": 40},
        )
    ).eval()  # fmt: skip
    for parameter in model.parameters():
        if parameter.dim() == 2:
            torch.nn.init.normal_(parameter, std=0.2)
    asked = [*prompts(5), [7] * 60]

    assert answers(model, asked, settings(batch_size=1)) == answers(model, asked, settings(batch_size=8))


def test_bad_prompts_are_refused(model):
    """An empty prompt and one that fills the context are refused, with their number and length."""
    with pytest.raises(ModelError, match="prompt 2: 0 tokens"):
        list(generate(model, [[1], []], settings()))
    with pytest.raises(ModelError, match="512 tokens"):
        list(generate(model, [[1] * 512], settings()))
    with pytest.raises(ModelError, match=r"(?s)prompt 1: 0 tokens.*prompt 3: 600 tokens"):
        list(generate(model, [[], [1], [1] * 600], settings()))


def test_answers_end_with_the_context(model):
    """An answer ends where the model's positions end, and says that it did not end by itself."""
    item = next(generate(model, [[1] * 509], settings(stop_ids=())))

    assert (3, False) == (len(item.ids), item.natural_stop)


@pytest.mark.parametrize(
    "wrong", [{"batch_size": 0}, {"max_new_tokens": -1}, {"temperature": -0.1}, {"temperature": float("nan")}]
)
def test_settings_are_checked(wrong):
    """Settings that cannot mean anything are refused."""
    with pytest.raises(ValueError, match="batch_size"):
        settings(**wrong)


def test_no_prompts_give_no_answers(model):
    """Nothing asked, nothing answered."""
    assert [] == list(generate(model, [], settings()))
