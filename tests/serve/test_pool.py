"""Engines that are loaded, in use and closed at the same time: none is closed under its request, none is lost, nobody is told a 500."""

from __future__ import annotations

import asyncio
import subprocess
import time

import httpx
import pytest

from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.llamacpp import LlamaCpp
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.remote import RemoteVersions
from burnish.serve.server import running
from serve.conftest import add_version
from serve.doubles import Repeating
from serve.watching import Versions, samples, total


class Held(Repeating):
    """Is closed, and tells its health, only once it may."""

    def __init__(self, opened):
        super().__init__(opened)
        self.may = asyncio.Event()
        self.closed = False

    async def health(self):
        await self.may.wait()
        return True

    async def close(self):
        await self.may.wait()
        self.closed = True


async def gone(pool, label):
    """Wait until a version's engine has been taken out."""
    while label in pool._held:  # noqa: ASYNC110 - the pool's own state
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory, toy_folder):
    """Return (the shelf of a project, its two versions); none is live."""
    home = make_home(tmp_path_factory.mktemp("pool"))
    return Shelf(str(home), None), [add_version(Registry(home), toy_folder, seed=seed, scale=0.0) for seed in (7, 8)]


@pytest.fixture
def scene(shelf, toy_folder):
    """Return (a pool, the engines it made by their label, two versions, a way to use one for a moment)."""
    shelf, versions = shelf
    made = {}

    def make(opened):
        made[opened.label] = Held(opened)
        return made[opened.label]

    pool = Pool(shelf, make, first=versions[0])

    async def use(*names):
        for name in names:
            async with pool.lease(name):
                pass

    return pool, made, versions, use


def test_an_engine_that_comes_into_use_while_another_is_closed_is_kept(scene, shelf, toy_folder):
    """With two engines too many, the second one is asked again while the first is being closed: it answers on."""
    pool, made, (first, second), use = scene
    pool.shelf = Shelf(str(shelf[0].registry.home), str(toy_folder))

    async def play():
        await use(first, second, "base")
        pool.keep = 1
        made["base"].may.set()
        closing = asyncio.create_task(pool._shrink())
        await gone(pool, first)
        async with pool.lease(second):
            for one in made.values():
                one.may.set()
            await closing
            return made[first].closed, made[second].closed

    assert (True, False) == asyncio.run(play())


def test_an_engine_whose_closing_was_given_up_is_still_closed(scene):
    """When who let go of an engine goes away while it is being closed, it is closed all the same, and the end waits for it."""
    pool, made, (first, second), use = scene

    async def play():
        await use(first, second)
        pool.keep = 1
        closing = asyncio.create_task(pool._shrink())  # as each request does at its end
        await gone(pool, first)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        ending = asyncio.create_task(pool.close())
        await asyncio.sleep(0.01)
        waited = not ending.done()
        for one in made.values():
            one.may.set()
        await ending
        return waited, [one.closed for one in made.values()]

    assert (True, [True, True]) == asyncio.run(play())


def test_an_engine_that_cannot_be_closed_keeps_no_other_from_it(scene):
    """One engine fails while it is closed: it is told, and the others are closed."""
    pool, made, (first, second), use = scene
    told = []
    pool.tell = told.append

    async def fails():
        raise RuntimeError("the pipe is gone")

    async def play():
        await use(first, second)
        made[second].close = fails
        made[first].may.set()
        await pool.close()

    asyncio.run(play())

    assert made[first].closed
    assert ["the pipe is gone"] == [text.splitlines()[-1] for text in told]


def test_health_is_told_while_an_engine_is_loaded(scene):
    """An engine that comes while the others are asked for their health makes no fault of it."""
    pool, made, (first, second), use = scene

    async def play():
        await use(first)
        asked = asyncio.create_task(pool.healthy())
        await asyncio.sleep(0)
        await use(second)
        made[first].may.set()
        return await asked

    assert asyncio.run(play())


def test_an_engine_that_is_closed_is_not_well():
    """A llama.cpp whose connection is closed says no, and raises nothing."""
    engine = LlamaCpp.__new__(LlamaCpp)
    engine._http = httpx.AsyncClient()

    async def play():
        await engine._http.aclose()
        return await engine.health()

    with subprocess.Popen(["sleep", "60"]) as engine._child:
        try:
            assert not asyncio.run(play())
        finally:
            engine._child.kill()


def test_engines_are_loaded_one_after_the_other(scene):
    """Two versions asked for at once are never loaded at once: their memory would not be there."""
    pool, _, versions, use = scene
    loading, most = [], []

    def make(opened, inner=pool.make):
        loading.append(opened.label)
        most.append(len(loading))
        time.sleep(0.2)
        loading.remove(opened.label)
        return inner(opened)

    async def play():
        pool.make = make
        await asyncio.gather(*map(use, versions))

    asyncio.run(play())

    assert [1, 1] == most


class Mortal(Repeating):
    """Is well until it is told to be dead."""

    dead = False

    async def health(self):
        return not self.dead


def test_a_version_that_died_is_loaded_anew_and_only_the_one_that_serves_takes_the_server_out(shelf):
    """Another version's dead engine is let go of by the next look at the health, which is well; the served one's is a 503, and is kept."""
    shelf, versions = shelf
    made = {}

    def make(opened):
        made.setdefault(opened.label, []).append(Mortal(opened))
        return made[opened.label][-1]

    def ask(http):
        said = [{"role": "user", "content": "hi"}]
        return http.post("/v1/chat/completions", json={"model": versions[1], "messages": said}).status_code

    with running(make_app(Pool(shelf, make, first=versions[0]), Rules())) as url, httpx.Client(base_url=url) as http:
        answers = [ask(http)]
        made[versions[1]][0].dead = True
        well = http.get("/health").status_code
        answers.append(ask(http))
        made[versions[0]][0].dead = True
        dead = [http.get("/health").status_code for _ in range(2)]

    assert ([200, 200], 200, [503, 503]) == (answers, well, dead)
    assert [1, 2] == [len(made[label]) for label in versions]


@pytest.mark.parametrize("state", ["loading", "open", "draining"])
def test_ready_is_what_a_request_would_find(state):
    """While the server loads and while it ends, `burnish:ready` is 0."""
    app = make_app(Versions(), Rules())
    app.gate.state = state

    assert (state == "open") == ready(app)


def test_a_server_elsewhere_that_is_not_asked_yet_is_not_ready():
    """Before the server elsewhere is connected, /metrics is there, and says 0."""
    app = make_app(RemoteVersions("http://127.0.0.1:9"), Rules())
    app.gate.state = "open"

    assert 0 == ready(app)


def ready(app):
    """Return what /metrics says."""

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
            return await http.get("/metrics")

    found = asyncio.run(ask())
    assert 200 == found.status_code
    return total(samples(found.text), "burnish:ready")
