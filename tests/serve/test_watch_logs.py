"""Logs as JSON lines: complete, and without a word of anybody."""

from __future__ import annotations

import asyncio
import io
import json
import logging

import httpx
import pytest

from burnish.errors import DataError
from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.server import running
from burnish.serve.start import Options, prepare
from burnish.serve.watch import logs
from serve.watching import REFUSAL, Versions, chat, settled

CHAT = "/v1/chat/completions"
SECRET = "Xq7-my-mother's-name"
KEY = f"key-{SECRET}-key"


@pytest.fixture
def written():
    """Write logs into memory; return what gives them back as (text, lines)."""
    stream = io.StringIO()
    handlers = list(logging.getLogger().handlers)
    lines = logs.begin(stream)
    yield lines, lambda: (stream.getvalue(), [json.loads(line) for line in stream.getvalue().splitlines()])
    logs.end(lines)
    logging.getLogger().handlers[:] = handlers


def ask_everything(url, secret):
    """Send a secret by every way that there is, in requests that are answered, refused, broken off and failed."""
    headers = {
        "Authorization": f"Bearer {KEY}",
        "X-Secret": secret,
        "Cookie": secret,
        "User-Agent": secret,
        "X-Request-Id": f"{secret} x",
    }
    bodies = [chat(f"say 3 {secret}"), chat("say 3", user=secret), chat(secret, model=secret), chat("fail " + secret), chat("crash " + secret),
        chat("echo " + secret),
              chat("break " + secret, stream=True), chat("say 1", temperature=secret), chat("say 1", stop=[secret]), {secret: secret},
              {"model": "live", "messages": [{"role": "system", "content": secret}, {"role": "user", "content": "refuse"}]},
              {"model": "live", "messages": [{"role": secret, "content": secret}]}]  # fmt: skip
    with httpx.Client(base_url=url, headers=headers) as client:
        for body in bodies:
            client.post(CHAT, json=body)
        client.post("/v1/completions", json={"model": "live", "prompt": f"long 2 {secret}"})
        client.get(f"/v1/models/{secret}"), client.get(f"/{secret}?{secret}"), client.post(CHAT, content=secret.encode())
        client.get("/v1/models", headers={"Host": f"{secret}.example"}), client.get("/v1/models", headers={"Origin": secret})
        client.get("/v1/models", headers={"Authorization": f"Bearer {secret}"})
        with client.stream("POST", CHAT, json=chat(f"wait {secret}", stream=True)) as response:
            next(response.iter_text())
        return client.get("/metrics").text + client.get("/v1/figures").text


def test_no_word_and_no_key_reaches_a_log_or_a_metric(written):
    """A secret in prompts, system prompts, headers, paths, names and the key itself is in no byte of the log or of /metrics."""
    _, read = written
    app = make_app(Versions(), Rules(keys=(KEY,)))
    with running(app) as url:
        exposed = ask_everything(url, SECRET)
        settled(app.watch)
    text, told = read()

    assert SECRET not in text and SECRET not in exposed
    assert "mother" not in text.lower() + exposed.lower()
    assert {"answered", "refused", "failed", "cancelled"} == {one["outcome"] for one in told if one["event"] == "request"}


def test_errors_of_others_are_logged_without_what_they_say(written):
    """An exception's message may hold what it choked on: only its type and its way through the code are written."""
    _, read = written
    for name in ("burnish.serve", "asyncio"):
        try:
            raise ValueError(SECRET)
        except ValueError:
            logging.getLogger(name).exception("Task exception was never retrieved" if name == "burnish.serve" else SECRET)
    text, told = read()

    assert SECRET not in text
    assert ["ValueError", "ValueError"] == [one["error"] for one in told]
    assert all("test_watch_logs.py" in one["through"][0] for one in told)


def test_words_are_written_where_they_were_asked_for():
    """With words the line holds the conversation and the answer's beginning."""
    stream = io.StringIO()
    lines = logs.begin(stream, words=True)
    try:
        app = make_app(Versions(), Rules())
        with running(app) as url:
            httpx.post(f"{url}{CHAT}", json=chat("refuse"))
            settled(app.watch)
    finally:
        logs.end(lines)
    told = [one for one in map(json.loads, stream.getvalue().splitlines()) if one["event"] == "request"]

    assert [("user: refuse", [REFUSAL])] == [(one["asked"], one["answered"]) for one in told]


