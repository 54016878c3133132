"""Servers elsewhere: as an engine behind the gateway, in a chat, in an evaluation, and in a smoke test."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import socket
import subprocess
import sys
import time

import httpx
import pytest
from typer.testing import CliRunner

from burnish.cli.main import app
from burnish.registry.home import make_home
from burnish.serve.app import make_app
from burnish.serve.engine import Ended, Token
from burnish.serve.guard import Rules
from burnish.serve.opening import Shelf
from burnish.serve.pool import Pool
from burnish.serve.remote import RemoteVersions
from burnish.serve.server import running
from serve.doubles import Repeating
from serve.test_versions import ask, streamed

LINK = "https://user@host.example:8080/a/(b)~c?q=1&r=50%25#part-2 \N{GRINNING FACE}"


@pytest.fixture(scope="module")
def repeating(tmp_path_factory, toy_folder):
    """Serve a model that repeats what it is asked; return the address."""
    home = make_home(tmp_path_factory.mktemp("repeating"))
    with running(make_app(Pool(Shelf(str(home), str(toy_folder)), Repeating), Rules())) as url:
        yield url


def run(*words, **more):
    """Type a command."""
    return CliRunner().invoke(app, [str(word) for word in words], **more)


def test_a_server_behind_the_gateway_answers_through_it(url, project):
    """Its models are listed and answer word for word as they do without the gateway; its refusals stay refusals."""
    _, _, versions = project
    with (
        running(make_app(RemoteVersions(url), Rules())) as front,
        httpx.Client(base_url=url, timeout=60) as near,
        httpx.Client(base_url=front, timeout=60) as far,
    ):
        names = [{one["id"] for one in http.get("/v1/models").json()["data"]} for http in (near, far)]
        answers = [(ask(http, "second")[0], streamed(http, "second")[0]) for http in (near, far)]
        body = {"model": versions[0], "messages": [{"role": "user", "content": "x" * 600}]}
        refused = far.post("/v1/chat/completions", json=body)
        unknown = far.post("/v1/chat/completions", json=body | {"model": "no-such"})
        logprobs = [http.post("/v1/chat/completions", json={"model": "base", "messages": [{"role": "user", "content": "x"}],
                    "max_tokens": 3, "logprobs": True, "top_logprobs": 2}).json()["choices"][0]["logprobs"] for http in (near, far)]  # fmt: skip

    assert names[0] == names[1]
    assert answers[0] == answers[1]
    assert (400, "context_length_exceeded") == (refused.status_code, refused.json()["error"]["code"])
    assert 404 == unknown.status_code
    assert logprobs[0] == logprobs[1]


@pytest.mark.parametrize(
    ("path", "body"), [("chat/completions", {"messages": [{"role": "user", "content": "hi"}]}), ("completions", {"prompt": "hi"})]
)
def test_a_limit_that_nobody_named_is_left_to_the_server_elsewhere(url, path, body):
    """Its context may be shorter than any limit of ours: a request without max_tokens gets what it gets there, word for word."""
    with running(make_app(RemoteVersions(url), Rules())) as front:
        answers = [httpx.post(f"{one}/v1/{path}", json=body | {"model": "base"}, timeout=60) for one in (url, front)]

    assert [200, 200] == [one.status_code for one in answers]
    assert 1 == len({json.dumps(one.json()["choices"]) for one in answers})


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_server_outlives_who_reads_its_words(repeating, more, tmp_path):
    """With stdout a pipe that nobody reads any more it starts, answers, and ends with 0 when told to, without a word of a fault."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "burnish", "serve", "--engine", repeating, "--port", str(port), *more]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        child.stdout.close()
        try:
            answer = until_answered(f"http://127.0.0.1:{port}", child)
        finally:
            child.terminate()
        _, said = child.communicate(timeout=20)

    assert answer == "still here", said
    assert (0, False) == (child.returncode, "Error" in said), said


def until_answered(url, child):
    """Ask until the server has begun; return its answer, "" where it has ended."""
    body = {"model": "base", "messages": [{"role": "user", "content": "still here"}], "max_tokens": 40}
    deadline = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            found = httpx.post(f"{url}/v1/chat/completions", json=body)
            if found.status_code == 200:
                return found.json()["choices"][0]["message"]["content"]
        time.sleep(0.05)
    return ""


