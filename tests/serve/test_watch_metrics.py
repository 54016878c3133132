"""Every request is counted once, by how it ended; names and labels are those that vLLM's users chart."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import random
import threading
import time
from collections import Counter

import httpx
import pytest

from burnish.serve.app import make_app
from burnish.serve.guard import Rules
from burnish.serve.server import running
from serve.watching import Versions, chat, metrics, settled, total

KEY = "a-long-random-key-of-a-person"
CHAT = "/v1/chat/completions"
BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
def app():
    """Return an app before two versions."""
    return make_app(Versions(), Rules(keys=(KEY,)))


@pytest.fixture
def url(app):
    """Serve it."""
    with running(app) as address:
        yield address


async def _whole(client, body):
    return (await client.post(CHAT, json=body)).status_code


async def _stream(client, body):
    async with client.stream("POST", CHAT, json={**body, "stream": True}) as response:
        return "error" if '"error"' in (await response.aread()).decode() else "streamed"


async def _left(client, body):
    async with client.stream("POST", CHAT, json={**body, "stream": True}) as response:
        async for _ in response.aiter_text():
            break
        return "left"


async def _impatient(client, body):
    try:
        await client.post(CHAT, json=body, timeout=0.2)
    except httpx.ReadTimeout:
        return "left"


async def _turned_away(client, **request):
    with contextlib.suppress(
        httpx.ReadError, httpx.WriteError
    ):  # refused on its headers, the line closed before its body was sent
        await client.post(CHAT, **request)


KINDS = {
    "answered": (lambda c: _whole(c, chat("say 4")), 200),
    "by limit": (lambda c: _whole(c, chat("long 4", "two")), 200),
    "streamed": (lambda c: _stream(c, chat("say 3")), "streamed"),
    "failed": (lambda c: _whole(c, chat("fail")), 502),
    "broken": (lambda c: _stream(c, chat("break")), "error"),
    "left": (lambda c: _left(c, chat("wait")), "left"),
    "impatient": (lambda c: _impatient(c, chat("wait")), "left"),
    "no model": (lambda c: _whole(c, chat("say 1", "nobody")), 404),
    "full": (lambda c: _whole(c, chat("say 1", "full")), 429),
    "invalid": (lambda c: _whole(c, chat("say 1", temperature=9)), 400),
    "no key": (lambda c: _turned_away(c, json=chat("say 1"), headers={"Authorization": "Bearer no"}), None),
    "no path": (lambda c: c.get("/secret/path"), None),
    "form": (lambda c: _turned_away(c, content=b"x", headers={"Content-Type": "text/plain"}), None),
}


async def _all(url, kinds):
    async with httpx.AsyncClient(base_url=url, headers=BEARER, timeout=30) as client:
        gate = asyncio.Semaphore(12)

        async def one(kind):
            make, expected = KINDS[kind]
            async with gate:
                found = await make(client)
            assert expected is None or expected == found, kind

        await asyncio.gather(*map(one, kinds))


def test_all_outcomes_add_up_to_the_requests_received(app, url):
    """Of 200 mixed requests, answered, refused, cancelled and failed, each is counted once and none is lost."""
    kinds = random.choices(list(KINDS), k=200)
    asyncio.run(_all(url, kinds))
    settled(app.watch)
    found, sent = metrics(url, **BEARER), Counter(kinds)
    refused = ("no model", "full", "invalid", "no key", "no path", "form")
    expected = {"answered": sent["answered"] + sent["by limit"] + sent["streamed"], "failed": sent["failed"] + sent["broken"],
                "cancelled": sent["left"] + sent["impatient"], "refused": sum(sent[one] for one in refused)}  # fmt: skip

    # Of the scrape itself, which is under way, only the beginning is counted.
    assert 200 == total(found, "burnish:requests_received_total") - 1 == total(found, "burnish:requests_total")
    assert expected == {name: total(found, "burnish:requests_total", outcome=name) for name in expected}
    reasons = {"stop": sent["answered"] + sent["streamed"], "length": sent["by limit"], "error": expected["failed"],
               "abort": expected["cancelled"]}  # fmt: skip
    assert reasons == {name: total(found, "vllm:request_success_total", finished_reason=name) for name in reasons}
    assert sent["full"] == total(found, "burnish:requests_turned_away_total")
    assert sent["no path"] == total(found, "burnish:requests_total", route="other", status="404")
    assert sent["no key"] == total(found, "burnish:requests_total", code="invalid_api_key")
    assert 0 == total(found, "vllm:num_requests_running") == total(found, "vllm:num_requests_waiting")


def test_who_leaves_before_a_version_answers_is_counted(app, url):
    """A client that does not wait until its version is loaded is a cancelled request, of no version."""
    with httpx.Client(base_url=url, headers=BEARER) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(CHAT, json=chat("say 1", "slow"), timeout=0.3)
        settled(app.watch)
        found = metrics(url, **BEARER)

    assert 1 == total(found, "vllm:request_success_total", finished_reason="abort", version="")
    assert 1 == total(found, "burnish:requests_total", outcome="cancelled", status="499", route=CHAT)


def test_who_waits_and_who_runs_is_seen(app, url):
    """Of three answers at an engine of two places one waits; when all have ended nobody does."""
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        stop = threading.Event()
        asked = [threads.submit(_hold, url, name, stop) for name in ("live", "live", "live")]
        try:
            until = time.monotonic() + 20
            while not app.watch.places or len(app.watch.places["one"].waiting) < 1:
                assert time.monotonic() < until
                time.sleep(0.01)
            found = metrics(url, **BEARER)
            told = httpx.get(f"{url}/v1/figures", headers=BEARER).json()["versions"]["one"]
        finally:
            stop.set()
        concurrent.futures.wait(asked)
    settled(app.watch)
    after = metrics(url, **BEARER)

    assert (2, 1) == (total(found, "vllm:num_requests_running", version="one"), total(found, "vllm:num_requests_waiting"))
    assert (2, 1) == (told["running"], told["waiting"])
    assert (0, 0) == (total(after, "vllm:num_requests_running"), total(after, "vllm:num_requests_waiting"))


def _hold(url, name, stop):
    body = chat("wait", name, stream=True)
    with contextlib.suppress(httpx.HTTPError), httpx.stream("POST", url + CHAT, json=body, headers=BEARER, timeout=1) as response:
        for _ in response.iter_text():
            if stop.is_set():
                return


def test_tokens_are_counted_once(app, url):
    """Tokens in the metrics are those that the answers say, whole and streamed, also of several answers to one prompt."""
    usage = Counter()
    with httpx.Client(base_url=url, headers=BEARER) as client:
        for body in (chat("say 5"), chat("long 7", n=3), chat("refuse")):
            usage.update({k: v for k, v in client.post(CHAT, json=body).json()["usage"].items() if isinstance(v, int)})
        client.post(CHAT, json=chat("say 11", stream=True))
    settled(app.watch)
    found = metrics(url, **BEARER)

    assert usage["completion_tokens"] + 12 == total(found, "vllm:generation_tokens_total")
    assert usage["completion_tokens"] + 12 == total(found, "vllm:request_generation_tokens_sum")
    assert (
        usage["prompt_tokens"] + 5 == total(found, "vllm:prompt_tokens_total") == total(found, "vllm:prefix_cache_queries_total")
    )
    assert 4 == total(found, "vllm:time_to_first_token_seconds_count") == total(found, "vllm:e2e_request_latency_seconds_count")
    assert 4 + 3 * 6 + 0 + 10 == total(found, "vllm:inter_token_latency_seconds_count")
    assert 2 * 3 == total(found, "vllm:prefix_cache_hits_total")  # each of three prompts once


def test_names_labels_and_buckets_are_vllms(app, url):
    """The series that vLLM's dashboards chart are there, with its types, its buckets and `model_name`, and `version` beside it."""
    httpx.post(f"{url}{CHAT}", json=chat("say 3"), headers=BEARER)
    settled(app.watch)
    text = httpx.get(f"{url}/metrics", headers=BEARER).text
    labels = 'model_name="live",version="one"'

    for name, kind in {"num_requests_running": "gauge", "num_requests_waiting": "gauge", "request_success_total": "counter",
                       "prompt_tokens_total": "counter", "generation_tokens_total": "counter",
                       "time_to_first_token_seconds": "histogram", "inter_token_latency_seconds": "histogram",
                       "e2e_request_latency_seconds": "histogram", "request_queue_time_seconds": "histogram",
                       "request_prefill_time_seconds": "histogram", "request_decode_time_seconds": "histogram",
                       "request_inference_time_seconds": "histogram", "request_prompt_tokens": "histogram",
                       "request_generation_tokens": "histogram"}.items():  # fmt: skip
        assert f"# TYPE vllm:{name} {kind}\n" in text
        assert any(one.startswith(f"vllm:{name}") and labels in one for one in text.splitlines())
    assert f'vllm:request_success_total{{finished_reason="stop",{labels}}} 1.0\n' in text
    assert f'vllm:time_to_first_token_seconds_bucket{{le="0.001",{labels}}}' in text
    assert f'vllm:e2e_request_latency_seconds_bucket{{le="7680.0",{labels}}} 1.0\n' in text
    assert "_created" not in text
    assert "process_resident_memory_bytes " in text