def test_a_line_says_what_happened_to_a_request(written):
    """Time, id, version, status, tokens and seconds; no client."""
    _, read = written
    app = make_app(Versions(), Rules())
    with running(app) as url:
        answer = httpx.post(f"{url}{CHAT}", json=chat("say 4"), headers={"X-Request-Id": "order-17"})
        settled(app.watch)
    line = next(one for one in read()[1] if one["event"] == "request")
    seconds = [line.pop(name) for name in ("seconds", "queue_seconds", "first_token_seconds")]

    assert "order-17" == answer.headers["X-Request-Id"] == line.pop("request")
    assert line.pop("time").endswith("Z")
    assert {"level": "info", "event": "request", "route": CHAT, "outcome": "answered", "status": 200, "model": "live", "version": "one",
            "arm": "", "stream": False, "prompt_tokens": 5, "cached_tokens": 2, "completion_tokens": 5, "finish": ["stop"],
            "refuses": False} == line  # fmt: skip
    assert 0 <= seconds[1] <= seconds[2] <= seconds[0]


@pytest.mark.parametrize("given", ["a b", "a\nlevel: error", "x" * 65, "", "é", '","level":"x', "-a"])
def test_only_a_plain_word_is_taken_for_an_id(given):
    """No client can write into a log by its request id: any other gets a new one."""

    async def ask():
        app, sent = make_app(Versions(), Rules()), []
        came = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive():
            return next(came, None) or await asyncio.sleep(9, {"type": "http.disconnect"})

        async def send(message):
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"x-request-id", given.encode())]
        scope = {"type": "http", "method": "GET", "path": "/health", "raw_path": b"/health", "query_string": b"", "headers": headers,
                 "scheme": "http", "http_version": "1.1", "root_path": "", "server": ("x", 1), "client": ("x", 1)}  # fmt: skip
        await app(scope, receive, send)
        return dict(sent[0]["headers"])[b"x-request-id"].decode()

    assert 24 == len(asyncio.run(ask()))


def test_every_answer_has_an_id_also_a_refusal(url_of_stub):
    """Refused by the guard, unknown, failed, streamed: each can be found in the log by its id."""
    with httpx.Client(base_url=url_of_stub) as client:
        answers = [client.get("/v1/models", headers={"Host": "evil.example"}), client.get("/nowhere"), client.post(CHAT, json=chat("fail")),
                   client.post(CHAT, json=chat("say 2", stream=True)), client.get("/health")]  # fmt: skip

    assert [403, 404, 502, 200, 200] == [one.status_code for one in answers]
    assert 5 == len({one.headers["X-Request-Id"] for one in answers})


@pytest.fixture
def url_of_stub():
    """Serve two versions that need no model."""
    with running(make_app(Versions(), Rules())) as address:
        yield address


def test_uvicorn_and_engines_write_the_same_lines(written):
    """The server's own words and what happens to engines are JSON lines too."""
    _, read = written
    app = make_app(Versions(), Rules())
    app.watch.engine("loaded", "one", 1.25)
    with running(app):
        pass
    told = read()[1]

    assert any(one.get("logger") == "uvicorn.error" for one in told)
    assert [("engine loaded", "one", 1.25)] == [
        (one["event"], one["version"], one["seconds"]) for one in told if one["event"] == "engine loaded"
    ]


def test_machines_that_ask_all_day_fill_no_log(written):
    """A scrape, a health check and the page's figures leave no line where all is well, and one where it is not."""
    _, read = written
    app = make_app(Versions(), Rules(keys=(KEY,)))
    with running(app) as url, httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}) as client:
        codes = [client.get(path).status_code for path in ("/health", "/metrics", "/v1/figures")]
        refused = httpx.get(f"{url}/metrics").status_code
    told = [(one["route"], one["status"]) for one in read()[1] if one["event"] == "request"]

    assert ([200] * 3, 401, [("/metrics", 401)]) == (codes, refused, told)


def test_words_without_lines_are_refused():
    """--log-words alone would write nothing."""
    with pytest.raises(DataError, match="JSON lines"):
        prepare(Options(log_words=True), print)
