"""The page's files as they go over the wire: exactly these, under a policy that lets a browser run and ask nothing else."""

from __future__ import annotations

import re

import httpx
import pytest

from burnish.serve.app import make_app
from burnish.serve.guard import OPEN_PATHS, Rules
from burnish.serve.page import FOLDER, HEADERS, NAMES, PATHS
from burnish.serve.remote import RemoteVersions

KEY = "a-long-random-key-of-a-person"


@pytest.fixture
def ask():
    """Return a function that asks the app, which has a key, without a key."""
    import asyncio

    app = make_app(RemoteVersions("http://127.0.0.1:1"), Rules(keys=(KEY,)))
    app.gate.state = "open"

    def send(method, path, **headers):
        async def one():
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8011") as http:
                return await http.request(method, path, headers=headers)

        return asyncio.run(one())

    return send


def test_every_file_of_the_page_is_served_without_a_key_and_nothing_else_is(ask):
    """The page and its files need no key; a path beside them is a route like any other, behind the guard."""
    assert set(OPEN_PATHS) == {"/health", *PATHS}
    assert {one.name for one in FOLDER.iterdir()} == {*NAMES, "index.html"}
    for path in PATHS:
        found = ask("GET", path)
        assert found.status_code == 200
        assert found.content == (FOLDER / (path.removeprefix("/web/") if path != "/" else "index.html")).read_bytes()
    others = ["/web/", "/web/../page.py", "/web/%2e%2e/page.py", "/web/nothing.js", "/index.html", "/WEB/app.js", "/web/app.js/"]
    assert {path: ask("GET", path).status_code for path in others} == dict.fromkeys(others, 401)
    assert ask("GET", "/web/nothing.js", Authorization=f"Bearer {KEY}").status_code == 404
    assert ask("POST", "/", **{"Content-Type": "application/json"}).status_code == 401
    assert ask("POST", "/", Authorization=f"Bearer {KEY}").status_code == 405


@pytest.mark.parametrize("path", PATHS)
def test_every_file_says_its_kind_and_its_rules(ask, path):
    """A type that is not guessed, the policy, no referrer, no frame, and a copy that is asked after each time."""
    headers = ask("GET", path).headers
    kind = {"html": "text/html", "css": "text/css", "js": "text/javascript"}[path.rpartition(".")[2] if path != "/" else "html"]

    assert headers["content-type"] == f"{kind}; charset=utf-8"
    assert headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert headers["cache-control"] == "no-cache"


def test_the_policy_lets_nothing_in():
    """Everything is forbidden but the page's own files, and pictures that are data in the page itself."""
    rules = dict(one.split(" ", 1) for one in HEADERS["Content-Security-Policy"].split("; "))

    assert rules == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'", "img-src": "data: 'self'",
        "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'", "trusted-types": "'none'",
    }  # fmt: skip


def test_a_copy_that_is_still_right_is_not_sent_again(ask):
    """The tag of a file is its content's: named again it gives 304 and no body, also weakened by a proxy or in a list."""
    tag = ask("GET", "/").headers["etag"]
    for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        found = ask("GET", "/", **{"If-None-Match": given})
        assert (found.status_code, found.content, found.headers["etag"]) == (304, b"", tag)
    assert ask("GET", "/", **{"If-None-Match": '"other"'}).status_code == 200
    assert len({ask("GET", path).headers["etag"] for path in PATHS}) == len(PATHS)


def test_head_says_what_get_would(page_url):
    """HEAD has the headers of GET and no body, on a real connection."""
    with httpx.Client(base_url=page_url) as http:
        for path in PATHS:
            got, head = http.get(path), http.head(path)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == str(len(got.content))
            assert head.headers["etag"] == got.headers["etag"]


def test_text_never_becomes_markup():
    """No file parses markup, runs text or writes a style or a script into the page; no other host is named."""
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|eval\(|new Function|\bimport\("
    )
    addresses = re.compile(r"https?://[a-z0-9.-]+\.[a-z]")
    found = {one.name: forbidden.findall(one.read_text()) + addresses.findall(one.read_text()) for one in FOLDER.iterdir()}
    index = (FOLDER / "index.html").read_text()

    assert {name: what for name, what in found.items() if what} == {"index.html": ["http://www.w3.o"]}  # the icon's XML namespace
    assert re.findall(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", index) == []


def test_the_page_is_small():
    """All of it together is less than 100 kB: it is there at once."""
    assert sum(one.stat().st_size for one in FOLDER.iterdir()) < 100_000
