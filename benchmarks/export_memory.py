"""How much memory the exports of a 1.1B model take: TinyLlama's true shape with random weights and an adapter on it.

    python benchmarks/export_memory.py [KIND[:QUANT] ...] [--folder DIR] [--limit-gb 6]

KIND is adapter, merged, gguf or ollama (default: all of them, gguf in q8_0 and q4_0). The model is made in DIR (default: a temporary folder
of about 12 GB), and each export runs in a process of its own. Printed: the most that the process and all its children had in memory at
once (PSS, which counts pages that several share once; every 0.2 s), the part of it that is no mapped file (a mapped weight file can be dropped
by the system and read again), seconds, and whether the proof passed. Fails above the limit.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1] / "tests" / "export")]

KINDS = ("adapter", "merged", "gguf:q8_0", "gguf:q4_0", "ollama:q8_0")
MAKE = """
import json, sys
from pathlib import Path
import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
from toy_versions import _run, toy_base
from burnish.model.lora import save_adapter
from burnish.registry.home import make_home
from burnish.registry.store import Registry

root = Path(sys.argv[1])
base = toy_base(root / "base")
torch.manual_seed(0)
torch.set_default_dtype(torch.bfloat16)
model = LlamaForCausalLM(LlamaConfig(vocab_size=32000, hidden_size=2048, intermediate_size=5632, num_hidden_layers=22,
    num_attention_heads=32, num_key_value_heads=4, max_position_embeddings=2048, eos_token_id=31996, tie_word_embeddings=False))
(base / "model.safetensors").unlink()
model.save_pretrained(base, max_shard_size="1GB")
path = base / "tokenizer.json"
tokenizer = json.loads(path.read_text())
words = tokenizer["model"]["vocab"]
words |= {f"word{i}": i for i in range(258, 31996)}  # the four control tokens come last, as in the file of every tokenizer
for i, one in enumerate(tokenizer["added_tokens"]):
    one["id"] = 31996 + i
path.write_text(json.dumps(tokenizer))
registry = Registry(make_home(root))
run_id, folder = registry.new_run()
settings = LoraConfig(r=16, lora_alpha=32, target_modules=["q_proj", "v_proj", "down_proj"], task_type="CAUSAL_LM")
tuned = get_peft_model(model, settings)
for name, weight in tuned.named_parameters():
    if ".lora_B." in name:
        torch.nn.init.normal_(weight, std=0.02)
registry.add(_run(run_id, base, save_adapter(tuned, folder / "adapter", str(base))))
registry.promote(run_id, "to measure")
"""


def tree_bytes(process: psutil.Process) -> tuple[int, int]:
    """Return the memory of a process and all its children now, and the part of it that is no mapped file."""
    total = own = 0
    for one in (process, *process.children(recursive=True)):
        try:
            lines = Path(f"/proc/{one.pid}/smaps_rollup").read_text().splitlines()
            found = {line.split()[0]: int(line.split()[1]) * 1024 for line in lines[1:]}
            total, own = total + found["Pss:"], own + found["Pss_Anon:"]
        except (OSError, KeyError, IndexError):
            continue
    return total, own


def measured(root: Path, kind: str) -> tuple[int, int, float, dict]:
    """Return (peak bytes, peak of what is no mapped file, seconds, the export's answer) of one export."""
    name, _, quant = kind.partition(":")
    words = ["export", name, "live", "-o", str(root / kind.replace(":", "-")), "--home", str(root), "--json"]
    words += ["--quant", quant] if quant else []
    began, peak, own = time.monotonic(), 0, 0
    with subprocess.Popen([sys.executable, "-m", "burnish", *words], stdout=subprocess.PIPE, text=True) as child:
        while child.poll() is None:
            now = tree_bytes(psutil.Process(child.pid))
            peak, own = max(peak, now[0]), max(own, now[1])
            time.sleep(0.2)
        printed = child.stdout.read()
    return peak, own, time.monotonic() - began, json.loads(printed)


def main() -> int:
    """Make the model, export it, print a table; return 1 where an export failed or took more than the limit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--limit-gb", type=float, default=6.0)
    options = parser.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory() as temporary:
        root = options.folder or Path(temporary)
        if not (root / ".burnish").exists():
            search = os.pathsep.join([*sys.path[:2], os.environ.get("PYTHONPATH", "")])
            subprocess.run([sys.executable, "-c", MAKE, str(root)], check=True, env={**os.environ, "PYTHONPATH": search})
        print("| kind | peak memory, GB | without mapped files | seconds | proof |\n|---|---|---|---|---|")
        for kind in options.kinds:
            peak, own, seconds, answer = measured(root, kind)
            said = "passed" if answer.get("passed") else json.dumps(answer.get("error") or answer.get("checks"))[:600]
            print(f"| {kind} | {peak / 1e9:.2f} | {own / 1e9:.2f} | {seconds:.0f} | {said} |", flush=True)
            faults += not answer.get("passed") or peak > options.limit_gb * 1e9
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
