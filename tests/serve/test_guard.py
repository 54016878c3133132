"""Closed by default: the whole matrix of Host, Origin, key and route, and bodies that are too much."""

from __future__ import annotations

import asyncio
import itertools
import json
import re

import pytest

from burnish.errors import DataError
from burnish.serve.app import make_app
from burnish.serve.guard import OPEN_PATHS, Guard, Rules, read_keys
from burnish.serve.page import PATHS
from burnish.serve.remote import RemoteVersions

KEY = "a-long-random-key-of-a-person"
HOSTS = {"127.0.0.1:8011": True, "localhost": True, "LocalHost:1": True, "[::1]:8011": True, "evil.example": False,
         "127.0.0.1.evil.example:8011": False, "localhost.evil.example": False, "": False, "[::1]evil.example": False, "localhost:x": False,
         "evil@localhost": False, "localhost, evil.example": False, "127.1": False, "localhost.": False, "localhost/": False}  # fmt: skip
ORIGINS = {None: True, "http://{host}": True, "http://evil.example": False, "null": False, "https://{host}": False, "": False,
           "http://{host}.evil.example": False, "http://{host}/": False}  # fmt: skip
KEYS = {f"Bearer {KEY}": True, f"bearer {KEY}": True, None: False, "Bearer ": False, f"Bearer {KEY}x": False, f"Bearer {KEY[:-1]}": False,
        f"Basic {KEY}": False, KEY: False, f"Bearer {KEY} {KEY}": False}  # fmt: skip
OPEN = {"/health", *PATHS}
"""Who adds to the guard's OPEN_PATHS adds here, and so says twice that a path tells nothing of anybody's words."""


