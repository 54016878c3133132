"""The right version answers, always: under load, while live moves, and when one cannot be loaded."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.reference import Reference
from burnish.serve.server import running
from burnish.serve.start import outliving
from serve.conftest import add_version
from serve.doubles import Repeating, Waiting


def ask(http, model, words="Which colour has door 3?", limit=6):
    """Return (the answer's text, the version it says it is of)."""
    body = {"model": model, "messages": [{"role": "user", "content": words}], "max_tokens": limit}
    found = http.post("/v1/chat/completions", json=body)
    assert found.status_code == 200, found.text
    return found.json()["choices"][0]["message"]["content"], found.json()["model"]


def streamed(http, model, words="Which colour has door 3?", limit=6):
    """Return the same of a stream."""
    import json

    body = {"model": model, "messages": [{"role": "user", "content": words}], "max_tokens": limit, "stream": True}
    text, named = "", set()
    with http.stream("POST", "/v1/chat/completions", json=body) as found:
        for line in found.iter_lines():
            if line.startswith("data: {"):
                event = json.loads(line[6:])
                named.add(event["model"])
                text += "".join(choice["delta"].get("content") or "" for choice in event["choices"])
    return text, *named


def test_of_200_mixed_requests_at_once_none_is_answered_by_another_version(url, project):
    """Base and two versions, streamed and whole, all at once: each answer is its own version's, word for word, and names it."""
    _, _, versions = project
    names = ("base", versions[0], "second")
    with httpx.Client(base_url=url, timeout=120, limits=httpx.Limits(max_connections=250)) as http:
        alone = {name: ask(http, name) for name in names}
        asked = [(names[i % 3], (ask, streamed)[i // 3 % 2]) for i in range(200)]
        with ThreadPoolExecutor(200) as threads:
            answers = list(threads.map(lambda one: one[1](http, one[0]), asked))

    assert 3 == len({text for text, _ in alone.values()})
    assert [("base", "base"), (versions[0], versions[0]), ("second", versions[1])] == [(n, alone[n][1]) for n in names]
    assert [] == [(name, answer) for (name, _), answer in zip(asked, answers, strict=True) if answer != alone[name]]


@pytest.fixture
def own(tmp_path, toy_folder):
    """Return (home, registry, two versions) of a project that this test may change; the first is live."""
    home = make_home(tmp_path)
    registry = Registry(home)
    versions = [add_version(registry, toy_folder, seed=seed) for seed in (3, 4)]
    registry.promote(versions[0], "first")
    return home, registry, versions


def test_live_moves_under_load_and_no_request_is_lost(own):
    """While requests keep coming, promote and rollback move `live`; each is answered by a version that was live, idle ones close."""
    home, registry, versions = own
    pool = Pool(Shelf(str(home), None), Reference, first="live", keep=1)
    answers, going = [], [True]
    with (
        running(make_app(pool, Rules())) as url,
        httpx.Client(base_url=url, timeout=60) as http,
        ThreadPoolExecutor(4) as threads,
    ):
        right = {version: ask(http, version)[0] for version in versions}

        def keep_asking():
            while going[0]:
                answers.append(ask(http, "live"))

        busy = [threads.submit(keep_asking) for _ in range(4)]
        waits = []
        for move, new in ((lambda: registry.promote(versions[1], "second"), 1), (lambda: registry.rollback(None, "back"), 0)):
            move()
            began = time.monotonic()
            while httpx.get(f"{url}/health").json()["live"] != versions[new] and time.monotonic() - began < 20:
                time.sleep(0.02)
            waits.append(time.monotonic() - began)
        going[0] = False
        for one in busy:
            one.result()
        loaded = set(pool._held)

    assert max(waits) < 20
    assert {versions[0], versions[1]} == {version for _, version in answers}
    assert [] == [(text, version) for text, version in answers if text != right[version]]
    assert {versions[0]} == loaded


def test_a_version_that_cannot_be_loaded_leaves_the_old_one_live(own):
    """When the new live version's adapter is damaged after the promotion, the server says so and goes on with the old one."""
    home, registry, versions = own
    told = []
    pool = Pool(Shelf(str(home), None), Repeating, first="live", tell=told.append)
    with running(make_app(pool, Rules())) as url, httpx.Client(base_url=url, timeout=60) as http:
        registry.promote(versions[1], "second")
        weights = home / "runs" / versions[1] / "adapter" / "adapter_model.safetensors"
        weights.chmod(0o644)
        weights.write_bytes(b"damaged")
        deadline = time.monotonic() + 20
        while not told and time.monotonic() < deadline:
            time.sleep(0.05)
        answer = ask(http, "live", "still here", 40)

    assert ("still here", versions[0]) == answer
    assert "stays live" in told[0]


@pytest.mark.parametrize("gone", [OSError(5, "Input/output error"), BrokenPipeError(), SystemExit(1)])
def test_live_is_followed_though_the_terminal_is_gone(own, gone):
    """When nobody can be told any more, promotions are still followed, one after the other."""
    home, registry, versions = own

    def tell(text):
        raise gone

    async def scene():
        pool = Pool(Shelf(str(home), None), Repeating, first="live", tell=outliving(tell))
        await pool.start()
        followed = []
        for version in (versions[1], versions[0]):
            await asyncio.to_thread(registry.promote, version, "moved")
            deadline = time.monotonic() + 10
            while pool.live != version and time.monotonic() < deadline:  # noqa: ASYNC110 - the pool's own state
                await asyncio.sleep(0.05)
            followed.append(pool.live)
        await pool.close()
        return followed

    assert [versions[1], versions[0]] == asyncio.run(scene())


def test_an_engine_in_use_is_not_closed_under_its_request(own):
    """With room for one engine, a version that is answering keeps its engine until the answer has ended."""
    home, _, versions = own
    made = {}

    def make(opened):
        made[opened.label] = Waiting(opened)
        return made[opened.label]

    async def scene():
        pool = Pool(Shelf(str(home), None), make, first="base", keep=1)
        await pool.start()
        async with pool.lease(versions[1]) as busy:
            async with pool.lease("base"):
                pass
            still = busy.engine.closed
        async with pool.lease("base"):
            pass
        after = made[versions[1]].closed
        await pool.close()
        return still, after, made["base"].closed

    assert (False, True, True) == asyncio.run(scene())


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_stops_its_answer_within_two_steps(url, pool, stream):
    """After the client has closed its connection the engine takes at most two more decode steps, and is free for the next."""
    body = {"model": "base", "messages": [{"role": "user", "content": "go on"}], "max_tokens": 480, "stream": stream}
    with httpx.Client(base_url=url, timeout=60) as http:
        ask(http, "base")
        counter = pool._held["base"].engine.counter
        before, steps = len(counter.after_cancel), counter.steps
        with pytest.raises(httpx.ReadTimeout) if not stream else http.stream("POST", "/v1/chat/completions", json=body) as found:
            if stream:
                next(found.iter_lines())
            else:
                http.post("/v1/chat/completions", json=body, timeout=0.15)
        deadline = time.monotonic() + 20
        while len(counter.after_cancel) == before and time.monotonic() < deadline:
            time.sleep(0.01)
        ask(http, "base")

    assert 1 == len(counter.after_cancel) - before
    assert counter.after_cancel[-1] <= 2
    assert counter.steps - steps < 480


@pytest.mark.parametrize(
    "text", ["https://user@host.example:8080/a/(b)~c?q=1&r=50%25#part-2 👩‍🔬 é", "  two  spaces\n\n* and *stars*  "]
)
def test_text_passes_whole_through_the_server(own, text):
    """Links, emoji, spaces and marks come back byte for byte, whole and streamed; nothing is re-formatted."""
    home, _, _ = own
    with (
        running(make_app(Pool(Shelf(str(home), None), Repeating, first="base"), Rules())) as url,
        httpx.Client(base_url=url, timeout=60) as http,
    ):
        assert text == ask(http, "base", text, 200)[0]
        assert text == streamed(http, "base", text, 200)[0]
