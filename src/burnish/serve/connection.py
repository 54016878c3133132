"""One client's connection: uvicorn's own protocol, with a deadline for a request's head, an orderly end, and errors in OpenAI's shape.

uvicorn 0.54 waits for ever for the head of a request, answers broken ones in plain text, and closes a connection while the client still
sends, on which the client's system drops the answer unread (a reset). Not covered: a client that closes only its sending side before
its answer is there is taken for gone, since nobody can tell the two apart.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from burnish.serve.faults import Refused
from burnish.serve.pieces import Pieces

READ_BYTES = 64 * 1024
"""Bytes that are read at once. asyncio's own 256 KiB are so many that the allocator asks the system for each of them: 15 µs a read, not 2."""
LINGER_SECONDS = 2.0
"""How long what a client still sends is thrown away after the last answer of its connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server allows its connections."""

    head_seconds: float
    """For a request's head."""
    flush_seconds: float
    """For the client to take the rest of its answer when the connection is to end."""
    connections: int
    """Open at once."""
    full: Callable[[int], None] = lambda _: None
    """Told when there are so many."""


class Transport:
    """asyncio's transport, whose end is orderly: what is written is sent, and what still comes is thrown away for a moment."""

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop, flush_seconds: float) -> None:
        """Take the transport that does the work."""
        self._inner, self._loop = inner, loop
        self._flush_seconds = flush_seconds
        self._end: asyncio.TimerHandle | None = None
        self.closing = False

    def __getattr__(self, name: str) -> Any:
        """Do everything else as the transport itself."""
        return getattr(self._inner, name)

    def is_closing(self) -> bool:
        """Return whether nothing more is taken from this client."""
        return self.closing or self._inner.is_closing()

    def close(self) -> None:
        """End the sending side once all is sent; the connection itself ends when the client ends its own, or soon."""
        if self.is_closing():
            return
        self.closing = True
        with contextlib.suppress(OSError, RuntimeError):
            self._inner.resume_reading()
            self._inner.write_eof()
        began = self._loop.time()

        def look() -> None:
            unsent = self._inner.get_write_buffer_size()
            if unsent and self._loop.time() - began < self._flush_seconds:
                self._end = self._loop.call_later(LINGER_SECONDS, look)
            else:
                self._inner.abort()

        self._end = self._loop.call_later(LINGER_SECONDS, look)

    def end(self) -> None:
        """End it without waiting for anything: nothing was asked on it that has no answer."""
        if not self.is_closing():
            self._inner.close()

    def lost(self) -> None:
        """Forget the deadline: the connection is no more."""
        if self._end is not None:
            self._end.cancel()


class Connection(H11Protocol):
    """One client's connection."""

    def __init__(self, limits: Limits, **plain: Any) -> None:
        """Take the limits, and what uvicorn gives its protocols."""
        super().__init__(**plain)
        self._limits = limits
        self._head: asyncio.TimerHandle | None = None
        self._wrapped: Transport | None = None
        self._pieces = Pieces(self.conn)
        self.since = self.loop.time()
        """When it began, by the loop's clock."""

    def connection_made(self, transport: Any) -> None:
        """Begin, if there is room; the client must then send a head in time."""
        if hasattr(transport, "max_size"):
            transport.max_size = READ_BYTES
        self._wrapped = Transport(transport, self.loop, self._limits.flush_seconds)
        wrapped: Any = self._wrapped
        super().connection_made(wrapped)
        self._await_head()
        if len(self.connections) > self._limits.connections:
            self._make_room()

    def _make_room(self) -> None:
        """End the connection that has been without a request for longest: one that holds sockets, not one that asks."""
        self._limits.full(len(self.connections))
        idle = [
            one
            for one in self.connections
            if isinstance(one, Connection) and one is not self and one.conn.their_state is h11.IDLE
        ]
        if idle:
            min(idle, key=lambda one: one.since).drop()
        else:
            self._refuse(Refused(503, "too many connections are open", code="too_many_connections", retry=1))

    def drop(self) -> None:
        """End the connection at once."""
        self.connections.discard(self)
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines, and let the work for this client end."""
        self._stop_head()
        self._unset_keepalive_if_required()
        if self._wrapped is not None:
            self._wrapped.lost()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; nothing more once the connection is to end."""
        if self.transport.is_closing():
            return
        if now := self._pieces.take(data):
            super().data_received(now)
            self._pieces.parsed()
            self._await_head()

    def eof_received(self) -> None:
        """Answer a request that was cut short; asyncio then closes the connection."""
        state = self.conn.their_state
        begun = state is h11.SEND_BODY or (state is h11.IDLE and self.conn.trailing_data[0])
        if begun and not self.transport.is_closing():
            self.send_400_response("The request ended before it was whole.")

    def _await_head(self) -> None:
        """Set the deadline while a head is awaited of which there is a part, or which is the first; else lift it."""
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            if self._head is None:
                self._head = self.loop.call_later(self._limits.head_seconds, self._too_slow)
        else:
            self._stop_head()

    def _stop_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _too_slow(self) -> None:
        if not self.conn.trailing_data[0]:
            self.transport.close()  # it was only opened, as browsers do ahead of need
        elif not self.transport.is_closing() and self.conn.their_state is h11.IDLE:
            message = f"the head of the request did not come within {self._limits.head_seconds:g} seconds"
            self._refuse(Refused(408, message, code="head_too_slow"))

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._refuse(Refused(400, msg, code="bad_request"))

    def _refuse(self, fault: Refused) -> None:
        """Answer without the app, where an answer can still be given, and end the connection."""
        body = fault.body().encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Connection", "close")]
        headers += list(fault.headers.items())
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        with contextlib.suppress(h11.LocalProtocolError):  # an answer has begun already
            for event in (h11.Response(status_code=fault.status, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event))
        self.transport.close()

    def shutdown(self) -> None:
        """End the connection, after the answer that runs if there is one."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        elif self._wrapped is not None:
            self._wrapped.end()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that was idle for too long."""
        if self._wrapped is not None:
            self._wrapped.end()


def log_full(count: int) -> None:
    """Write the line of the log."""
    logging.getLogger("burnish.serve").warning("%d connections are open, the most there may be: idle ones are closed", count)