def test_chat_via_a_server(repeating):
    """A chat with a server shows its answers as they are, and keeps the history."""
    done = run("chat", "--via", repeating, input=f"{LINK}\nsecond\n\n")

    assert 0 == done.exit_code, done.stderr
    assert f"{LINK}\nsecond\n" in done.stdout
    assert f"talking to base via {repeating}" in done.stdout


def test_evaluate_via_a_server(repeating, tmp_path):
    """Suites are asked of a server and graded as here; tasks weighed by likelihood are left out, counted and told."""
    tasks = [
        {"id": "1", "prompt": f"Repeat {LINK}", "grader": "contains", "target": LINK, "tags": ["links"]},
        {"id": "2", "prompt": "Say it", "grader": "contains", "target": "never said"},
        {"id": "3", "prompt": "Which?", "grader": "choice", "target": {"options": ["red", "blue"], "right": "blue"}},
    ]
    suite = tmp_path / "mine.jsonl"
    suite.write_text("".join(json.dumps(task) + "\n" for task in tasks))
    done = run("evaluate", "--via", f"{repeating}/v1/", "--suite", suite, "-o", tmp_path / "out", "--json")
    assert 0 == done.exit_code, done.stderr
    found = json.loads(done.stdout)
    items = [json.loads(line) for line in (tmp_path / "out" / "mine.jsonl").read_text("utf-8").splitlines()]

    assert {"mean": 0.5, "n": 2} == {key: found["suites"]["mine"][key] for key in ("mean", "n")}
    assert "1 of 3 in mine" in done.stderr
    assert [1.0, 0.0] == [item["score"] for item in items]
    assert f"Repeat {LINK}" == items[0]["text"]
    assert items[0]["natural_stop"] is True


def test_a_prompt_that_the_server_refuses_counts_nothing_and_is_told(repeating, tmp_path):
    """A prompt too long for the server is one answer of 0, counted and told; the others are asked as ever."""
    tasks = [
        {"id": "long", "prompt": "x" * 600, "grader": "contains", "target": "x"},
        {"id": "short", "prompt": "Say x", "grader": "contains", "target": "x"},
    ]
    suite = tmp_path / "mine.jsonl"
    suite.write_text("".join(json.dumps(task) + "\n" for task in tasks))
    done = run("evaluate", "--via", repeating, "--suite", suite, "-o", tmp_path / "out", "--json")
    found = json.loads(done.stdout)["suites"]["mine"]

    assert 0 == done.exit_code, done.stderr
    assert (0.5, 2, 1) == (found["mean"], found["n"], found["not_judged"])
    assert "1 of 2 in mine were refused by the server and count 0 (long: This model's maximum context" in done.stderr


def test_as_good_shows_refutes_or_says_neither(url, project, tmp_path):
    """The version itself is as good within a wide margin, the base is worse; a margin too narrow for 12 questions shows nothing."""
    from burnish.flow.artefact import as_good

    home, _, versions = project
    words = [f"Which colour has door {i}?" for i in range(12)]
    with httpx.Client(base_url=url, timeout=60) as http:
        said = [ask(http, versions[1], one, 16)[0] for one in words]

    def judged(name, count, points):
        suite = tmp_path / f"of-{count}.jsonl"
        tasks = [{"id": str(i), "prompt": words[i], "grader": "exact", "target": said[i], "max_tokens": 16} for i in range(count)]
        suite.write_text("".join(json.dumps(one) + "\n" for one in tasks))
        work = as_good(url, name, versions[1], [str(suite)], points=points, home=str(home))
        while True:
            try:
                next(work)
            except StopIteration as done:
                return done.value.shown, done.value.refuted

    assert (True, False) == judged(versions[1], 12, 40)
    assert (False, False) == judged(versions[1], 12, 5)
    assert (False, True) == judged("base", 12, 40)
    assert (False, False) == judged("base", 2, 40)


@pytest.mark.parametrize("verb", [("chat",), ("evaluate", "--suite", "starter")])
def test_no_server_there_is_one_block(verb):
    """Where nothing listens, or no address is given, one block says so, with exit code 1."""
    nobody, wrong = run(*verb, "--via", "http://127.0.0.1:9"), run(*verb, "--via", "not-an-address")

    assert (1, 1) == (nobody.exit_code, wrong.exit_code)
    assert "did not answer" in nobody.stderr
    assert "needs the address" in wrong.stderr