def test_no_client_can_make_labels(app, url):
    """Unknown models, paths, methods and ids are all one label; a server elsewhere that names thousands of models makes 200 and `other`."""
    with httpx.Client(base_url=url, headers=BEARER) as client:
        before = len(metrics(url, **BEARER))
        client.post(CHAT, json=chat("say 1", "m")), client.get("/p"), client.post(CHAT, json=chat("fail", "two"))
        first = metrics(url, **BEARER)
        for i in range(8):
            client.post(CHAT, json=chat("say 1", f"model-{i}"), headers={"X-Request-Id": f"id-{i}"})
            client.get(f"/path-{i}/{i}")
            client.request(f"VERB{i}", "/v1/models")
        settled(app.watch)
        after = metrics(url, **BEARER)
    many = [app.watch.metrics._names(f"name-{i}") for i in range(5000)]

    assert before < len(first) <= len(after) <= len(first) + 2  # the route /v1/models and its 405 were new
    assert not any("model-" in str(key) or "path-" in str(key) or "id-" in str(key) for key in after)
    assert 200 >= len(set(many)) > 100
    assert "other" == many[-1]


def test_a_stop_string_is_no_natural_stop(app, url):
    """OpenAI's reason is "stop" both ways; that the model ended by itself is said of one of them only, and tokens are counted up to there."""
    with httpx.Client(base_url=url, headers=BEARER) as client:
        client.post(CHAT, json=chat("say 3"))
        cut = client.post(CHAT, json=chat("say 9", stop=["c"])).json()
    settled(app.watch)
    found = metrics(url, **BEARER)

    assert ("stop", "a ", 2) == (
        cut["choices"][0]["finish_reason"],
        cut["choices"][0]["message"]["content"],
        cut["usage"]["completion_tokens"],
    )
    assert (2, 2, 1) == tuple(
        total(found, name) for name in ("vllm:request_success_total", "burnish:answers_total", "burnish:natural_stops_total")
    )
    assert 4 + 2 == total(found, "vllm:generation_tokens_total")


