"""Clients that leave, a server that is told to stop, and a live version that moves: nothing goes on for nobody, and nobody is lost."""

from __future__ import annotations

import asyncio
import signal
import threading
import time

import pytest

from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.server import running
from serve.bench import fuzz_api, http_lines, stub_server
from serve.conftest import add_version
from serve.doubles import Paced


async def until(done):
    """Wait until something is so, twenty seconds at most; return whether it is."""
    deadline = time.monotonic() + 20
    while not done() and time.monotonic() < deadline:  # noqa: ASYNC110 - the server's own state, on another thread
        await asyncio.sleep(0.01)
    return done()


class Slow(Paced):
    """Two answers at once, 20 ms a letter."""

    seconds, slots = 0.02, 2


class Many(Paced):
    """Many answers at once, 5 ms a letter."""

    slots = 64


def port_of(url):
    """Return an address's port."""
    return int(url.rpartition(":")[2])


async def left(port, number, point):
    """Ask, close the connection at a point, and return (the words asked for, when it was closed)."""
    words = f"{point} {number:03d}".ljust(12)
    body = http_lines.chat(words + "." * 100, stream=point == "streaming")
    start = http_lines.head(length=len(body))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write({"head": start[:40], "body": start + body[:40]}.get(point, start + body))
    if point == "streaming":
        await reader.readuntil(b'"content"')
    else:
        await asyncio.sleep(0.02 * number)
    writer.transport.abort() if number % 2 else writer.close()
    return words, time.monotonic()


def test_whoever_leaves_at_whatever_point_stops_the_work_within_two_steps(tmp_path, toy_folder):
    """In the head, in the body, while waiting, while an answer is made or streamed: it stops, and slots, leases and places are free."""
    engines = []
    pool = Pool(Shelf(str(make_home(tmp_path)), str(toy_folder)), lambda opened: engines.append(Slow(opened)) or engines[-1])
    app = make_app(pool, Rules(places=40))

    async def scene(port):
        points = [(number, point) for number in range(5) for point in ("head", "body", "making", "streaming")]
        closed = dict(await asyncio.gather(*(left(port, number, point) for number, point in points)))
        await until(lambda: not app.gate.taken and not engines[0].counter.running)
        async with http_lines.Client(port) as client:
            after = await client.ask(http_lines.chat("after", limit=2))
        return closed, after

    Slow.steps = {}
    with running(app) as url:
        closed, after = asyncio.run(scene(port_of(url)))
    over = {words: sum(step > when for step in Slow.steps.get(words, ())) for words, when in closed.items()}

    assert max(over.values()) <= 2
    assert sum(map(len, Slow.steps.values())) < 500  # of the 1,000 and more that the answers had
    assert (0, 0, 0) == (app.gate.taken, engines[0].counter.running, sum(held.users for held in pool._held.values()))
    assert 200 == after.status


@pytest.mark.parametrize("stream", [False, True])
def test_who_leaves_before_the_first_token_is_not_waited_for(tmp_path, toy_folder, stream):
    """An answer whose first token is long in coming is given up when its client goes, streamed or not."""
    begun, ended = threading.Event(), threading.Event()

    class Never(Paced):
        async def complete(self, ask):
            begun.set()
            try:
                await asyncio.Event().wait()
                yield None
            finally:
                ended.set()

    async def scene(port):
        body = http_lines.chat("x", stream=stream)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(http_lines.head(length=len(body)) + body)
        await asyncio.to_thread(begun.wait, 10)
        writer.close()
        return await asyncio.to_thread(ended.wait, 10)

    app = make_app(Pool(Shelf(str(make_home(tmp_path)), str(toy_folder)), Never), Rules())
    with running(app) as url:
        assert asyncio.run(scene(port_of(url)))
    assert 0 == app.gate.taken


def test_an_engine_whose_client_left_while_it_was_loaded_is_kept_and_closed(tmp_path, toy_folder):
    """Loading goes on when who asked for it goes away; the engine is there for the next, and is closed with the others."""
    made, let = [], threading.Event()

    class Closing(Paced):
        async def close(self):
            made.remove(self)

    def make(opened):
        let.wait(10)
        made.append(Closing(opened))
        return made[-1]

    async def scene():
        pool = Pool(Shelf(str(make_home(tmp_path)), str(toy_folder)), make)

        async def ask():
            async with pool.lease("base"):
                pass

        asking = asyncio.create_task(ask())
        await asyncio.sleep(0.05)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        let.set()
        await pool.close()

    asyncio.run(scene())

    assert let.is_set()
    assert [] == made