def test_smoke_of_a_sound_server_passes(repeating):
    """Everything that is counted passes, links among it, and the answers are told."""
    done = run("smoke", repeating, "--json")
    checks = {one["name"]: one["passed"] for one in json.loads(done.stdout)["checks"]}

    assert 0 == done.exit_code, done.stderr
    assert {"loads": True, "answers": True, "stops": True, "keeps links": True, "repeats links": None, "refuses": True,
            "declines harm": None} == checks  # fmt: skip


class Endless(Repeating):
    """A model that never ends an answer by itself."""

    async def complete(self, ask):
        async for event in super().complete(ask):
            yield dataclasses.replace(event, reason="length") if hasattr(event, "reason") else event


def test_smoke_says_what_failed(tmp_path, toy_folder):
    """A model that never stops fails "stops" alone, by name and with exit code 1; a dead address fails "loads"."""
    home = make_home(tmp_path)
    with running(make_app(Pool(Shelf(str(home), str(toy_folder)), Endless), Rules())) as address:
        done = run("smoke", address, "--json")

    assert 1 == done.exit_code
    assert ["stops"] == [one["name"] for one in json.loads(done.stdout)["checks"] if one["passed"] is False]
    assert "1 of 7 checks failed: stops" in done.stderr
    assert "loads" in run("smoke", "http://127.0.0.1:9").stderr


def test_smoke_loads_a_version_and_a_folder_by_itself(project, toy_folder):
    """A version by its tag or its id's beginning and a model's folder are served for the test, and asked over HTTP as any server."""
    home, registry, versions = project
    beginning = next(versions[1][:n] for n in range(1, len(versions[1])) if registry.has(versions[1][:n]))
    for words in (("second", "--home", home), (beginning, "--home", home), (toy_folder, "--home", home)):
        checks = {one["name"]: one["passed"] for one in json.loads(run("smoke", *words, "--json").stdout)["checks"]}

        assert (True, True, True) == (checks["loads"], checks["keeps links"], checks["refuses"])
    assert 1 == run("smoke", "no-such-version", "--home", home).exit_code


class Tearing(Repeating):
    """A server with a fault: its stream loses what is no plain letter."""

    async def complete(self, ask):
        async for event in super().complete(ask):
            yield type(event)(event.text.replace("%", ""), event.tokens) if hasattr(event, "text") and ask.seed % 2 else event


def test_smoke_catches_a_stream_that_tears_links(tmp_path, toy_folder, monkeypatch):
    """A stream that is unlike the whole answer fails "keeps links"."""
    import secrets

    turn = iter(range(10**6))
    monkeypatch.setattr(secrets, "randbits", lambda _: next(turn))  # every second answer is torn
    home = make_home(tmp_path)
    with running(make_app(Pool(Shelf(str(home), str(toy_folder)), Tearing), Rules())) as address:
        done = run("smoke", address, "--json")

    assert ["keeps links"] == [one["name"] for one in json.loads(done.stdout)["checks"] if one["passed"] is False]


class Looping(Repeating):
    """A broken model: every answer is one syllable over and over, slowly, and goes to its limit."""

    seconds = 0.05

    async def complete(self, ask):
        for _ in range(ask.max_tokens):
            await asyncio.sleep(self.seconds)
            yield Token("oman")
        yield Ended(reason="length", prompt_tokens=1, completion_tokens=ask.max_tokens)


def test_smoke_has_a_time_limit_and_says_what_it_found(tmp_path, toy_folder):
    """A broken model is slow: at the limit the checks end, with what had come until then and what was not looked at."""
    home = make_home(tmp_path)
    with running(make_app(Pool(Shelf(str(home), str(toy_folder)), Looping), Rules(drain_seconds=1))) as address:
        done = run("smoke", address, "--json", "--seconds", "4")
    checks = {one["name"]: one for one in json.loads(done.stdout)["checks"]}

    assert 1 == done.exit_code
    assert checks["in time"]["passed"] is False
    assert "not looked at to the end: answers and stops" in checks["in time"]["seen"]
    assert "oman" in checks["in time"]["seen"]


def test_smoke_sees_answers_that_loop(tmp_path, toy_folder, monkeypatch):
    """Answers that are there, and are one word over and over, are none."""
    monkeypatch.setattr(Looping, "seconds", 0.0)
    home = make_home(tmp_path)
    with running(make_app(Pool(Shelf(str(home), str(toy_folder)), Looping), Rules())) as address:
        done = run("smoke", address, "--json")
    checks = {one["name"]: one for one in json.loads(done.stdout)["checks"]}

    assert checks["answers"]["passed"] is False
    assert "4 repeat themselves" in checks["answers"]["seen"]
