"""`burnish serve --engine llamacpp` measured by a client over HTTP, beside transformers' own bf16 `generate`, in turn (A B A B).

    python benchmarks/serving.py [VERSION] [--home DIR] [--gguf FILE] [--threads N] [--rounds 2] [--peer] [--out RESULT.md]

VERSION is `base` (the default: smollm2-135m, or --model) or a version of the project at --home. Its q8_0 GGUF is made and proven by the
server itself at a first start, which is not measured, unless --gguf names one. --peer asks `transformers serve` (bf16) in turn too. Measured: one
stream (tokens a second), 8 streams at once, time to the first token of a 500-token prompt cold and with its beginning seen before,
start-up (from the command to its word that it is ready), and the peak memory of gateway and engine together. Greedy, 128 tokens an answer.
A figure counts only where the line "other load" is near 0.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil

from burnish.machine.threads import other_load, usable_cores

TOKENS = 128
TOPICS = ("a lighthouse", "a market", "a bridge", "a storm", "a bakery", "a library", "a long walk", "an old clock")
FACTS = "The harbour of entry {i} opens at dawn, closes at dusk, and lies {i} miles from the next one along the coast. "


@contextlib.contextmanager
def server(options: argparse.Namespace) -> Iterator[tuple[str, int, float]]:
    """Start `burnish serve`; yield (address, its process id, seconds until it was ready)."""
    command = [sys.executable, "-m", "burnish", "serve", "--engine", "llamacpp", "--port", "0", "--json", "--home", options.home]
    command += ["--model", options.version if options.model is None else options.model]
    command += ["--gguf", f"{options.version}={options.gguf}"] if options.gguf else []
    command += ["--threads", str(options.threads)]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            ready = json.loads(child.stdout.readline() if child.stdout else "")
            yield ready["url"], child.pid, time.perf_counter() - began
        finally:
            child.terminate()


def ask(http: httpx.Client, model: str, words: str, limit: int = TOKENS) -> dict[str, float]:
    """Stream one greedy answer; return its tokens, seconds in all, seconds to the first token, and the prompt's tokens, cached and all."""
    body = {"model": model, "messages": [{"role": "user", "content": words}], "max_tokens": limit, "temperature": 0,
            "stream": True, "stream_options": {"include_usage": True}}  # fmt: skip
    began, first, usage = time.perf_counter(), 0.0, {}
    with http.stream("POST", "/v1/chat/completions", json=body) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                event = json.loads(line[6:])
                usage = event.get("usage") or usage
                if not first and any(choice["delta"].get("content") for choice in event["choices"]):
                    first = time.perf_counter() - began
    seconds = time.perf_counter() - began
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    return {
        "tokens": usage["completion_tokens"],
        "seconds": seconds,
        "first": first,
        "prompt": usage["prompt_tokens"],
        "cached": cached,
    }


