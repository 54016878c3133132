"""llama.cpp as the engine, by the wheel `xllamacpp`: one child process a version, with its merged and quantised GGUF.

The child gets token ids made by the one path of training, so its own template and tokenizer are never used for a prompt; that they
agree is still checked when it starts. Text comes back as llama.cpp writes it: a letter of several tokens comes whole, and
half a letter, where the limit cuts one, does not come at all (the reference writes U+FFFD there).
A version is always a merged file, never an adapter beside a base: llama.cpp keeps a prompt's cache when an adapter's scale changes,
and then answers from what another adapter had reckoned (seen: 0.22 nats off on a toy, 0.0006 without the cache).
Measured with smollm2-135m in 8 bits on two Zen 5 cores, tokens a second of one stream (docs/log.md): on a quiet machine threads that sleep
while they wait 49, that spin 1,000 times first 132, one thread alone 126; beside two busy processes 78 to 87 asleep, 35 spinning 1,000 times, and
next to nothing spinning for long. So a token of a small model is made by one thread, and how the threads of a batch or of a prompt
wait is decided by the load seen at the start.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from burnish.errors import ModelError
from burnish.machine.threads import BUSY, other_load
from burnish.serve.engine import Able, Ask, Ended, EngineError, Likely, Token

if TYPE_CHECKING:
    from burnish.serve.opening import Opened

PROBE = "Zürich, 12.50 (a/b@c.de)?\n  \tÅ 日本 \N{GRINNING FACE} it's"
"""A text on which tokenizers differ: digits, accents, white space, CJK, an emoji, a contraction."""
REMEDY = "convert the version anew, or serve it with --engine transformers"


SMALL = 400 << 20
"""Bytes of a model whose tokens one core makes about as fast as two: waiting for each other costs what the second one gains."""
SPINS = 1000
NEAR_TOKENS = 64
"""Tokens among which llama.cpp looks for those to penalise: its own default. It counts the prompt's end along, where OpenAI and the
reference count the answer alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much one engine takes."""

    threads: int
    slots: int = 8
    """Answers made at once; further ones wait in it."""
    context: int = 2048
    """Tokens of a prompt and its answer together, at most; the memory of all slots is taken at the start."""


class LlamaCpp:
    """One version's GGUF in a child process."""

    def __init__(self, opened: Opened, gguf: Path, size: Size) -> None:
        """Start the child, wait until it answers, and check its tokenizer. Raises ModelError."""
        self._stop_ids = frozenset(opened.chat.stop_ids)
        self._drops_space = drops_first_space(opened.tokenizer)
        self.context = min(size.context, opened.context)
        self.able = Able(schema=True, logprobs=True)
        self.slots, self.cache_tokens = size.slots, size.slots * self.context
        key = secrets.token_urlsafe(32)
        self._child, url = _start(gguf, key, size, self.context)
        # What waits, waits here: the child has a thread a connection, and one that waits there would keep its /health waiting.
        self._slots = asyncio.Semaphore(size.slots)
        try:
            _check_tokenizer(url, key, opened, gguf)
        except BaseException:
            _end(self._child)
            raise
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(None, connect=10),
            limits=httpx.Limits(max_connections=None),
            trust_env=False,  # no proxy between the gateway and its child
        )

    async def complete(self, ask: Ask) -> AsyncGenerator[Token | Ended, None]:
        """Yield tokens and last an Ended; closing it closes the connection, on which llama.cpp stops. Raises EngineError."""
        told = 0
        first = True
        async with self._slots, contextlib.aclosing(self._events(_body(ask))) as events:
            async for event in events:
                if event.get("stop"):
                    yield _ended(event, ask)
                    return
                if self._stop_ids & set(event.get("tokens", ())):
                    # An end of turn that this GGUF does not hold for one.
                    yield Ended(reason="stop", prompt_tokens=len(ask.prompt), completion_tokens=told + 1)
                    return
                new, told = event["tokens_predicted"] - told, event["tokens_predicted"]
                text = event["content"]
                if first and text:
                    text, first = text.removeprefix(" ") if self._drops_space else text, False
                chosen, top = _likely(event, ask)
                yield Token(text, tokens=new, chosen=chosen, top=top)
        raise EngineError("the engine ended an answer without saying why")

    async def _events(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        try:
            async with self._http.stream("POST", "/completion", json=body) as response:
                if response.status_code != 200:
                    raise EngineError("the engine refused an answer", seen=(await response.aread()).decode()[:300])
                async for line in response.aiter_lines():
                    if line.startswith("data: "):
                        event = json.loads(line[6:])
                        if "error" in event:
                            raise EngineError("the engine failed", seen=str(event["error"])[:300])
                        yield event
        except httpx.HTTPError as error:
            raise EngineError("the engine went away", seen=f"{type(error).__name__}: {error}") from None

    async def tokenise(self, text: str) -> Sequence[int]:
        """Return the ids of a raw text by llama.cpp's own tokenizer."""
        answer = await self._http.post("/tokenize", json={"content": text, "add_special": False, "parse_special": True})
        return [int(one) for one in answer.json()["tokens"]]

    async def health(self) -> bool:
        """Return whether the child lives and says that it is well."""
        if self._child.poll() is not None:
            return False
        try:
            return (await self._http.get("/health", timeout=5)).status_code == 200
        except (httpx.HTTPError, RuntimeError):  # the latter where the client is closed meanwhile
            return False

    async def close(self) -> None:
        """End the child and give back its memory."""
        await self._http.aclose()
        await asyncio.to_thread(_end, self._child)


def waiting(load: float) -> dict[str, str]:
    """Return how llama.cpp's threads wait for each other, by the work of others on this machine, in cores."""
    return {"OMP_WAIT_POLICY": "passive"} if load >= BUSY else {"GOMP_SPINCOUNT": str(SPINS)}


def _start(gguf: Path, key: str, size: Size, context: int) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-P", "-m", "burnish.serve.llamacpp_child"]
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(size.threads), **waiting(other_load())},
        start_new_session=True,  # Ctrl-C is for the gateway, which lets answers end first
    )
    settings = {"gguf": str(gguf), "key": key, "slots": size.slots, "context": context, "threads": size.threads}
    settings["threads_a_token"] = 1 if gguf.stat().st_size < SMALL else size.threads
    if child.stdin is None or child.stdout is None:
        raise AssertionError
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(json.dumps(settings) + "\n")
        child.stdin.flush()
    line = child.stdout.readline()
    answer = json.loads(line) if line.startswith("{") else {"error": "it ended without a word"}
    if "url" not in answer:
        _end(child)
        raise ModelError(f"llama.cpp cannot load {gguf}", seen=answer["error"], remedy=REMEDY)
    return child, answer["url"]