def test_a_request_ends_once(app, url):
    """Told twice that a request has ended, by whatever way, the watch counts it once."""
    telling = app.watch.begin("twice", CHAT)
    telling.reached("live", "one")
    telling.status = 200
    app.watch.end(telling), app.watch.end(telling)

    assert 1 == total(metrics(url, **BEARER), "burnish:requests_total", route=CHAT)


def test_two_apps_share_nothing(app, url):
    """Each app has a registry of its own."""
    other = make_app(Versions(), Rules())
    with running(other) as second:
        httpx.post(f"{second}{CHAT}", json=chat("say 3"))
        settled(other.watch)
        assert 1 == total(metrics(second), "vllm:request_success_total")
    assert 0 == total(metrics(url, **BEARER), "vllm:request_success_total")


def test_metrics_need_the_key(url):
    """Both routes stand behind the guard."""
    assert [401, 401] == [httpx.get(f"{url}{path}").status_code for path in ("/metrics", "/v1/figures")]


def test_the_pages_figures_are_the_same_counts(app, url):
    """`/v1/figures` says of each version what the metrics say."""
    with httpx.Client(base_url=url, headers=BEARER) as client:
        for body in (chat("say 3"), chat("say 3"), chat("refuse"), chat("long 5"), chat("fail"), chat("say 1", "two")):
            client.post(CHAT, json=body)
        settled(app.watch)
        told = client.get("/v1/figures").json()
    one = told["versions"]["one"]

    assert "figures" == told["object"] and {"one", "two"} == set(told["versions"]) and told["since"] > 0
    assert (5, 1, 0, 0) == (one["requests"], one["errors"], one["running"], one["waiting"])
    assert (0.75, 0.25, 0) == (one["natural_stops_share"], one["refusals_share"], one["context_shortened"])
    assert 0 < one["first_token_seconds_p50"] <= one["first_token_seconds_p95"]
    assert 0 < one["tokens_out_per_second"] <= 4 + 4 + 10 + 5
    assert 0 == told["versions"]["two"]["refusals_share"]
