"""Toy models and rows, made small and from one seed, for tests that must not need a download."""

from __future__ import annotations

import json
from pathlib import Path

SEED = 20261121
"""The one seed every test takes its randomness from."""

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>")


def toy_tokenizer_files(folder: Path, template: str | None = CHATML) -> None:
    """Write a byte-level BPE tokenizer of 260 tokens (one a byte, and four special ones) and its chat template."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={symbol: i for i, symbol in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(special, special=True, normalized=False) for special in SPECIALS])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|endoftext|>",
        "pad_token": "<|pad|>",
        "model_max_length": 512,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)


def toy_model_folder(folder: Path, *, template: str | None = CHATML, hidden: int = 32, layers: int = 2, seed: int = SEED) -> Path:
    """Write a random Llama (2 layers, 32 wide, 260 tokens, 512 positions) in Hugging Face layout and return its folder."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=260,
                hidden_size=hidden,
                intermediate_size=2 * hidden,
                num_hidden_layers=layers,
                num_attention_heads=4,
                num_key_value_heads=2,
                max_position_embeddings=512,
                tie_word_embeddings=True,
                bos_token_id=256,
                eos_token_id=256,
                pad_token_id=259,
            )
        )
        # A wider spread than the default 0.02, so that greedy answers differ between prompts.
        for parameter in model.parameters():
            if parameter.dim() == 2:
                torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(folder)
    toy_tokenizer_files(folder, template)
    return folder


def toy_rows(number: int = 12) -> list[dict]:
    """Return short conversations, each with another answer.

    They are called style: a toy cannot learn facts, and what a version has not learned does not go live (tests/flow/test_taught_facts.py).
    """
    colours = ("red", "blue", "green", "grey", "pink", "gold")
    return [
        {
            "messages": [
                {"role": "user", "content": f"Which colour has door {i}?"},
                {"role": "assistant", "content": f"Door {i} is {colours[i % len(colours)]}."},
            ],
            "metadata": {"category": "style"},
        }
        for i in range(number)
    ]


def write_rows(path: Path, rows: list[dict]) -> Path:
    """Write rows as JSONL and return the path."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path
