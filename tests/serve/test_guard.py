"""Closed by default: the whole matrix of Host, Origin, key and route, and bodies that are too much."""

from __future__ import annotations

import asyncio
import itertools
import json

import pytest

from burnish.errors import DataError
from burnish.serve.app import make_app
from burnish.serve.guard import OPEN_PATHS, Guard, Rules, read_keys
from burnish.serve.page import PATHS
from burnish.serve.remote import RemoteVersions

KEY = "a-long-random-key-of-a-person"
HOSTS = {"127.0.0.1:8011": True, "localhost": True, "[::1]:8011": True, "evil.example": False, "127.0.0.1.evil.example:8011": False,
         "localhost.evil.example": False, "": False}  # fmt: skip
ORIGINS = {None: True, "http://{host}": True, "http://evil.example": False, "null": False, "https://{host}": False}
KEYS = {f"Bearer {KEY}": True, f"bearer {KEY}": True, None: False, "Bearer ": False, f"Bearer {KEY}x": False, f"Basic {KEY}": False,
        KEY: False}  # fmt: skip


async def inner(scope, receive, send):
    """Answer everything that gets through."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"through"})


def request(app, *, method="GET", path="/v1/models", headers=(), chunks=(b"",)):
    """Send one request straight into the ASGI app; return (status, body)."""
    parts = [{"type": "http.request", "body": chunk, "more_body": i < len(chunks) - 1} for i, chunk in enumerate(chunks)]
    sent = []

    async def receive():
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": pairs,
             "scheme": "http", "http_version": "1.1", "root_path": "", "server": ("127.0.0.1", 8011), "client": ("127.0.0.1", 1)}  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def routes():
    """Return every (method, path) that the real app has."""
    found = []
    app = make_app(RemoteVersions("http://127.0.0.1:1"), Rules())._app
    for path, methods in app.openapi()["paths"].items():
        found += [(method.upper(), path.replace("{name}", "x")) for method in methods]
    found += [(method, path) for path in PATHS for method in ("GET", "HEAD")]
    return [*found, ("GET", "/openapi.json"), ("GET", "/nowhere"), ("DELETE", "/v1/models"), ("OPTIONS", "/v1/chat/completions")]


def test_nothing_gets_past_host_origin_and_key():
    """Over every Host, Origin, key and route, exactly the requests that keep all rules get through; /health and the page need no key."""
    app = Guard(inner, Rules(keys=(KEY,)))
    wrong = []
    for (host, host_ok), (origin, origin_ok), (key, key_ok), (method, path) in itertools.product(
        HOSTS.items(), ORIGINS.items(), KEYS.items(), routes()
    ):
        headers = [("Host", host), ("Content-Type", "application/json")]
        headers += [] if origin is None else [("Origin", origin.format(host=host))]
        headers += [] if key is None else [("Authorization", key)]
        status, _ = request(app, method=method, path=path, headers=headers)
        expected = host_ok and origin_ok and (key_ok or path in OPEN_PATHS)
        wrong += [(host, origin, key, method, path, status)] if (status == 200) != expected else []

    assert [] == wrong


@pytest.mark.parametrize(
    "path",
    [
        "/web/../v1/models",
        "//",
        "/web/app.js/../../v1/models",
        "/web/",
        "/./",
        "/health/../v1/models",
        "//health",
        "/health/",
        "/HEALTH",
        "/health%2f..%2fv1/models",
        "/v1/models?/health",
    ],
)
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
        ([("Content-Type", "text/plain")], (b"{}",), 415),
        ([], (b"{}",), 415),
        ([("Content-Type", "application/json"), ("Content-Length", "101")], (b"x",), 413),
        ([("Content-Type", "application/json"), ("Content-Length", "many")], (b"x",), 413),
        ([("Content-Type", "application/json")], (b"x" * 60, b"x" * 60), 413),
        ([("Content-Type", "application/json"), ("Content-Encoding", "gzip")], (b"x",), 415),
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


def test_keys_are_compared_in_constant_time(monkeypatch):
    """Every key is compared, whole, as a digest of one length."""
    import hmac

    seen = []
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: seen.append((len(a), len(b))) or a == b)
    request(Guard(inner, Rules(keys=(KEY, KEY + "2"))), headers=[("Host", "localhost"), ("Authorization", f"Bearer {KEY}")])

    assert [(32, 32), (32, 32)] == seen