def test_live_moves_both_ways_under_50_requests_at_once_and_none_is_lost(tmp_path, toy_folder):
    """While 50 clients keep asking for `live`, it is promoted and rolled back; every answer is a 200 with its own words, by a live version."""
    home = make_home(tmp_path)
    registry = Registry(home)
    versions = [add_version(registry, toy_folder, seed=seed) for seed in (5, 6)]
    registry.promote(versions[0], "first")
    pool = Pool(Shelf(str(home), None), Many, first="live", keep=1)
    out, going = [], [True]

    async def keep_asking(port, number):
        client = http_lines.Client(port)
        while going[0]:
            words = f"{number:03d} {len(out):05d}"
            answer = await client.ask(http_lines.chat(words, model="live"))
            assert answer.status == 200, answer.body
            out.append((answer.json()["choices"][0]["message"]["content"] == words, answer.json()["model"]))
        await client.close()

    async def scene(port):
        clients = [asyncio.create_task(keep_asking(port, number)) for number in range(50)]
        moved = []
        for move, new in ((registry.promote, versions[1]), (registry.rollback, versions[0])):
            await asyncio.to_thread(move, new, "move")
            moved.append(await until(lambda new=new: pool.live == new))
        going[0] = False
        await asyncio.gather(*clients)
        return moved

    with running(make_app(pool, Rules())) as url:
        moved = asyncio.run(scene(port_of(url)))

    assert [True, True] == moved
    assert len(out) >= 50
    assert all(own for own, _ in out)
    assert set(versions) == {version for _, version in out}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """Return a home without versions."""
    return make_home(tmp_path_factory.mktemp("quiet"))


async def flight(server, count):
    """Begin answers of 100 letters, streamed and whole, and wait until all have a place; return their tasks."""

    async def one(number):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        body = http_lines.chat("x" * 100, stream=number % 2 == 0)
        writer.write(http_lines.head(length=len(body)) + body)
        try:
            answer = await http_lines.read_answer(reader)
        except (asyncio.IncompleteReadError, OSError):
            return None
        finally:
            writer.close()
        return answer

    tasks = [asyncio.create_task(one(number)) for number in range(count)]
    await until(lambda: server.asked()["taken"] == count)
    return tasks


def test_told_to_stop_it_ends_what_it_began_and_turns_others_away(quiet, toy_folder):
    """At SIGTERM 20 answers go on to their end; a new request gets 503 and Connection: close, /health says draining, the exit code is 0."""

    async def scene(server):
        tasks = await flight(server, 20)
        server.child.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.05)
        client = http_lines.Client(server.port)
        late = await client.ask(http_lines.chat("late"))
        health = await client.ask(None, "/health")
        await client.close()
        return await asyncio.gather(*tasks), late, health

    with stub_server.stub(toy_folder, quiet, "--slots", "20", "--token-ms", "8") as server:
        answers, late, health = asyncio.run(scene(server))
        code = server.child.wait(20)
    whole = [one.json()["choices"][0]["message"]["content"] for one in answers[1::2]]
    streams = [one.body for one in answers[::2]]

    assert ["x" * 100] * 10 == whole
    assert all(one.count(b'"content": "x"') == 100 and one.endswith(b"data: [DONE]\n\n") for one in streams)
    assert (503, "close", "draining") == (late.status, late.headers["connection"], late.json()["error"]["code"])
    assert (503, "draining") == (health.status, health.json()["status"])
    assert 0 == code


@pytest.mark.parametrize("signals", [1, 2])
def test_what_cannot_be_waited_for_is_told_so_and_the_exit_code_is_1(quiet, toy_folder, signals):
    """Past the limit, and at a second signal, answers that still run end with an error their clients can read; the server says how many."""

    async def scene(server):
        tasks = await flight(server, 4)
        for number in range(signals):
            server.child.send_signal(signal.SIGINT if number else signal.SIGTERM)
            await asyncio.sleep(0.1)
        return await asyncio.gather(*tasks)

    limit = ("--drain-seconds", "0.2" if signals == 1 else "60")
    with stub_server.stub(toy_folder, quiet, "--token-ms", "200", *limit) as server:
        answers = asyncio.run(scene(server))
        code = server.child.wait(20)

    assert 1 == code
    assert {503} == {one.status for one in answers[1::2]}
    assert all(b"cut_off" in one.body for one in answers)


def test_the_api_keeps_to_its_own_page_under_schemathesis(quiet, toy_folder):
    """A short fuzzing of all operations finds no 5xx, no undocumented status, type or shape; the whole one is benchmarks/fuzz_api.py."""
    with stub_server.stub(toy_folder, quiet, *fuzz_api.QUICK) as server:
        code, report = fuzz_api.fuzz(server, 5, 11)
        state = server.asked()

    assert 0 == code, report
    assert 0 == state["taken"]
