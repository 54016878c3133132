"""Answers for evaluation, 16 at a time, beside transformers' own `generate` one by one: tokens a second and the same words.

    python benchmarks/generation.py [PROMPTS]

The first PROMPTS (default 48) of the starter suite, greedy, at most 64 tokens, the embedded model in the dtype that `plan` would take.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from burnish.machine.threads import environment, other_load, usable_cores

LIMIT = 64


def drained(work: Any) -> Any:
    """Run a verb's work to its end and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def main() -> None:
    """Measure both in turn, twice, and print the better round of each."""
    import os

    os.environ.update(environment(usable_cores(), other_load(), os.environ).values)
    import torch

    from burnish.evaluate.suite import shipped
    from burnish.flow.project import load_weights, open_base
    from burnish.machine.probe import probe
    from burnish.model.generate import Sampling, generate

    number = int(sys.argv[1]) if len(sys.argv) > 1 else 48
    opened = drained(open_base(None))
    speeds = probe(opened.source.folder).matmul_flops
    dtype = "bfloat16" if speeds.get("bfloat16", 0) > 1.5 * speeds["float32"] else "float32"
    model, chat = load_weights(opened, dtype=dtype), opened.chat
    prompts = [list(chat.prompt_ids(task.messages)) for task in shipped("starter")[:number]]

    def ours() -> list[list[int]]:
        settings = Sampling(stop_ids=chat.stop_ids, pad_id=chat.pad_id, max_new_tokens=LIMIT, batch_size=16)
        return [list(one.ids) for one in sorted(generate(model, prompts, settings), key=lambda one: one.index)]

    def theirs() -> list[list[int]]:
        found = []
        for prompt in prompts:
            ids = torch.tensor([prompt])
            with torch.inference_mode():
                out = model.generate(
                    ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=LIMIT,
                    do_sample=False,
                    eos_token_id=list(chat.stop_ids),
                    pad_token_id=chat.pad_id,
                )
            found.append([token for token in out[0, len(prompt) :].tolist() if token not in chat.stop_ids])
        return found

    best: dict[str, float] = {}
    answers: dict[str, list[list[int]]] = {}
    for _ in range(2):
        for name, way in (("16 at a time", ours), ("one by one", theirs)):
            began = time.perf_counter()
            answers[name] = way()
            speed = sum(map(len, answers[name])) / (time.perf_counter() - began)
            best[name] = max(best.get(name, 0.0), speed)
    same = sum(a == b for a, b in zip(answers["16 at a time"], answers["one by one"], strict=True))
    print(
        f"{dtype}: 16 at a time {best['16 at a time']:.0f} tokens/s, one by one {best['one by one']:.0f}: "
        f"{best['16 at a time'] / best['one by one']:.1f} times; {same} of {number} answers the same"
    )


if __name__ == "__main__":
    main()