def _end(child: subprocess.Popen[str]) -> None:
    """Close the child's stdin, on which it ends; kill it where it does not."""
    if child.stdin is not None and not child.stdin.closed:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _check_tokenizer(url: str, key: str, opened: Opened, gguf: Path) -> None:
    """Raise ModelError where the GGUF's vocabulary is not the one of training, or cuts a text otherwise."""
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False) as http:
        asked = {"content": PROBE, "add_special": False, "parse_special": True}
        theirs = http.post("/tokenize", json=asked).json()["tokens"]
        words = int(http.get("/v1/models").json()["data"][0]["meta"]["n_vocab"])
    ours = opened.chat.raw_ids(PROBE)
    wanted = len(opened.tokenizer) - len(opened.chat.rows.beyond)
    if words < wanted:
        seen = f"{words} tokens, the version has {wanted}"
        raise ModelError(f"{gguf} has another vocabulary than the version", seen=seen, remedy=REMEDY)
    if theirs != ours:
        place = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
        seen = f"token {place + 1} of a probe text is {theirs[place : place + 1]}, in training {ours[place : place + 1]}"
        raise ModelError(f"{gguf} makes other tokens of a text than training did", seen=seen, remedy=REMEDY)


def drops_first_space(tokenizer: Any) -> bool:
    """Return whether the tokenizer writes a first "▁word" without its space, as SentencePiece ones do; llama.cpp keeps it."""
    number = tokenizer.convert_tokens_to_ids("▁a")
    if number is None or number == tokenizer.unk_token_id:
        return False
    return bool(tokenizer.decode([number]) == "a")


def _body(ask: Ask) -> dict[str, Any]:
    weighs = bool(ask.frequency or ask.presence or ask.repetition != 1)
    body: dict[str, Any] = {
        "prompt": list(ask.prompt),
        "n_predict": ask.max_tokens,
        "stream": True,
        "return_tokens": True,
        "cache_prompt": True,
        # Only what was asked for: llama.cpp's own defaults would cut at min_p 0.05 and top_k 40.
        "samplers": [*(("penalties",) if weighs else ()), "top_k", "top_p", *(("min_p",) if ask.min_p else ()), "temperature"],
        "temperature": ask.temperature,
        "top_k": ask.top_k,
        "top_p": ask.top_p,
        "min_p": ask.min_p,
        "repeat_penalty": ask.repetition,
        "frequency_penalty": ask.frequency,
        "presence_penalty": ask.presence,
        "repeat_last_n": ask.repetition_last if ask.repetition != 1 else NEAR_TOKENS,
        "logit_bias": [[one, value] for one, value in ask.bias.items()],
        "seed": ask.seed % (2**32 - 1),  # its largest seed means "any"
        "n_probs": 0 if ask.top_logprobs is None else max(1, ask.top_logprobs),
        "lora": [],  # merged (see above); said, so that no default of the server can add anything
    }
    return body if ask.schema is None else body | {"json_schema": dict(ask.schema)}


def _ended(event: dict[str, Any], ask: Ask) -> Ended:
    natural = event.get("stop_type") in {"eos", "word"}
    cached = event.get("timings", {}).get("cache_n", 0)
    return Ended(
        reason="stop" if natural else "length",
        prompt_tokens=len(ask.prompt),
        completion_tokens=int(event["tokens_predicted"]),
        cached_tokens=int(cached),
    )


def _likely(event: dict[str, Any], ask: Ask) -> tuple[Likely | None, tuple[Likely, ...]]:
    found = event.get("completion_probabilities")
    if ask.top_logprobs is None or not found:
        return None, ()
    top = found[0].get("top_logprobs", ())
    return _one(found[0]), tuple(_one(one) for one in top[: ask.top_logprobs])


def _one(value: dict[str, Any]) -> Likely:
    data = bytes(value["bytes"])
    return Likely(data.decode("utf-8", "replace"), float(value["logprob"]), data)
