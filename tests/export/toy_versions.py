"""A project with one version, made without training: a toy Llama and an adapter with wide random weights."""

from __future__ import annotations

import json
from pathlib import Path

from burnish.model.lora import save_adapter
from burnish.model.source import resolve
from burnish.records.run import Run
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from toy_memory import carry
from toys import CHATML, SEED, SPECIALS

LEDGER = {"rows": {"trained": 9, "held_out": 3}, "tokens": {"trained": 900, "held_out": 300}}


def toy_base(folder: Path, *, tied: bool = True) -> Path:
    """Write a toy Llama whose tokenizer has two merges, as llama.cpp wants, and return its folder."""
    import torch
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM

    folder.mkdir(parents=True)
    symbols = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "ĠĠ", "ab"]
    tokenizer = Tokenizer(models.BPE(vocab={one: i for i, one in enumerate(symbols)}, merges=[("Ġ", "Ġ"), ("a", "b")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(one, special=True, normalized=False) for one in SPECIALS])
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>", "pad_token": "<|pad|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(names))
    (folder / "chat_template.jinja").write_text(CHATML)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        config = LlamaConfig(
            vocab_size=262,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=512,
            tie_word_embeddings=tied,
            eos_token_id=258,
        )
        model = LlamaForCausalLM(config)
        for parameter in model.parameters():
            if parameter.dim() == 2:
                torch.nn.init.normal_(parameter, std=0.2)
    model.to(torch.bfloat16).save_pretrained(folder)
    return folder


def toy_project(root: Path, **carried) -> Path:
    """Make a project whose live version is an adapter on a toy base; return its folder. `carried`: rows that it carries (`carry`)."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base = toy_base(root / "base")
    registry = Registry(make_home(root))
    run_id, folder = registry.new_run()
    settings = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "down_proj"], use_rslora=True, task_type="CAUSAL_LM")
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), settings)
        for name, parameter in model.named_parameters():
            if ".lora_B." in name:
                torch.nn.init.normal_(parameter, std=0.2)
    digest = save_adapter(model, folder / "adapter", str(base))
    if carried:
        carry(folder, **carried)
    registry.add(_run(run_id, base, digest))
    registry.promote(run_id, "for tests")
    return root


def _run(run_id: str, base: Path, digest: str) -> Run:
    return Run(
        id=run_id,
        created="2026-11-21T09:00:00Z",
        parents=(),
        method="sft",
        base_model=str(base),
        base_hash=resolve(str(base)).weights_hash,
        data_files=("rows.jsonl",),
        data_hash="d" * 64,
        adapter_hash=digest,
        rows=9,
        steps=4,
        tokens=900,
        supervised_tokens=300,
        loss_first=2.0,
        loss_last=1.0,
        train_seconds=3.0,
        wall_seconds=4.0,
        peak_bytes=1,
        tokens_per_second=300.0,
        trainable_parameters=1,
        verdict="better",
        scores={
            "held-out rows": {
                "mean_a": 0.25,
                "mean_b": 0.5,
                "difference": 0.25,
                "low": 0.1,
                "high": 0.4,
                "n": 3,
                "verdict": "better",
            }
        },
        ledger=LEDGER,
    )
