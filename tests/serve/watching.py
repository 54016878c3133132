"""What the tests of watching share: versions that need no model, and metrics read as Prometheus reads them."""

from __future__ import annotations

import asyncio
import contextlib
import time

import httpx
from prometheus_client.parser import text_string_to_metric_families

from burnish.serve.engine import Able, Ended, EngineError, Token
from burnish.serve.faults import Refused, no_model
from burnish.serve.pool import Named, Served

REFUSAL = "I'm sorry, but I can't help with that."


class Told:
    """Does what the last message says: `say N`, `long N` (its limit ends it), `refuse`, `wait`, `fail`, `break` (after a token) ..."""

    able = Able(schema=False, logprobs=False)
    context = 0
    slots = 2

    def __init__(self):
        self.gate = asyncio.Semaphore(self.slots)

    async def complete(self, ask):
        async with self.gate, contextlib.aclosing(self.answer(ask)) as events:
            async for event in events:
                yield event

    async def answer(self, ask):
        verb, _, number = (ask.messages[-1].content if ask.messages else ask.text).partition(" ")
        if verb == "fail":
            raise EngineError("the engine failed")
        if verb == "refuse":
            yield Token(REFUSAL, tokens=9)
            yield Ended(reason="stop", prompt_tokens=5, completion_tokens=10)
            return
        yield Token(number if verb == "echo" else "a ")
        if verb == "break":
            raise EngineError("the engine failed")
        while verb == "wait":
            await asyncio.sleep(0.002)
            yield Token("b ")
        if verb == "crash":
            raise ValueError(number)  # a defect, and one that repeats what was asked
        count = int(number.split()[0]) if number and verb != "echo" else 1
        for _ in range(count - 1):
            await asyncio.sleep(0)
            yield Token("c ")
        stop = verb == "say"
        yield Ended(reason="stop" if stop else "length", prompt_tokens=5, completion_tokens=count + stop, cached_tokens=2)

    async def health(self):
        return True

    async def close(self):
        pass


class Versions:
    """Two versions, `one` (live) and `two`; the name `full` finds the queue full, and `slow` is being loaded."""

    live = "one"

    def __init__(self):
        self.engines = {name: Told() for name in ("one", "two")}

    @contextlib.asynccontextmanager
    async def lease(self, name):
        label = {"live": "one"}.get(name, name)
        if label == "slow":
            await asyncio.sleep(30)  # a version that is being loaded
        if label == "full":
            raise Refused(429, "256 requests are waiting already", code="queue_full", retry=2)
        if label not in self.engines:
            raise no_model(name, "one, two")
        yield Served(label=label, engine=self.engines[label], opened=None)

    async def names(self):
        return [Named(name=name, label=name) for name in self.engines]

    async def start(self):
        pass

    async def healthy(self):
        return True

    async def close(self):
        pass


def chat(words, model="live", **more):
    """Return the body of a request."""
    return {"model": model, "messages": [{"role": "user", "content": words}], **more}


def samples(text):
    """Return {(name, sorted labels): value} of a page of metrics."""
    found = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            key = (one.name, tuple(sorted(one.labels.items())))
            assert key not in found, key
            found[key] = one.value
    return found


def total(found, name, **labels):
    """Return the sum of all samples of a name that have these labels."""
    wanted = set(labels.items())
    return sum(value for (one, pairs), value in found.items() if one == name and wanted <= set(pairs))


def metrics(url, **headers):
    """Return the samples of a server."""
    return samples(httpx.get(f"{url}/metrics", headers=headers).text)


def settled(watch, seconds=10.0):
    """Wait until every request has ended."""
    until = time.monotonic() + seconds
    while watch._underway and time.monotonic() < until:
        time.sleep(0.01)
    assert not watch._underway
