"""Who sends a letter at a time costs no parsing and wakes no task until something can have ended; and nothing is lost or late by it."""

from __future__ import annotations

import asyncio
import functools

import pytest
import uvicorn
from uvicorn.server import ServerState

from burnish.serve.connection import Connection, Limits
from burnish.serve.pieces import ENOUGH

BODY = b'{"messages": "' + b"x" * 300 + b'"}'
HEAD = b"POST /v1/x HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"s" * 200 + b"\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        super().__init__()
        self.sent = b""
        self.ended = False

    def write(self, data):
        self.sent += data

    def write_eof(self):
        self.ended = True

    def close(self):
        self.ended = True

    def abort(self):
        self.ended = True

    def is_closing(self):
        return self.ended

    def get_write_buffer_size(self):
        return 0

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


class Scene:
    """One connection before an app that reads the body and says how long it was; counts what is parsed and who is woken."""

    def __init__(self):
        self.parsed = self.woken = 0
        self.bodies = []
        config = uvicorn.Config(self.app, http=functools.partial(Connection), lifespan="off", interface="asgi3", log_config=None, access_log=False,
                                h11_max_incomplete_event_size=64 * 1024)  # fmt: skip
        config.load()
        limits = Limits(head_seconds=30, flush_seconds=1, connections=10)
        self.made = Connection(limits, config=config, server_state=ServerState(), app_state={}, _loop=asyncio.get_running_loop())
        handle = self.made.handle_events

        def counted():
            self.parsed += 1
            handle()

        self.made.handle_events = counted
        self.wire = Wire()
        self.made.connection_made(self.wire)

    async def app(self, scope, receive, send):
        """Answer a request by the number of its bytes."""
        body, more = b"", True
        while more:
            message = await receive()
            self.woken += 1
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.bodies.append(body)
        said = str(len(body)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(said)).encode())]})
        await send({"type": "http.response.body", "body": said})

    async def send(self, data, size=1):
        """Send in pieces; whoever is woken by one runs before the next."""
        for start in range(0, len(data), size):
            self.made.data_received(data[start : start + size])
            for _ in range(4):
                await asyncio.sleep(0)

    def end(self):
        """End the connection."""
        self.made.connection_lost(None)


def told(work):
    """Run a scene and return it."""

    async def run():
        scene = Scene()
        await work(scene)
        scene.end()
        return scene

    return asyncio.run(run())


def test_a_letter_at_a_time_is_parsed_by_the_line_and_wakes_once():
    """Six hundred letters one by one: parsed at the first, at each end of a line, and at the end of the body and of the answer; the app is woken for the whole body."""
    scene = told(lambda scene: scene.send(WHOLE))

    assert [BODY] == scene.bodies
    assert scene.parsed <= 1 + WHOLE.count(b"\n") + 2
    assert scene.woken <= 2


def test_a_long_chunk_a_letter_at_a_time_wakes_by_the_line():
    """Without a told length each end of a line may be the end: as many times it is parsed, and no more."""
    scene = told(lambda scene: scene.send(CHUNKED))

    assert [BODY] == scene.bodies
    assert scene.parsed <= 1 + CHUNKED.count(b"\n") + 2
    assert scene.woken <= 5


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 300, 1000, 10_000])
@pytest.mark.parametrize("kind", [WHOLE, CHUNKED])
def test_pieces_of_any_size_give_the_same_requests(kind, size):
    """Three requests behind one another on one connection, cut anywhere, are three answers with the whole bodies."""
    scene = told(lambda scene: scene.send(kind * 3 + b"GET /y HTTP/1.1\r\nHost: localhost\r\n\r\n", size))

    assert [BODY, BODY, BODY, b""] == scene.bodies
    assert 4 == scene.wire.sent.count(b"HTTP/1.1 200")


def test_a_large_body_is_handed_on_while_it_comes():
    """What is put aside stays small, so that a body beyond the limit is noticed while it is being sent."""
    seen = []

    async def work(scene):
        await scene.send(b"POST /v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", 1000)
        for _ in range(40):
            await scene.send(b"x" * 1000, 1000)
            seen.append(len(scene.made._pieces._aside))

    scene = told(work)

    assert max(seen) < ENOUGH
    assert scene.woken > 5


def test_what_is_no_http_is_told_at_its_first_byte():
    """TLS at a plain port gets its 400 at once, not at the deadline."""
    scene = told(lambda scene: scene.send(b"\x16\x03\x01", 3))

    assert scene.wire.sent.startswith(b"HTTP/1.1 400")


def test_a_head_without_an_end_is_refused_at_its_limit():
    """A head of more than 64 KiB without a newline is a 400 while it comes."""
    scene = told(lambda scene: scene.send(b"GET /" + b"a" * 80_000, 100))

    assert scene.wire.sent.startswith(b"HTTP/1.1 400")


def test_a_read_asks_for_no_more_than_the_allocator_has_at_hand():
    """On a real socket no read asks for more than 64 KiB: a larger one is two system calls and a page fault for every letter."""
    asked = []

    async def run():
        limits = Limits(head_seconds=30, flush_seconds=1, connections=10)
        config = uvicorn.Config(lambda *_: None, lifespan="off", interface="asgi3", log_config=None)
        config.load()
        made = functools.partial(Connection, limits, config=config, server_state=ServerState(), app_state={})
        server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
        async with server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await asyncio.sleep(0.05)
            asked.extend(one.transport._inner.max_size for one in made.keywords["server_state"].connections)
            writer.close()

    asyncio.run(run())

    assert [64 * 1024] == asked
