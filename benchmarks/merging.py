"""What merging an adapter into 16-bit weights costs, beside keeping it apart: the same version four ways, on the same prompts.

    python benchmarks/merging.py ADAPTER PROMPTS.jsonl     # an adapter of smollm2-135m, and a suite of questions it was trained for

Reference: the adapter kept apart on float32 weights. Beside it: kept apart on bfloat16 weights; merged in float32 and kept so;
merged in float32 and rounded once to bfloat16; and, as a mutant, merged one rank at a time in bfloat16 (rounded again and again).
Printed for each: the mean KL divergence of the next-token distributions over all answer tokens, in nats, the share of tokens whose
likeliest next token is another one, and the noise that plain bfloat16 weights without any adapter have beside float32 ones.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

from burnish.evaluate.suite import read_suite
from burnish.model.chain import A, merge, read_saved
from burnish.model.load import load_model
from burnish.model.lora import load_adapter
from burnish.model.source import resolve
from burnish.tokens.load import load_tokenizer
from burnish.tokens.template import Chat


def distributions(model: Any, rows: list[list[int]]) -> list[torch.Tensor]:
    """Return the log-probabilities (T, V) of each row, float32."""
    with torch.no_grad():
        return [torch.log_softmax(model(input_ids=torch.tensor([row]), use_cache=False).logits[0].float(), -1) for row in rows]


def difference(reference: list[torch.Tensor], other: list[torch.Tensor]) -> str:
    """Return the mean KL divergence and the share of other top tokens."""
    kl = torch.cat([(a.exp() * (a - b)).sum(-1) for a, b in zip(reference, other, strict=True)])
    flips = torch.cat([(a.argmax(-1) != b.argmax(-1)).float() for a, b in zip(reference, other, strict=True)])
    return f"{float(kl.mean()):.2e} nats | {float(kl.max()):.2e} | {100 * float(flips.mean()):.2f} %"


def merge_by_rank(model: Any, saved: Any) -> None:
    """Add an adapter to 16-bit weights one rank at a time, rounded each time: what must not be done."""
    modules = dict(model.named_modules())
    with torch.no_grad():
        for name in [key.removeprefix("base_model.model.").removesuffix(A) for key in saved.state if key.endswith(A)]:
            a, b = saved.state[f"base_model.model.{name}{A}"], saved.state[f"base_model.model.{name}.lora_B.weight"]
            for rank in range(saved.rank):
                modules[name].weight += (saved.scale * torch.outer(b[:, rank], a[rank])).to(modules[name].weight.dtype)


def main() -> None:
    """Print the table."""
    adapter, prompts = Path(sys.argv[1]), Path(sys.argv[2])
    source = resolve("smollm2-135m")
    chat = Chat(load_tokenizer(source.folder))
    rows = [list(chat.prompt_ids(task.messages)) for task in read_suite(prompts)]
    saved = read_saved(adapter)

    def load(dtype: str) -> Any:
        return load_model(source.folder, dtype=dtype)

    plain = distributions(load("float32"), rows)
    reference = distributions(load_adapter(load("float32"), adapter), rows)
    ways: dict[str, tuple[list[torch.Tensor], Any]] = {
        "no adapter: bfloat16 beside float32 weights": (plain, load("bfloat16")),
        "kept apart, bfloat16 weights": (reference, load_adapter(load("bfloat16"), adapter)),
    }
    for name, dtype, how in (
        ("merged in float32, kept in float32", "float32", merge),
        ("merged in float32, rounded once to bfloat16", "bfloat16", merge),
        ("mutant: merged in bfloat16, rank by rank", "bfloat16", merge_by_rank),
    ):
        model = load(dtype)
        how(model, saved)
        ways[name] = (reference, model)
    print(f"adapter of rank {saved.rank}, {sum(map(len, rows))} tokens; beside no adapter at all: {difference(reference, plain)}")
    print("| way | mean KL | largest | other top token |")
    print("|---|---|---|---|")
    for name, (beside, model) in ways.items():
        print(f"| {name} | {difference(beside, distributions(model, rows))} |", flush=True)


if __name__ == "__main__":
    main()