async def inner(scope, receive, send):
    """Answer everything that gets through."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"through"})


def request(app, **asked):
    """Send one request straight into the ASGI app; return (status, body)."""
    return asyncio.run(requested(app, **asked))


async def requested(app, *, method="GET", path="/v1/models", headers=(), chunks=(b"",)):
    """Do the same where a loop runs."""
    parts = [{"type": "http.request", "body": chunk, "more_body": i < len(chunks) - 1} for i, chunk in enumerate(chunks)]
    sent = []

    async def receive():
        if not parts:
            await asyncio.Event().wait()  # the client stays
        return parts.pop(0)

    async def send(message):
        sent.append(message)

    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": pairs,
             "scheme": "http", "http_version": "1.1", "root_path": "", "server": ("127.0.0.1", 8011), "client": ("127.0.0.1", 1)}  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def walked(routes, before=""):
    """Yield (method, path) of every route, those of mounted apps and those that no page tells among them."""
    for route in routes:
        path = before + getattr(route, "path", "")
        if getattr(route, "routes", None):
            yield from walked(route.routes, path)
        for method in getattr(route, "methods", None) or ["GET"]:
            yield method, re.sub(r"\{[^}]*\}", "x", path)


def routes():
    """Return every (method, path) that the real app has, and some that it has not."""
    found = sorted(set(walked(make_app(RemoteVersions("http://127.0.0.1:1"), Rules())._app.routes)))
    assert ("POST", "/v1/chat/completions") in found
    return [
        *found,
        ("GET", "/nowhere"),
        ("DELETE", "/v1/models"),
        ("OPTIONS", "/v1/chat/completions"),
        ("POST", "/health"),
        ("HEAD", "/health"),
    ]


def test_nothing_gets_past_host_origin_and_key():
    """Over every Host, Origin, key and route, exactly the requests that keep all rules get through; only /health is read without a key."""
    app = Guard(inner, Rules(keys=(KEY,)))
    wrong, count = [], 0

    async def all_of_them():
        nonlocal count
        for (host, host_ok), (origin, origin_ok), (key, key_ok), (method, path) in itertools.product(
            HOSTS.items(), ORIGINS.items(), KEYS.items(), routes()
        ):
            headers = [("Host", host), ("Content-Type", "application/json")]
            headers += [] if origin is None else [("Origin", origin.format(host=host))]
            headers += [] if key is None else [("Authorization", key)]
            status, _ = await requested(app, method=method, path=path, headers=headers)
            expected = host_ok and origin_ok and (key_ok or (path in OPEN and method in {"GET", "HEAD"}))
            count += 1
            if (status == 200) != expected:
                wrong.append((host, origin, key, method, path, status))

    asyncio.run(all_of_them())

    assert [] == wrong
    assert count > 5000
    assert set(OPEN_PATHS) == OPEN


def test_the_real_app_answers_no_route_without_the_key():
    """Through the whole of the real app, every route it has but those that are open is a 401 without the key, and none with a wrong one."""
    app = make_app(RemoteVersions("http://127.0.0.1:1"), Rules(keys=(KEY,)))
    app.gate.state = "open"
    found = {
        (method, path): [request(app, method=method, path=path, headers=[("Host", "localhost"), *key])[0]
                         for key in ((), [("Authorization", f"Bearer {KEY}x")])]
        for method, path in routes() if path not in OPEN
    }  # fmt: skip

    assert {} == {asked: statuses for asked, statuses in found.items() if statuses != [401, 401]}
    assert ("GET", "/openapi.json") in found


@pytest.mark.parametrize(
    "path",
    ["/health/../v1/models", "//health", "/health/", "/HEALTH", "/health%2f..%2fv1/models", "/v1/models?/health", "/health;x", "/health ",
     "/%68ealth", "/./health", "http://localhost/health", "/health\0", "/v1/models/../../health", "health", "", "/health#", "/\\health",
     "/web/../v1/models", "//", "/web/app.js/../../v1/models", "/web/", "/./"],
)  # fmt: skip
def test_no_spelling_of_the_open_path_opens_another(path):
    """Only the exact paths that are routed as /health and the page are open."""
    assert 401 == request(Guard(inner, Rules(keys=(KEY,))), path=path, headers=[("Host", "localhost")])[0]


def test_two_hosts_or_two_keys_are_refused():
    """A request that says two things at once is not taken at either word."""
    app = Guard(inner, Rules(keys=(KEY,)))
    good = ("Authorization", f"Bearer {KEY}")

    assert 400 == request(app, headers=[("Host", "localhost"), ("Host", "evil.example"), good])[0]
    assert 401 == request(app, headers=[("Host", "localhost"), good, ("Authorization", "Bearer other")])[0]


@pytest.mark.parametrize(
    ("headers", "chunks", "status"),
    [
        ([("Content-Type", "application/json; charset=utf-8")], (b"x" * 100,), 200),
        ([("Content-Type", "text/plain"), ("Content-Length", "2")], (b"{}",), 415),
        ([("Content-Type", "text/plain"), ("Transfer-Encoding", "chunked")], (b"{}",), 415),
        ([("Content-Length", "2")], (b"{}",), 415),
        ([("Content-Type", "application/json"), ("Content-Length", "101")], (b"x",), 413),
        ([("Content-Type", "application/json"), ("Content-Length", "many")], (b"x",), 413),
        ([("Content-Type", "application/json"), ("Content-Length", "-1")], (b"x",), 413),
        ([("Content-Type", "application/json")], (b"x" * 60, b"x" * 60), 413),
        ([("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")], (b"x" * 60, b"x" * 60), 413),
        ([("Content-Type", "application/json"), ("Content-Length", "1"), ("Content-Encoding", "gzip")], (b"x",), 415),
        ([("Content-Type", "application/json"), ("Content-Length", "2"), ("Transfer-Encoding", "chunked")], (b"{}",), 400),
    ],
)
def test_bodies_must_be_json_and_small(headers, chunks, status):
    """No other type (a web page's form can send text/plain), nothing compressed, nothing over the cap, however it is sent."""
    app = Guard(inner, Rules(body_bytes=100))
    found, body = request(app, method="POST", headers=[("Host", "localhost"), *headers], chunks=chunks)

    assert status == found
    assert found == 200 or json.loads(body)["error"]["message"]


def test_an_address_that_others_reach_needs_a_key(tmp_path):
    """Listening on all addresses without a key is refused; a key file must hold keys that keep somebody out."""
    short = tmp_path / "keys"
    short.write_text("short\n")

    with pytest.raises(DataError, match="no key is set"):
        Rules(host="0.0.0.0")
    with pytest.raises(DataError, match="keeps anybody out"):
        read_keys(short)
    with pytest.raises(DataError, match="cannot read"):
        read_keys(tmp_path / "none")
    short.write_text(f"{KEY}\n\n{KEY}2\n")
    assert (KEY, f"{KEY}2") == read_keys(short)
    assert 401 == request(Guard(inner, Rules(host="0.0.0.0", keys=(KEY,))), headers=[("Host", "any.example")])[0]


@pytest.mark.parametrize("given", [f"Bearer {KEY}", "Bearer x", "", "Basic " + KEY, "Bearer " + "y" * 5000])
def test_keys_are_compared_in_constant_time(monkeypatch, given):
    """Every key is compared, whole, as a digest of one length, whatever was sent; and by nothing else than compare_digest."""
    import hmac

    seen = []
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: seen.append((len(a), len(b))) or False)
    status, _ = request(Guard(inner, Rules(keys=(KEY, KEY + "2"))), headers=[("Host", "localhost"), ("Authorization", given)])

    assert [(32, 32), (32, 32)] == seen
    assert 401 == status


def test_large_bodies_at_once_do_not_fill_the_memory():
    """When all bodies that are held have reached their limit, a large one is told to come again, and a small one is still read."""
    app = Guard(inner, Rules(bodies_bytes=100_000))
    app._held_bytes = 90_000
    headers = [("Host", "localhost"), ("Content-Type", "application/json")]
    large, _ = request(app, method="POST", path="/x", headers=headers, chunks=(b"x" * 50_000, b"x" * 50_000))
    small, _ = request(app, method="POST", path="/x", headers=headers, chunks=(b"x" * 30_000, b"x" * 30_000))

    assert (503, 200) == (large, small)
    assert 90_000 == app._held_bytes
