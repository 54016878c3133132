"""A request under way: the version it holds, its answers' parts, and the two ways they leave: whole, or as a stream of events."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import anyio
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from burnish.errors import BurnishError
from burnish.serve.engine import Ended
from burnish.serve.faults import Refused, refused
from burnish.serve.keeping import headers
from burnish.serve.pool import Served, Versions
from burnish.serve.turn import Part, Work, together
from burnish.serve.watch.told import Shortened, now
from burnish.tokens.patience import within

PLAN_SECONDS = 20.0
"""How long a request's conversation may take to be rendered and shortened."""


class Asked:
    """Answers that are being made. Closing it stops them and gives the version back."""

    def __init__(self, stack: contextlib.AsyncExitStack, label: str, works: Sequence[Work], parts: Parts, first: First) -> None:
        """Use `Asked.open`."""
        self._stack, self._parts, self._first = stack, parts, first
        self.label = label
        self.count = len(works)
        self.context = works[0].context
        """How the conversation was shortened; None: it was not."""

    @classmethod
    async def open(cls, versions: Versions, name: str, plan: Callable[[Served], Sequence[Work]]) -> Asked:
        """Hold the version, begin all answers and wait for the first part, so that a fault still gets a status of its own.

        Raises Refused, and BurnishError where the version or its engine fails.
        """
        async with contextlib.AsyncExitStack() as stack:
            served = await stack.enter_async_context(versions.lease(name))
            _tell_reached(name, served)
            works = await asyncio.to_thread(_planned, plan, served)  # to render or shorten a long conversation takes a while
            _tell_planned(works)
            parts = await stack.enter_async_context(contextlib.aclosing(together(served, works)))
            first = await anext(parts)
            return cls(stack.pop_all(), served.label, works, parts, first)
        raise AssertionError  # the stack swallows nothing

    async def parts(self) -> Parts:
        """Yield (which answer, its next part)."""
        yield self._first
        async for part in self._parts:
            yield part

    async def close(self) -> None:
        """Stop what still runs and give the version back, also while this task is being cancelled."""
        with anyio.CancelScope(shield=True):
            await self._stack.aclose()


def _tell_reached(name: str, served: Served) -> None:
    """Tell whoever watches which version answers. Only a whole name is told: beginnings of ids are as many as people type."""
    run = served.opened.run if served.opened is not None else None
    known = name in {"live", "base", served.label} or (run is not None and name in run.tags)
    places, room = getattr(served.engine, "slots", 0), getattr(served.engine, "cache_tokens", 0)
    now().reached(name if known else served.label, served.label, places=places, room=room)


def _tell_planned(works: Sequence[Work]) -> None:
    """Tell whoever watches what is asked of the engine."""
    telling, ask, note = now(), works[0].ask, works[0].context
    telling.wanted = len(works)
    if note is not None:
        telling.shortened = Shortened(
            before=note.tokens_before, after=note.tokens_after, method=note.method, facts_lost=note.facts_lost
        )
    if telling.keeps_words:
        telling.asked = ask.text or "\n".join(f"{one.role}: {one.content}" for one in ask.messages)


class Closed(Protocol):
    """A request under way, however it is wrapped."""

    async def close(self) -> None:
        """End the work."""


Open = TypeVar("Open", bound=Closed)


def _planned(plan: Callable[[Served], Sequence[Work]], served: Served) -> Sequence[Work]:
    """Return the answers to be made. Raises Refused where they are not planned in time: the thread is wanted by others."""
    try:
        return within(PLAN_SECONDS, lambda: plan(served))
    except TimeoutError:
        message = f"this conversation could not be put together within {PLAN_SECONDS:g} seconds; shorten it"
        raise Refused(400, message, param="messages", code="too_slow") from None


@contextlib.asynccontextmanager
async def closing(asked: Open) -> AsyncIterator[Open]:
    """Close a request under way at the end of the block."""
    try:
        yield asked
    finally:
        await asked.close()


First = tuple[int, Part | Ended]
Parts = AsyncGenerator[First, None]


class EventStream(StreamingResponse):
    """Server-sent events, and an end to the work however the stream ends."""

    def __init__(self, asked: Asked, events: AsyncGenerator[str, None], more: Mapping[str, str]) -> None:
        """Take the request under way, its events, each one JSON, and more headers."""
        told = {"Cache-Control": "no-store"} | headers(asked.context) | dict(more)
        super().__init__(_lines(events), media_type="text/event-stream", headers=told)
        self._asked = asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events until they end or the client is gone."""
        now().stream = True
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._asked.close()


async def _lines(events: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    try:
        async for event in events:
            yield f"data: {event}\n\n"
    except (Refused, BurnishError) as error:
        fault = error if isinstance(error, Refused) else refused(error, None)
        now().wrong(fault.status, fault.code)
        yield f"data: {fault.body()}\n\n"
    yield "data: [DONE]\n\n"
