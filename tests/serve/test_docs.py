"""`/docs`: a page of the routes that runs nothing and loads nothing, closed like the rest."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx

from burnish.serve.app import make_app
from burnish.serve.docs import kind, page
from burnish.serve.guard import Rules
from burnish.serve.remote import RemoteVersions
from serve.test_guard import KEY, request


def test_it_names_every_route_and_every_field(url):
    """As openapi.json does; with what a field may be and what it means."""
    answer = httpx.get(f"{url}/docs")
    described = httpx.get(f"{url}/openapi.json").json()
    fields = described["components"]["schemas"]["ChatRequest"]["properties"]

    assert (200, "text/html; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert [] == [path for path in described["paths"] if f" {path}</code>" not in answer.text]
    assert [] == [name for name in fields if f"<code>{name}</code>" not in answer.text]
    assert "number from 0 to 2 or null" in answer.text
    assert 200 == httpx.head(f"{url}/docs").status_code


def test_it_runs_and_loads_nothing(url):
    """No element that fetches, no script, and a policy that forbids both."""
    answer = httpx.get(f"{url}/docs")
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs)))

    Reader().feed(answer.text)

    assert {"script", "link", "img", "iframe", "object", "form", "base"}.isdisjoint(tag for tag, _ in found)
    assert [{"href": "openapi.json"}] == [attrs for tag, attrs in found if tag == "a"]
    assert not re.search(r"https?://|url\(|@import", answer.text)
    assert "script-src 'none'" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_it_is_closed_like_the_rest():
    """With keys it wants one; another host's name and another site's page get nothing."""
    app = make_app(RemoteVersions("http://127.0.0.1:1"), Rules(keys=(KEY,)))
    app.gate.state = "open"
    asked = [
        request(app, method="GET", path="/docs", headers=[("Host", "localhost"), *more])[0]
        for more in ((), [("Authorization", "Bearer x")], [("Authorization", f"Bearer {KEY}")])
    ]
    plain = make_app(RemoteVersions("http://127.0.0.1:1"), Rules())
    plain.gate.state = "open"

    assert [401, 401, 200] == asked
    assert 403 == request(plain, method="GET", path="/docs", headers=[("Host", "evil.example")])[0]


def test_what_a_description_holds_is_text():
    """No name or default of a field becomes markup; a schema within itself comes to an end."""
    schema = {"properties": {"<b>": {"type": "string", "default": "</td>"}, "again": {"$ref": "#/components/schemas/A"}}}
    route = {
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
        "description": "<i>",
    }
    made = page({"info": {"title": "<t>"}, "paths": {"/<p>": {"post": route}}, "components": {"schemas": {"A": schema}}})

    assert not re.search(r"<(b|i|t|p>)>", made.replace("<p>", ""))
    assert "a list of integer from 0 to 9 or null" == kind(
        {"anyOf": [{"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9}}, {"type": "null"}]}, {}
    )
