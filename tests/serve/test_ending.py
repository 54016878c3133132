"""A server that is told to end does so, whatever hangs in it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from burnish.errors import BurnishError
from burnish.serve import app as routes, server
from burnish.serve.ab.trial import Trial
from burnish.serve.app import make_app
from burnish.serve.exchange import Exchange
from burnish.serve.guard import Guard, Rules
from serve.watching import Versions


class Noting(Versions):
    """Notes that it was closed."""

    closed = False

    async def close(self):
        self.closed = True


class Hanging(Versions):
    """Never closes."""

    async def close(self):
        await asyncio.Event().wait()


@pytest.mark.parametrize("hangs", [True, False])
def test_engines_are_closed_whatever_becomes_of_the_book(monkeypatch, hangs):
    """When the experiment's book cannot be closed, or never is, the engines are closed all the same."""
    monkeypatch.setattr(routes, "CLOSE_SECONDS", 0.1)
    versions = Noting()

    async def close(self):
        self._thread.shutdown()
        if hangs:
            await asyncio.Event().wait()
        raise OSError("the disk is full")

    monkeypatch.setattr(Trial, "close", close)
    with server.running(make_app(versions, Rules())):
        pass

    assert versions.closed


def test_engines_that_never_close_are_given_up(monkeypatch, caplog):
    """What is served gets so long to close; then the server ends without it, and says so."""
    monkeypatch.setattr(server, "END_SECONDS", 0.1)
    monkeypatch.setattr(server, "JOIN_SECONDS", 10)
    with server.running(make_app(Hanging(), Rules())):
        pass

    assert "did not close within" in caplog.text


def test_a_server_that_hangs_is_told_and_not_waited_for(monkeypatch):
    """A server on a thread that does not end is an error, after a while, and not silence."""
    monkeypatch.setattr(server, "JOIN_SECONDS", 0.2)
    let = threading.Event()

    class Blocking(Versions):
        async def close(self):
            let.wait(20)

    with pytest.raises(BurnishError, match="did not end"), server.running(make_app(Blocking(), Rules())):
        pass
    let.set()


def test_an_answer_that_is_whole_is_not_cut():
    """When the time is over while only work after the answer still runs, nothing more is sent."""
    sent = []

    async def send(message):
        sent.append(message["type"])

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})
        exchange.cut()
        await asyncio.Event().wait()

    exchange = Exchange(b"", asyncio.Event().wait, send, 1)
    asyncio.run(exchange.run(app, {}))

    assert ["http.response.start", "http.response.body"] == sent


def test_who_reads_nothing_of_a_refusal_is_let_go():
    """A refusal that is not read holds its request no longer than an answer would."""

    async def never(*_):
        await asyncio.Event().wait()

    scope = {"type": "http", "http_version": "3", "headers": [], "method": "GET", "path": "/"}
    asyncio.run(asyncio.wait_for(Guard(never, Rules(send_seconds=0.05))(scope, never, never), 5))
