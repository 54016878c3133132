"""TinyLlama's true shape with random weights: three rows, three epochs. Does it stay within the memory that was quoted?

    python benchmarks/tinyllama_shape.py [FOLDER]

Prints the quote, the peak that was seen, and the seconds. Writes 2.2 GB into FOLDER (default: a temporary one).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from toys import toy_tokenizer_files, write_rows

MAKE = """
import sys, torch
from transformers import LlamaConfig, LlamaForCausalLM
torch.manual_seed(0)
torch.set_default_dtype(torch.bfloat16)
LlamaForCausalLM(LlamaConfig(vocab_size=32000, hidden_size=2048, intermediate_size=5632, num_hidden_layers=22,
    num_attention_heads=32, num_key_value_heads=4, max_position_embeddings=2048, bos_token_id=256, eos_token_id=256,
    pad_token_id=259)).save_pretrained(sys.argv[1])
"""


def rows() -> list[dict]:
    """Return three rows of about 100 tokens (a token is a byte here)."""
    texts = ("The ferry leaves at nine and at noon.", "Bring a coat, it is windy on deck.", "Tickets are sold at the red kiosk.")
    return [
        {"messages": [{"role": "user", "content": "What should I know?"}, {"role": "assistant", "content": text}]}
        for text in texts
    ]


def main() -> None:
    """Make the model, train, print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary) / "tinyllama-shape"
        if not (folder / "config.json").exists():
            subprocess.run([sys.executable, "-c", MAKE, str(folder)], check=True)
            toy_tokenizer_files(folder)
        data = write_rows(Path(temporary) / "rows.jsonl", rows())
        words = ("train", str(data), "--model", str(folder), "--home", temporary, "--set", "train.epochs=3", "--json")
        done = subprocess.run([sys.executable, "-m", "burnish", *words], stdout=subprocess.PIPE, text=True, check=True)
        trained = json.loads(done.stdout)
        quote = json.loads((Path(trained["run"]) / "plan.json").read_text())["quote"]
    print(
        f"quoted {quote['peak_bytes'] / 1e9:.2f} GB and {quote['seconds_low']:.0f} to {quote['seconds_high']:.0f} s; "
        f"took {trained['peak_bytes'] / 1e9:.2f} GB, {trained['train_seconds']:.1f} s for {trained['steps']} steps "
        f"({trained['tokens']} tokens, {trained['tokens_per_second']:.1f} tokens/s), whole road {trained['wall_seconds']:.0f} s"
    )


if __name__ == "__main__":
    main()
