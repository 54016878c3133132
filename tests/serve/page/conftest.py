"""The page before a server whose engine is a stub, in Debian's chromium: every test may say what the engine does and what the browser saw."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import shutil
import time

import pytest

from burnish.records.codec import to_json
from burnish.records.report import SuiteComparison
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.serve.app import make_app
from burnish.serve.engine import Able, Ended, EngineError, Token
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.server import running
from registry.toy_runs import fill

PATIENCE_MS = 10_000


class Script:
    """What the stub says next, and what was done with it."""

    def __init__(self):
        self.reset()

    def reset(self):
        """Say one short answer at once, and count from nothing."""
        self.pieces = ["A short ", "answer."]
        self.thought = []
        self.by_label = {}
        self.fault = None
        """What it raises, after `hold` pieces."""
        self.hold = {}
        """By label ("" for all): after so many pieces it waits until it is stopped."""
        self.asked = []
        self.running = self.stopped = 0


class Scripted:
    """An engine that says what the script tells it, piece by piece. It takes messages as they are, so that no model is needed."""

    able = Able()
    context = 4096

    def __init__(self, opened, script):
        self.opened, self.script = opened, script

    async def complete(self, ask):
        script = self.script
        script.asked.append((self.opened.label, ask))
        if script.fault is not None and not script.hold:
            raise script.fault
        hold = script.hold.get(self.opened.label, script.hold.get(""))
        script.running += 1
        try:
            for words in script.thought:
                yield Token(words, thought=True)
            for number, words in enumerate(script.by_label.get(self.opened.label, script.pieces)):
                if number == hold:
                    await self._held()
                await asyncio.sleep(0)
                yield Token(words)
            yield Ended(reason="stop", prompt_tokens=len(ask.prompt), completion_tokens=2)
        except (GeneratorExit, asyncio.CancelledError):
            script.stopped += 1
            raise
        finally:
            script.running -= 1

    async def _held(self):
        if self.script.fault is not None:
            raise self.script.fault
        await asyncio.sleep(3600)

    async def tokenise(self, text):
        return self.opened.chat.raw_ids(text)

    async def health(self):
        return True

    async def close(self):
        pass


@pytest.fixture(scope="session")
def script():
    """Return what the stub engine does."""
    return Script()


def judged(verdict, low, high, before, after):
    """Return one suite's line of a run's record."""
    return to_json(SuiteComparison(verdict=verdict, difference=after - before, low=low, high=high, p=0.01, n=40, mean_a=before,
                                   mean_b=after, detectable=0.1))  # fmt: skip


def judged_version(registry, base, *, verdict, parents=(), **suite):
    """Add a version with a verdict and a score; return its id."""
    from burnish.model.folder import weights_hash

    run_id, folder = registry.new_run()
    run = fill(registry, run_id, folder, weights=run_id.encode(), parents=parents, verdict=verdict)
    registry.add(
        dataclasses.replace(
            run, base_model=str(base), base_hash=weights_hash(base), scores={"own rows": judged(verdict, **suite)}
        )
    )
    return run_id


@pytest.fixture(scope="session")
def own_project(tmp_path_factory, toy_folder):
    """Return (home, three versions): a better one, one of which nothing could be told, which is live, and a worse one."""
    home = make_home(tmp_path_factory.mktemp("page"))
    registry = Registry(home)
    first = judged_version(registry, toy_folder, verdict="better", low=0.11, high=0.31, before=0.42, after=0.63)
    second = judged_version(
        registry, toy_folder, verdict="cannot tell", parents=(first,), low=-0.04, high=0.08, before=0.63, after=0.65
    )
    third = judged_version(registry, toy_folder, verdict="worse", parents=(second,), low=-0.3, high=-0.1, before=0.65, after=0.45)
    registry.promote(second, "second")
    registry.tag("spring", first)
    return home, (first, second, third)


@pytest.fixture(scope="session")
def make_server(own_project, script):
    """Return a context manager that serves the project with the stub engine under some rules; yields the address."""

    @contextlib.contextmanager
    def serve(rules):
        pool = Pool(Shelf(str(own_project[0]), None), lambda opened: Scripted(opened, script), first="live")
        with running(make_app(pool, rules)) as url:
            yield url

    return serve


@pytest.fixture(scope="session")
def page_url(make_server):
    """Serve the page without a key; return the address."""
    with make_server(Rules()) as url:
        yield url


@pytest.fixture(scope="module")
def chromium():
    """Return Debian's chromium, one for the tests of a file."""
    sync = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install -c constraints.txt -e '.[dev]'"
    )
    with sync.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


class Seen:
    """What the browser said and asked while a test ran."""

    def __init__(self, page, url):
        self.console, self.foreign, self.asked = [], [], []
        page.on("console", lambda one: self.console.append(f"{one.type}: {one.text}"))
        page.on("pageerror", lambda one: self.console.append(f"error: {one}"))
        page.on("request", lambda one: (self.asked if one.url.startswith(url) else self.foreign).append(one.url))

    def asks_only_home(self):
        """Return whether nothing but this server, and data in the page itself, was asked for."""
        return [one for one in self.foreign if not one.startswith("data:")] == []


@pytest.fixture
def tab(chromium, page_url, script):
    """Return a new tab on the page, on a light screen of 1,200 by 800, which reaches this server and nothing else."""
    script.reset()
    with opened(chromium, page_url) as page:
        yield page
    assert page.seen.console == []
    assert page.seen.asks_only_home()


ABSENT = {"**/v1/ab": {"object": "ab", "running": False, "arms": [], "state": "no experiment", "words": "No experiment runs."},
          "**/v1/figures": {"object": "figures", "since": 10, "versions": {}}}  # fmt: skip


@contextlib.contextmanager
def opened(chromium, url, *, width=1200, height=800, path="", load=True, **context):
    """Open the page in a tab of its own; `seen` on it holds what the browser said."""
    with contextlib.closing(chromium.new_context(viewport={"width": width, "height": height}, locale="en-GB", **context)) as own:
        own.set_default_timeout(PATIENCE_MS)
        page = own.new_page()
        page.seen = Seen(page, url)
        for pattern, answer in ABSENT.items():
            answering(page, pattern, answer)
        if load:
            page.goto(f"{url}/{path}")
            page.wait_for_selector("#model option", state="attached")
        yield page


def answering(page, pattern, answer, status=200):
    """Answer a route in the browser, without the server; return the bodies that were sent to it."""
    bodies = []

    def handle(route):
        bodies.append(json.loads(route.request.post_data) if route.request.post_data else None)
        route.fulfill(status=status, content_type="application/json", body=json.dumps(answer))

    page.route(pattern, handle)
    return bodies


def say(page, words):
    """Write words and send them with Enter, as a person does."""
    page.fill("#words", words)
    page.press("#words", "Enter")


def answered(page, number=1):
    """Wait until so many answers are whole; return the last one."""
    page.wait_for_selector(f".answer[aria-busy=false] >> nth={number - 1}")
    return page.locator(".answer").last


def until(true, seconds=20):
    """Wait until something is true; return whether it became so."""
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def engine_failed(words):
    """Return a fault of the engine."""
    return EngineError("the engine failed", seen=words)
