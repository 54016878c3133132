"""Engines for tests: one that repeats what it is asked, one that waits to be let go."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

from burnish.serve.engine import Able, Counter, Ended, Token
from burnish.serve.text import Letters


class Repeating:
    """Says the last message's words, a token at a time: what a model that copies would do. It writes thoughts as it is told."""

    able = Able(schema=False, logprobs=False)

    def __init__(self, opened):
        self.opened = opened
        self.context = opened.context

    async def complete(self, ask):
        ids = self.opened.chat.raw_ids(ask.messages[-1].content if ask.messages else ask.text)[: ask.max_tokens]
        letters = Letters(lambda some: self.opened.chat.decode(some, special=ask.special))
        for one in ids:
            await asyncio.sleep(0)
            yield Token(letters.push(one))
        yield Token(letters.flush(), tokens=0)
        yield Ended(reason="stop", prompt_tokens=len(ask.prompt), completion_tokens=len(ids) + 1)

    async def tokenise(self, text):
        return self.opened.chat.raw_ids(text)

    async def health(self):
        return True

    async def close(self):
        pass


class Waiting(Repeating):
    """Says one letter, then nothing until it is let go."""

    def __init__(self, opened):
        super().__init__(opened)
        self.gate = asyncio.Event()
        self.closed = False

    async def complete(self, ask):
        yield Token("a")
        await self.gate.wait()
        yield Ended(reason="stop", prompt_tokens=len(ask.prompt), completion_tokens=2)

    async def close(self):
        self.closed = True


class Paced(Repeating):
    """Says the last message's words, a token every `seconds`, in so many slots at once; others wait in order. Notes every step."""

    seconds = 0.005
    slots = 4
    steps: ClassVar = {}
    """For each prompt's words, when its steps were taken, on the clock of `time.monotonic` that all processes share."""

    def __init__(self, opened):
        super().__init__(opened)
        self.counter = Counter()
        self._free = asyncio.Semaphore(self.slots)

    async def complete(self, ask):
        words = ask.messages[-1].content if ask.messages else ask.text
        ids = self.opened.chat.raw_ids(words)[: ask.max_tokens]
        letters = Letters(self.opened.chat.decode)
        async with self._free:
            self.counter.running += 1
            times = self.steps.setdefault(words[:12], [])
            try:
                for one in ids:
                    await asyncio.sleep(self.seconds)
                    times.append(time.monotonic())
                    self.counter.steps += 1
                    yield Token(letters.push(one))
                yield Ended(reason="stop", prompt_tokens=len(ask.prompt), completion_tokens=len(ids) + 1)
            finally:
                self.counter.running -= 1
