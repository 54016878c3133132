"""More requests than can be answered: each gets one answer, at once where it is a refusal, and /health never waits."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter

import httpx
import pytest

from burnish.errors import ModelError
from burnish.registry.home import make_home
from burnish.serve import body, gate
from burnish.serve.app import make_app
from burnish.serve.faults import Refused
from burnish.serve.gate import Gate
from burnish.serve.guard import Rules
from burnish.serve.llamacpp import LlamaCpp
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.server import running
from serve.bench import http_lines
from serve.doubles import Paced


@pytest.fixture
def home(tmp_path):
    """Return an empty project."""
    return make_home(tmp_path)


class Two(Paced):
    """Two answers at once, 2 ms a letter."""

    seconds, slots = 0.002, 2


class Someone:
    """A request that takes a place."""

    def cut(self):
        """Take note."""
        self.was_cut = True


def test_of_300_requests_at_once_each_is_answered_once(home, toy_folder, monkeypatch):
    """Six find a place and get their own words; the others get 429 with Retry-After and are never even parsed; /health says ok all along."""
    parsed = []
    monkeypatch.setattr(body, "read_json", lambda data, read=body.read_json: parsed.append(1) or read(data))
    app = make_app(Pool(Shelf(str(home), str(toy_folder)), Two), Rules(places=6))

    async def one(client, number):
        answer = await client.ask(http_lines.chat(f"#{number:04d}"))
        own = answer.status != 200 or answer.json()["choices"][0]["message"]["content"] == f"#{number:04d}"
        fine = answer.status != 429 or (
            answer.json()["error"]["code"] == "queue_full" and int(answer.headers["retry-after"]) >= 1
        )
        return answer.status, own and fine

    async def scene(port):
        client = http_lines.Client(port)
        asked = [asyncio.create_task(one(client, number)) for number in range(300)]
        health = [(await client.ask(None, "/health")).status for _ in range(5)]
        found = await asyncio.gather(*asked)
        later = await one(client, 999)
        await client.close()
        return found, health, later, client.surplus

    with running(app) as url:
        found, health, later, surplus = asyncio.run(scene(int(url.rpartition(":")[2])))
    statuses = Counter(status for status, _ in found)

    assert {200, 429} == set(statuses)
    assert 6 <= statuses[200] < 100
    assert all(fine for _, fine in found)
    assert statuses[200] + 1 == len(parsed)
    assert [200] * 5 == health
    assert (200, True) == later
    assert 0 == surplus
    assert 0 == app.gate.taken


def test_when_to_come_again_is_the_time_an_answer_takes(monkeypatch):
    """Retry-After is whole seconds, as long as the last answers took on average, at least one and at most a minute."""
    clock = [0.0]
    monkeypatch.setattr(gate.time, "monotonic", lambda: clock[0])
    found = Gate(1, state="open")
    seen = []
    for seconds in (0.01, 7.2, 1000.0):
        for _ in range(200):
            with found.place(Someone()):
                clock[0] += seconds
        with found.place(Someone()), pytest.raises(Refused) as caught, found.place(Someone()):
            pass
        seen.append((caught.value.status, caught.value.headers["Retry-After"]))

    assert [(429, "1"), (429, "8"), (429, "60")] == seen


def test_a_place_is_free_again_however_its_request_ended():
    """After an answer, a fault and a cancelled request no place is taken, and only whole answers count for the mean."""
    found = Gate(3, state="open", seconds=5.0)
    for fault in (ValueError, asyncio.CancelledError):
        with contextlib.suppress(fault), found.place(Someone()):
            raise fault

    assert (0, 5.0) == (found.taken, found.seconds)


def test_while_the_model_loads_it_is_said(home, toy_folder):
    """Before the first version is loaded /health says loading and all else is 503 with Retry-After; afterwards it is answered."""
    let, begun = threading.Event(), threading.Event()

    def make(opened):
        begun.set()
        let.wait(20)
        return Two(opened)

    app = make_app(Pool(Shelf(str(home), str(toy_folder)), make), Rules())
    found = []

    def look():
        begun.wait(20)
        port = sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            found.extend([http.get("/health"), http.post("/v1/chat/completions", json={}), http.get("/v1/models")])
        let.set()

    from burnish.serve import server

    sockets = []
    listen = server.listen
    looking = threading.Thread(target=look)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "listen", lambda *where: sockets.append(listen(*where)) or sockets[0])
        looking.start()
        with running(app) as url:
            after = httpx.get(f"{url}/health")
    looking.join()

    assert [(503, "loading"), (200, "ok")] == [(one.status_code, one.json()["status"]) for one in (found[0], after)]
    assert [(503, "not_loaded")] * 2 == [(one.status_code, one.json()["error"]["code"]) for one in found[1:]]
    assert all(int(one.headers["Retry-After"]) >= 1 for one in found[1:])


def lasts(thread):
    """Say whether a thread goes on although it was told to end; one that was may take a moment."""
    thread.join(timeout=20)
    return thread.is_alive()


def test_a_first_version_that_cannot_be_loaded_ends_the_server(home, toy_folder):
    """The server does not stay up with nothing to serve: what is wrong is raised where it was started."""

    def make(opened):
        raise ModelError("it cannot be loaded")

    before = set(threading.enumerate())
    with (
        pytest.raises(ModelError, match="cannot be loaded"),
        running(make_app(Pool(Shelf(str(home), str(toy_folder)), make), Rules())),
    ):
        pass

    ours = [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("burnish-load")]
    assert not [thread.name for thread in ours if lasts(thread)]


def test_llamacpp_asks_its_child_for_no_more_than_its_slots():
    """What waits, waits in the gateway: with two slots, ten answers are asked of the child two at a time, and a cancelled one frees its slot."""
    engine = LlamaCpp.__new__(LlamaCpp)
    engine._slots, engine._stop_ids, engine._drops_space = asyncio.Semaphore(2), frozenset(), False
    busy = [0, 0]

    async def events(_):
        busy[0] += 1
        busy[1] = max(busy)
        try:
            await asyncio.sleep(0.005)
            yield {"stop": True, "tokens_predicted": 1}
        finally:
            busy[0] -= 1

    engine._events = events

    async def one():
        from burnish.serve.engine import Ask

        return [event async for event in engine.complete(Ask(prompt=(), stop_ids=(), max_tokens=1))]

    async def scene():
        tasks = [asyncio.create_task(one()) for _ in range(10)]
        await asyncio.sleep(0.002)
        tasks[0].cancel()
        return [len(one) for one in await asyncio.gather(*tasks[1:])]

    assert [1] * 9 == asyncio.run(scene())
    assert 2 == busy[1]
