"""The exact engine in llama.cpp's place: while its file is being made, and for good where none can be; and what is told meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time

import httpx
import pytest

from burnish.cli.engines import expected
from burnish.errors import ModelError
from burnish.serve.app import make_app
from burnish.serve.engine import Able, Ask, Ended, Token
from burnish.serve.gate import Gate
from burnish.serve.guard import Rules
from burnish.serve.meanwhile import Meanwhile, or_exact
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.server import running
from burnish.serve.start import Doing
from serve.doubles import Repeating

ASK = Ask(prompt=(1,), stop_ids=(), max_tokens=1)
PATIENCE_SECONDS = 20


class Named:
    """An engine that says its name, and may be held."""

    able = Able()
    context = 512

    def __init__(self, name, context=512):
        self.name, self.context = name, context
        self.closed = 0
        self.held = None

    async def complete(self, ask):
        yield Token(self.name)
        if self.held is not None:
            await self.held.wait()
        yield Ended(reason="stop", prompt_tokens=len(ask.prompt), completion_tokens=1)

    async def tokenise(self, text):
        return [len(text)]

    async def health(self):
        return not self.closed

    async def close(self):
        self.closed += 1


async def said(engine):
    """Return the first word of an answer."""
    events = [event async for event in engine.complete(ASK)]
    return events[0].text


async def until(held):
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not held():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def test_the_exact_engine_answers_until_the_other_is_there():
    """Then the other does; an answer that has begun ends where it began, and only then is the exact engine closed."""
    let, told = threading.Event(), []
    exact, fast = Named("exact"), Named("fast", context=64)

    def make():
        assert let.wait(PATIENCE_SECONDS)
        return fast

    async def work():
        engine = Meanwhile("v", make, lambda: exact, told.append, 64)
        exact.held = asyncio.Event()
        assert 64 == engine.context
        begun = engine.complete(ASK)
        assert "exact" == (await anext(begun)).text
        let.set()
        await until(lambda: engine._now is fast)
        assert "fast" == await said(engine)
        assert await engine.health()
        assert 0 == exact.closed
        exact.held.set()
        assert isinstance(await anext(begun), Ended)
        await begun.aclose()
        assert "fast" == await said(engine)
        assert 1 == exact.closed
        await engine.close()

    asyncio.run(work())

    assert (1, 1) == (exact.closed, fast.closed)
    assert ["v: answers come from the exact engine meanwhile, slower", "v: answers come from llama.cpp from now on"] == told


def test_where_the_other_cannot_be_made_the_exact_engine_stays():
    """The reason is told; it answers on. Closed before the other is there: both end."""
    told = []

    def fail():
        raise ModelError("no GGUF of v can be made", seen="because")

    async def work():
        exact = Named("exact")
        engine = Meanwhile("v", fail, lambda: exact, told.append, 512)
        await until(lambda: len(told) == 2)
        assert "exact" == await said(engine)
        await engine.close()
        assert 1 == exact.closed

        let, fast, late = threading.Event(), Named("fast"), Named("exact")
        engine = Meanwhile("v", lambda: let.wait(PATIENCE_SECONDS) and fast, lambda: late, told.append, 512)
        await engine.close()
        let.set()
        await until(lambda: fast.closed)
        assert 1 == late.closed

    asyncio.run(work())

    assert "v: the exact engine answers, since llama.cpp cannot: no GGUF of v can be made (because)" == told[1]


def test_auto_takes_the_exact_engine_where_no_file_can_be_made():
    """And says why; a fault of the exact one is a fault."""
    told = []

    def fail():
        raise ModelError("it failed its proof")

    assert "exact" == or_exact("v", fail, lambda: Named("exact"), told.append).name
    assert "fast" == or_exact("v", lambda: Named("fast"), lambda: Named("exact"), told.append).name
    assert ["v: the exact engine answers, since llama.cpp cannot: it failed its proof"] == told
    with pytest.raises(ModelError):
        or_exact("v", fail, fail, told.append)


def test_torch_comes_back_in_a_process_that_had_kept_it_out(toy_folder):
    """In a process of its own: the words are read without torch, and the exact engine answers all the same."""
    import subprocess
    import sys

    code = f"""
import asyncio, sys
from burnish.serve.start import Options, _exact
load = _exact(Options(engine="auto"))
from burnish.serve.opening import Shelf
opened = Shelf(None, {str(toy_folder)!r}).open("base")
assert sys.modules["torch"] is None
engine = load(opened)
from burnish.serve.engine import Ask
async def work():
    prompt = tuple(opened.chat.raw_ids("abc"))
    return [event async for event in engine.complete(Ask(prompt=prompt, stop_ids=opened.chat.stop_ids, max_tokens=3, temperature=0))]
print(type(asyncio.run(work())[-1]).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "Ended" == done.stdout.strip(), done.stderr


def test_who_asks_while_the_model_loads_hears_what_is_done(tmp_path, toy_folder):
    """The refusal and /health say it, and when to come again; once it is loaded neither does."""
    let, doing = threading.Event(), Doing(lambda _: None)

    def make(opened):
        doing("base: making its GGUF, about 60 seconds")
        assert let.wait(PATIENCE_SECONDS)
        return Repeating(opened)

    (tmp_path / ".burnish").mkdir()
    app = make_app(Pool(Shelf(str(tmp_path), str(toy_folder)), make), Rules())
    doing.guard = app
    found = []

    async def look():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            found.append(await http.get("/v1/models"))
            found.append(await http.get("/health"))

    gate = app.gate
    gate.doing = "base: making its GGUF, about 60 seconds"
    assert "loading" == gate.state
    asyncio.run(look())
    let.set()
    with running(app) as url:
        after = httpx.get(f"{url}/health").json()

    assert (503, "not_loaded") == (found[0].status_code, found[0].json()["error"]["code"])
    assert found[0].json()["error"]["message"].endswith("loaded: base: making its GGUF, about 60 seconds")
    assert found[0].headers["retry-after"]
    assert ("loading", "base: making its GGUF, about 60 seconds") == (found[1].json()["status"], found[1].json()["doing"])
    assert ("ok", None) == (after["status"], after["doing"])
    assert Gate(1).doing == ""


def test_how_long_it_takes_is_said(tmp_path):
    """By the size of the weights: a minute for 135 million, minutes for a billion."""
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(270_000_000)
    assert expected(tmp_path).startswith("about 50 seconds on a quiet machine")
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(2_200_000_000)
    assert expected(tmp_path).startswith("about 5 minutes")