def plain(name: str, threads: int) -> Any:
    """Return a function that answers one topic with transformers' own generate in bfloat16 and returns (tokens, seconds)."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from burnish.model.source import resolve

    torch.set_num_threads(threads)
    folder = resolve(name).folder
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()

    def answer(words: str) -> tuple[int, float]:
        messages = [{"role": "user", "content": words}]
        given = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        began = time.perf_counter()
        with torch.inference_mode():
            out = model.generate(**given, max_new_tokens=TOKENS, do_sample=False, pad_token_id=0)
        return out.shape[1] - given["input_ids"].shape[1], time.perf_counter() - began

    return answer


@contextlib.contextmanager
def peer(options: argparse.Namespace) -> Iterator[Any]:
    """Start `transformers serve` on the same base; yield what answers one question over HTTP and returns (tokens, seconds)."""
    from burnish.model.source import resolve

    folder = str(resolve(options.model or "smollm2-135m").folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["serve", folder, "--host", "127.0.0.1", "--port", str(port), "--dtype", "bfloat16", "--device", "cpu"]
    command = [str(Path(sys.executable).with_name("transformers")), *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=600) as http:
                yield _peer_answers(http, child, folder)
        finally:
            child.terminate()


def _peer_answers(http: httpx.Client, child: subprocess.Popen, folder: str) -> Any:
    def answer(words: str, limit: int = TOKENS) -> tuple[int, float]:
        body = {"model": folder, "messages": [{"role": "user", "content": words}], "max_tokens": limit, "temperature": 0,
                "generation_config": json.dumps({"max_new_tokens": limit, "do_sample": False}), "stream": False}  # fmt: skip
        began = time.perf_counter()
        found = http.post("/v1/chat/completions", json=body)
        found.raise_for_status()
        return found.json()["usage"]["completion_tokens"], time.perf_counter() - began

    for _ in range(120):
        with contextlib.suppress(httpx.ConnectError):
            answer("Hello", 4)
            return answer
        if child.poll() is not None:
            break
        time.sleep(1)
    raise SystemExit("`transformers serve` did not start")


def story(topic: str) -> str:
    """Return a question that is answered at length."""
    return f"Write a very long and detailed story about {topic}."


def long_prompt(mark: int, question: str) -> str:
    """Return a prompt of about 500 tokens that begins like no other `mark`."""
    return f"Log {mark}. " + "".join(FACTS.format(i=mark * 100 + i) for i in range(14)) + question


def peak_bytes(pid: int) -> int:
    """Return the largest memory that a process and its children had, each at its own worst time."""
    total = 0
    for one in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        lines = Path(f"/proc/{one.pid}/status").read_text().splitlines()
        total += next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    return total


def measure(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) of everything."""
    version = options.version
    with server(options) as (_, _, ready):
        yield "first start, which makes and proves the GGUF, seconds", f"{ready:.1f}"
    reference = plain(options.model or "smollm2-135m", options.threads)
    reference(story("warming up"))
    with (
        server(options) as (url, pid, ready),
        httpx.Client(base_url=url, timeout=600) as http,
        peer(options) if options.peer else contextlib.nullcontext() as other,
    ):
        yield "start-up, seconds", f"{ready:.2f}"
        ask(http, version, "Hello", 4)
        ours, theirs, loads, others = [], [], [], []
        for turn in range(options.rounds):
            loads.append(other_load(1.0))
            found = [ask(http, version, story(topic)) for topic in TOPICS[turn * 3 : turn * 3 + 3]]
            ours.append(sum(one["tokens"] for one in found) / sum(one["seconds"] for one in found))
            pairs = [reference(story(topic)) for topic in TOPICS[turn * 3 : turn * 3 + 3]]
            theirs.append(sum(tokens for tokens, _ in pairs) / sum(seconds for _, seconds in pairs))
            if other is not None:
                found = [other(story(topic)) for topic in TOPICS[turn * 3 : turn * 3 + 3]]
                others.append(sum(tokens for tokens, _ in found) / sum(seconds for _, seconds in found))
        loads.append(other_load(1.0))
        yield "one stream, tokens a second, by round", ", ".join(f"{one:.1f}" for one in ours)
        yield "transformers generate bf16, tokens a second, by round", ", ".join(f"{one:.1f}" for one in theirs)
        if others:
            yield "transformers serve bf16, tokens a second, by round", ", ".join(f"{one:.1f}" for one in others)
        yield "ratio of the medians (to generate)", f"{statistics.median(ours) / statistics.median(theirs):.2f}"
        with ThreadPoolExecutor(8) as threads:
            began = time.perf_counter()
            found = list(threads.map(lambda topic: ask(http, version, story(topic) + " Begin with its name."), TOPICS))
            together = sum(one["tokens"] for one in found) / (time.perf_counter() - began)
        yield "8 streams, tokens a second in sum", f"{together:.1f} ({together / statistics.median(ours):.2f} times one stream)"
        cold = [ask(http, version, long_prompt(mark, "Which harbour is first?"), 4) for mark in range(1, 4)]
        warm = [
            ask(http, version, long_prompt(mark, "Which harbour is last, and when does it close?"), 4) for mark in range(1, 4)
        ]
        for name, asked in (("cold", cold), ("beginning seen", warm)):
            tokens = f"{asked[0]['prompt']:.0f} tokens, {asked[0]['cached']:.0f} of them seen"
            yield f"first token, {name}, seconds", f"{statistics.median(one['first'] for one in asked):.3f} ({tokens})"
        yield "peak memory of gateway and engine, MB", f"{peak_bytes(pid) / 1e6:.0f}"
        yield "other load while measuring, cores", ", ".join(f"{one:.2f}" for one in loads)


def main() -> None:
    """Measure, print, and write the result where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("version", nargs="?", default="base")
    parser.add_argument("--gguf")
    parser.add_argument("--model")
    parser.add_argument("--home")
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--rounds", type=int, default=2, choices=(1, 2))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    lines = [f"{platform.processor() or platform.machine()}, {options.threads} threads, {time.strftime('%Y-%m-%d')}", ""]
    lines += ["| what | figure |", "|---|---|"]
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        if options.home is None:
            options.home = temporary
            (Path(temporary) / ".burnish").mkdir()
        for what, figure in measure(options):
            lines.append(f"| {what} | {figure} |")
            print(lines[-1], flush=True)
    if options.out is not None:
        options.out.write_text(f"`{' '.join(sys.argv)}`\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
