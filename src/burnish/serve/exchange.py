"""One request under way: its body as it came, its answer as it goes, and an eye on the client all the while.

The work is stopped when the client goes away, when it reads nothing of its answer for too long, and when the server's time is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from burnish.serve.faults import Refused
from burnish.serve.watch.told import now

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Exchange:
    """A request whose whole body is here, and its answer."""

    def __init__(self, body: bytes, receive: Receive, send: Send, seconds: float) -> None:
        """Take the body, the two ways to the client, and how long a client may read nothing, in seconds."""
        self._body: bytes | None = body
        self._receive, self._send, self._seconds = receive, send, seconds
        self._over = asyncio.Event()
        self._cut = False
        self._ended = False
        """Whether the answer has left, whole."""
        self._streams: bool | None = None
        """Whether the answer is a stream of events; None: it has not begun."""

    def cut(self) -> None:
        """End it now, with words for its client."""
        self._cut = True
        self._over.set()

    async def run(self, app: App, scope: Scope) -> None:
        """Let the app answer, until it has, or until nobody wants it any more. Raises Refused where the server's time was over."""
        work = asyncio.ensure_future(app(scope, self.receive, self.send))
        watch = asyncio.ensure_future(self._watch())
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({work, over}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                self._raise_unless_answered(work)
                return
        finally:
            for task in (work, watch, over):
                task.cancel()
            await asyncio.gather(work, watch, over, return_exceptions=True)
        if self._cut:
            await self._say_cut()

    def _raise_unless_answered(self, work: asyncio.Future[None]) -> None:
        """Raise what the app raised, but for a defect that it has logged and answered: the connection is good for the next request."""
        error = work.exception()
        if error is not None and not self._ended:
            raise error

    async def _watch(self) -> None:
        """Wait for the client to go."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._over.set()

    async def receive(self) -> Message:
        """Give the body, whole, and after it only the news that the client is gone."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Send a part of the answer; a client that reads nothing for too long is taken for gone."""
        if message["type"] == "http.response.start":
            kinds = [value for name, value in message["headers"] if name.lower() == b"content-type"]
            self._streams = bool(kinds) and kinds[0].startswith(b"text/event-stream")
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(message)
            self._ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        except TimeoutError:
            self._over.set()

    async def _say_cut(self) -> None:
        if self._ended:
            return  # the client has the whole answer; only what follows it was cut
        fault = Refused(503, "the server stops and could not wait for this answer", code="cut_off", retry=1)
        if self._streams is None:
            raise fault
        if self._streams:
            now().wrong(fault.status, fault.code)
            last = f"data: {fault.body()}\n\ndata: [DONE]\n\n".encode()
            await self.send({"type": "http.response.body", "body": last, "more_body": False})
