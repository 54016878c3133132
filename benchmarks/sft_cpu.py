"""The training step beside PEFT's own modules and other tools, on the shapes and lengths that the claims are about.

    python benchmarks/sft_cpu.py [--python PEER=PYTHON_OF_ITS_ENVIRONMENT ...] [--models FOLDER] [CASE ...]

Each case is `burnish bench`: every way gets the same tokens, in a process of its own, in turn; rows are random but for the first
case, the starter rows. Peers are those that an interpreter is named for; one that fails is left out, and its row says why. Prints
a markdown table. Writes the two larger models with random weights (2.2 and 3.4 GB, bfloat16) into FOLDER once. Each peer's
environment is pinned in a file: benchmarks/peers.txt (TRL) and peers_*.txt.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from toys import toy_tokenizer_files

MAKE = """
import sys, torch
from transformers import AutoConfig, AutoModelForCausalLM
torch.manual_seed(0)
kind, folder = sys.argv[1:]
common = dict(bos_token_id=256, eos_token_id=256, pad_token_id=259)
sizes = {
    "tinyllama": ("llama", dict(vocab_size=32000, hidden_size=2048, intermediate_size=5632, num_hidden_layers=22,
        num_attention_heads=32, num_key_value_heads=4, max_position_embeddings=2048)),
    "qwen3-1.7b": ("qwen3", dict(vocab_size=151936, hidden_size=2048, intermediate_size=6144, num_hidden_layers=28,
        num_attention_heads=16, num_key_value_heads=8, head_dim=128, max_position_embeddings=40960, tie_word_embeddings=True)),
}[kind]
torch.set_default_dtype(torch.bfloat16)
AutoModelForCausalLM.from_config(AutoConfig.for_model(sizes[0], **sizes[1], **common)).save_pretrained(folder)
"""
STARTER = Path(__file__).parents[1] / "src" / "burnish" / "data" / "starter" / "train.jsonl"
CASES = {
    "smollm2-135m, the starter rows": ("smollm2-135m", str(STARTER), "--steps", "20"),
    "smollm2-135m, 142 tokens a row": ("smollm2-135m", "--length", "142", "--steps", "6"),
    "smollm2-135m, 16 tokens a row": ("smollm2-135m", "--length", "16", "--steps", "40"),
    "smollm2-135m, 2,000 tokens a row": ("smollm2-135m", "--length", "1250", "--steps", "5", "--set", "train.batch_rows=2"),
    "TinyLlama's shape, 142 tokens a row": ("tinyllama", "--length", "142", "--steps", "4", "--set", "train.batch_rows=4"),
    "Qwen3-1.7B's shape, 142 tokens a row": ("qwen3-1.7b", "--length", "142", "--steps", "4", "--set", "train.batch_rows=4"),
}
"""Rows have 0.4 to 1.6 times the length given; 1,250 gives rows of 500 to 2,000."""


def model_of(name: str, folder: Path) -> str:
    """Return the embedded model's name, or the folder of a random one, made where it is not there yet."""
    if name == "smollm2-135m":
        return name
    made = folder / name
    if not (made / "config.json").exists():
        subprocess.run([sys.executable, "-c", MAKE, name, str(made)], check=True)
        toy_tokenizer_files(made)
    return str(made)


def lines(case: str, found: dict):
    """Yield the lines of the table that one answer of `burnish bench` gives."""
    first = found["contenders"][0]
    for one in found["contenders"]:
        ratio = first["tokens_per_second"] / one["tokens_per_second"]
        share = one["share_of_products"]
        cells = (
            case,
            one["name"],
            f"{one['tokens_per_second']:,.0f}",
            f"{one['tokens_per_cpu_second']:,.0f}",
            "" if one is first else f"{ratio:.1f} times",
            f"{one['peak_bytes'] / 1e9:.2f} GB",
            "" if share is None else f"{share:.0%}",
        )
        yield "| " + " | ".join(cells) + " |"
    for name, said in found["left_out"].items():
        yield f"| {case} | {name} | left out: {' '.join(said.replace('|', '/').split())} | | | | |"


def main() -> None:
    """Measure the cases and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", action="append", default=[], metavar="PEER=PATH")
    parser.add_argument("--models", default="")
    parser.add_argument("--rounds", default="1")
    parser.add_argument("cases", nargs="*")
    given = parser.parse_args()
    against = ["--keep-going"]
    for named in given.python:
        if "=" not in named:
            parser.error(f"--python {named}: say whose it is, as trl={named}")
        against += ["--against", named.partition("=")[0], "--python", named]
    print(
        "| case | way | tokens/s | tokens/CPU-s | fast step is | peak memory | of the products' limit |\n|---|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(given.models or temporary)
        for case, (name, *words) in CASES.items():
            if given.cases and not any(part in case for part in given.cases):
                continue
            command = ["bench", "--model", model_of(name, folder), *words, "--rounds", given.rounds, *against, "--json"]
            done = subprocess.run([sys.executable, "-m", "burnish", *command], stdout=subprocess.PIPE, text=True, check=True)
            for line in lines(case, json.loads(done.stdout)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
