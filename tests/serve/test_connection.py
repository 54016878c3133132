"""Clients that send slowly, never, too much, or no HTTP at all: each is answered and ended, and no other client notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time

import httpx
import pytest

from burnish.errors import BurnishError
from burnish.registry.home import make_home
from burnish.serve import server
from burnish.serve.app import make_app
from burnish.serve.exchange import Exchange
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.server import connections_allowed, listen, running
from serve.bench import http_lines, raw_bytes
from serve.doubles import Paced

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Quick(Paced):
    """Many answers at once."""

    seconds, slots = 0.0, 64


@pytest.fixture(scope="module")
def app(tmp_path_factory, toy_folder):
    """Return an app with short deadlines."""
    shelf = Shelf(str(make_home(tmp_path_factory.mktemp("quick"))), str(toy_folder))
    return make_app(Pool(shelf, Quick), Rules(places=64, head_seconds=0.4, body_seconds=0.4))


@pytest.fixture(scope="module")
def port(app):
    """Serve it."""
    with running(app) as url:
        yield int(url.rpartition(":")[2])


def ends(port, *parts):
    """Send parts and read to the end; return (status or None, error code or None)."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as made:
        for part in parts:
            made.sendall(part)
            time.sleep(0.05)
        answer = b""
        while part := made.recv(65536):
            answer += part
    last = b"HTTP/1.1" + answer.rpartition(b"HTTP/1.1")[2]
    body = last.partition(b"\r\n\r\n")[2]
    return int(last[9:12]) if answer else None, json.loads(body)["error"]["code"] if body and b"error" in body else None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((GET[:10],), (408, "head_too_slow")),
        ((GET[:10], GET[10:20], GET[20:30]), (408, "head_too_slow")),
        ((GET, GET[:30]), (408, "head_too_slow")),
        ((b"",), (None, None)),
        ((http_lines.head(length=100),), (408, "body_too_slow")),
        ((http_lines.head(length=100), b"{", b'"a"'), (408, "body_too_slow")),
        ((GET, http_lines.head(length=100) + b"{"), (408, "body_too_slow")),
    ],
)
def test_who_sends_slowly_is_told_and_ended(port, app, parts, expected):
    """A head or body that does not come in time is a 408 and the end, on a used connection too; one that was only opened is just ended."""
    assert expected == ends(port, *parts)
    assert 0 == app.gate.taken


def test_slow_senders_hold_no_place_and_keep_nobody_waiting(port, app):
    """With 100 slow heads and 100 slow bodies open, requests are answered as ever, and no place is taken by the slow."""
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    try:
        for number, one in enumerate(slow):
            one.sendall(GET[:20] if number % 2 else http_lines.head(length=100) + b"{")
        taken = app.gate.taken
        answers = [httpx.get(f"http://127.0.0.1:{port}/health").status_code for _ in range(5)]
        ended = [one.recv(100)[:12] for one in slow]
    finally:
        for one in slow:
            one.close()

    assert 0 == taken
    assert [200] * 5 == answers
    assert {b"HTTP/1.1 408"} == set(ended)


@pytest.mark.parametrize("kind", ["length", "chunked"])
def test_an_answer_to_a_body_that_is_too_large_arrives(port, kind):
    """The refusal is read by a client that goes on sending: the connection is ended in order, not reset."""
    data = b"x" * 6_000_000
    sent = raw_bytes.post(body=data) if kind == "length" else raw_bytes.chunked(b"%x\r\n" % len(data) + data)
    found = raw_bytes.send(port, sent)

    assert [413] == found.statuses
    assert not found.reset


def test_no_raw_bytes_are_too_much(port, app):
    """Every request made by hand and some bent at random get a status that is told, in OpenAI's shape, without a reset or a hang."""
    outcomes = raw_bytes.send_all(port, raw_bytes.requests(200))

    assert [] == raw_bytes.told(outcomes)
    assert 200 == httpx.get(f"http://127.0.0.1:{port}/health").status_code
    assert 0 == app.gate.taken


@pytest.mark.parametrize("sent", [GET[:20], http_lines.head(length=100) + b"{", b"\0"])
def test_a_request_that_is_cut_short_is_answered(port, sent):
    """A client that ends its side in the middle of a request gets a 400, not silence."""
    assert [400] == raw_bytes.send(port, sent, half=True).statuses


@pytest.mark.parametrize("sent", [GET, raw_bytes.get(version=b"HTTP/1.0"), raw_bytes.get(extra=b"Connection: close\r\n")])
def test_a_whole_request_is_never_called_cut_short(port, sent):
    """A client that ends its side right behind a whole request gets its answer, or is taken for gone; it is not told that it was wrong."""
    assert raw_bytes.send(port, sent, half=True).statuses in ([], [200])


def test_when_all_connections_are_taken_the_idle_ones_give_way(tmp_path, toy_folder, monkeypatch):
    """With room for five connections and eight that send nothing, who asks is still answered, and those open longest are ended."""
    monkeypatch.setattr(server, "connections_allowed", lambda: 5)
    shelf = Shelf(str(make_home(tmp_path)), str(toy_folder))
    with running(make_app(Pool(shelf, Quick), Rules())) as url:
        idle = [socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5) for _ in range(8)]
        answers = [httpx.get(f"{url}/health").status_code for _ in range(5)]
        idle[0].settimeout(5)
        first = b""
        with contextlib.suppress(ConnectionResetError):
            first = idle[0].recv(10)
        for one in idle:
            one.close()

    assert [200] * 5 == answers
    assert b"" == first


def test_too_few_open_files_are_told_before_anything_is_served(monkeypatch):
    """A limit of open files that leaves no room for clients is an error with the command that raises it."""
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (130, 130))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)

    with pytest.raises(BurnishError, match="too few files") as caught:
        connections_allowed()
    assert "ulimit -n" in caught.value.remedy


def test_small_parts_of_answers_are_sent_at_once():
    """The socket names its protocol, without which asyncio leaves Nagle's delay on: 40 ms with every answer."""
    with listen("127.0.0.1", 0) as made:
        assert socket.IPPROTO_TCP == made.proto


def test_a_client_that_reads_nothing_of_its_answer_is_taken_for_gone():
    """When nothing more can be sent for a while, the work for that client is stopped."""
    ended = []

    async def app(scope, receive, send):
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
                await asyncio.sleep(0.01)
        finally:
            ended.append(True)

    async def stuck(message):
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def stays():
        await asyncio.Event().wait()

    async def scene():
        await asyncio.wait_for(Exchange(b"", stays, stuck, 0.05).run(app, {}), 5)

    asyncio.run(scene())

    assert [True] == ended
