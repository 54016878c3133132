"""The reference engine: transformers and PEFT, by the same code that judged the version. Every other engine is proven against it.

One worker thread, one answer at a time; others wait in order. Greedy answers are those of `burnish chat` and `burnish evaluate`,
token for token. Not covered: batches, and a cache of beginnings seen before: this engine is for being right, not fast.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from burnish.errors import BurnishError
from burnish.serve.engine import Able, Ask, Counter, Ended, EngineError, Likely, Token
from burnish.serve.text import Letters

if TYPE_CHECKING:
    from burnish.serve.opening import Opened


@dataclass(slots=True, eq=False)
class _Job:
    ask: Ask
    send: Callable[[Any], None]
    gone_at: int | None = None
    """The decode steps the engine had taken when nobody wanted the answer any more; None: it is wanted."""


class Reference:
    """One version in float32 or the dtype it was trained in, on a thread of its own."""

    slots = 1

    def __init__(self, opened: Opened) -> None:
        """Load the weights, which takes seconds. Raises ModelError."""
        from burnish.serve.narrowing import schema_tokenizer

        self._model = opened.load_weights()
        self._chat = opened.chat
        self._grammars = schema_tokenizer(opened.tokenizer, opened.chat.end_id)
        self.context: int = opened.context
        self.able = Able(schema=self._grammars is not None, logprobs=True)
        self.counter = Counter()
        self._work: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"engine {opened.label}", daemon=True)
        self._thread.start()

    async def complete(self, ask: Ask) -> AsyncGenerator[Token | Ended, None]:
        """Yield tokens and last an Ended; closing it stops the worker before its next step but one."""
        if self._model is None:
            raise EngineError("the engine is closed")
        loop, events = asyncio.get_running_loop(), asyncio.Queue[Any]()

        def send(event: Any) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody reads any more
                loop.call_soon_threadsafe(events.put_nowait, event)

        job = _Job(ask, send)
        self._work.put(job)
        try:
            while True:
                event = await events.get()
                if isinstance(event, BaseException):
                    raise event
                yield event
                if isinstance(event, Ended):
                    return
        finally:
            job.gone_at = self.counter.steps

    def _run(self) -> None:
        while (job := self._work.get()) is not None:
            self.counter.running += 1
            try:
                for event in self._answer(job):
                    job.send(event)
            except BurnishError as error:
                job.send(error)
            except Exception as error:  # noqa: BLE001 - the thread must live on, and the request must be answered
                job.send(EngineError("the engine failed", seen=f"{type(error).__name__}: {error}"[:300]))
            finally:
                self.counter.running -= 1

    def _answer(self, job: _Job) -> Iterator[Token | Ended]:
        ask = job.ask
        if job.gone_at is not None:
            return
        letters = Letters(lambda ids: self._chat.decode(ids, special=ask.special))
        count = 0
        for token, chosen, top in self._steps(ask):
            count += 1
            self.counter.steps += 1
            if job.gone_at is not None:
                self.counter.after_cancel.append(self.counter.steps - job.gone_at)
                return
            yield Token(letters.push(token), chosen=chosen, top=top)
        if rest := letters.flush():
            yield Token(rest, tokens=0)
        natural = count < min(ask.max_tokens, self.context - len(ask.prompt))
        reason = "stop" if natural else "length"
        yield Ended(reason=reason, prompt_tokens=len(ask.prompt), completion_tokens=count + natural)

    def _steps(self, ask: Ask) -> Iterator[tuple[int, Likely | None, tuple[Likely, ...]]]:
        """Yield each token with how likely it was and the likeliest ones."""
        from burnish.model.generate import Sampling, stream
        from burnish.serve.narrowing import Narrowing, SchemaKeeper

        keeper = SchemaKeeper(self._grammars, ask.schema) if ask.schema is not None else None
        narrow = Narrowing(ask, lambda one: self._chat.decode([one], special=True), keeper)
        settings = Sampling(
            stop_ids=ask.stop_ids,
            pad_id=self._chat.pad_id,
            max_new_tokens=ask.max_tokens,
            temperature=ask.temperature,
            seed=ask.seed,
        )
        for token in stream(self._model, ask.prompt, settings, narrow if narrow.needed else None):
            yield token, *narrow.took(token)

    async def tokenise(self, text: str) -> Sequence[int]:
        """Return the ids of a raw text: those of training, by construction."""
        return self._chat.raw_ids(text)

    async def health(self) -> bool:
        """Return whether the worker lives."""
        return self._thread.is_alive()

    async def close(self) -> None:
        """End the worker after what it is doing, and let go of the weights."""
        self._work.put(None)
        await asyncio.to_thread(self._thread.join)
        self._model = None
