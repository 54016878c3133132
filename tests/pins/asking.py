"""A visit to a server: every path asked once, and what came back, without its values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx

from pins.shape import shape

CHAT = "/v1/chat/completions"
LONG = [
    {"role": role, "content": f"{'Door' * 20} {i} is red, my number is {i}{i}{i}."}
    for i in range(6)
    for role in ("user", "assistant")
]


VOTERS = 20
"""So many that both arms of an experiment get some, whatever the project's key is."""


def chat(model: str = "live", **more: Any) -> dict[str, Any]:
    """Return the body of a short request."""
    return {"model": model, "messages": [{"role": "user", "content": "Which colour?"}], "max_tokens": 4, "temperature": 0, **more}


def _without_tokens(value: Any) -> Any:
    """Return an answer in which no key and no type depends on which tokens a model said."""
    if isinstance(value, list):
        return [_without_tokens(one) for one in value]
    if not isinstance(value, dict):
        return value
    plain = {key: [0] if key == "bytes" else _without_tokens(one) for key, one in value.items()}
    raw = plain.get("top_logprobs")
    if isinstance(raw, list) and "tokens" in plain:
        plain["top_logprobs"] = [dict.fromkeys(["<token>"], next(iter(one.values()), 0.0)) for one in raw]
    return plain


class Visit:
    """What a server answered."""

    def __init__(self) -> None:
        """Nothing is asked yet."""
        self.asked: list[str] = []
        """A line a request: method, path, status, what it is, and the headers that came."""
        self.answers: list[str] = []
        """The shapes of the JSON that came."""
        self.described: dict[str, Any] = {}
        """openapi.json."""
        self.metrics = ""

    def __call__(self, url: str) -> Visit:
        """Ask for everything."""
        with httpx.Client(base_url=url, timeout=120) as http:
            self._http = http
            self._look()
            self._talk()
            self._say()
            self._refused()
            self.metrics = http.get("/metrics").text
        return self

    def _take(self, name: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask, and keep what came under a name."""
        found = self._http.request(method, path, **more)
        headers = sorted(key for key in found.headers if key not in {"date", "server", "connection", "transfer-encoding"})
        kind = found.headers.get("content-type", "nothing")
        self.asked.append(f"{name}: {method} {path} -> {found.status_code} {kind}; {' '.join(headers)}")
        if kind.startswith("application/json") and path != "/openapi.json":
            self.answers += shape(name, _without_tokens(found.json()))
        elif kind.startswith("text/event-stream"):
            events = [line.removeprefix("data: ") for line in found.text.splitlines() if line.startswith("data: ")]
            self.answers += [f"{name}: ends with {events[-1]}", *shape(f"{name} data", *map(json.loads, events[:-1]))]
        return found

    def _look(self) -> None:
        for path in ("/health", "/v1/models", "/v1/models/live", "/v1/versions", "/v1/ab", "/docs", "/metrics"):
            self._take(path, "GET", path)
        self.described = self._take("/openapi.json", "GET", "/openapi.json").json()
        page = self._take("/", "GET", "/").text
        self._take("/", "HEAD", "/")
        for path in sorted({*re.findall(r'(?:src|href)="/?(web/[^"]+)"', page)}):
            self._take(f"/{path}", "GET", f"/{path}")

    def _talk(self) -> None:
        self._take("chat", "POST", CHAT, json=chat(user="Ann"))
        self._take("chat, several", "POST", CHAT, json=chat("candidate", n=2, logprobs=True, top_logprobs=1, unknown_field=1))
        self._take("chat, stream", "POST", CHAT, json=chat("candidate", stream=True, stream_options={"include_usage": True}))
        talk = [*LONG, {"role": "user", "content": "What is my number?"}]
        self._take("chat, shortened", "POST", CHAT, json=chat("candidate", messages=talk))
        raw = {"model": "candidate", "prompt": "Which", "max_tokens": 4, "temperature": 0}
        self._take("completion", "POST", "/v1/completions", json={**raw, "logprobs": 1})
        self._take("completion, stream", "POST", "/v1/completions", json={**raw, "stream": True})

    def _say(self) -> None:
        conversation = {"X-Conversation-Id": "one"}
        first = self._id(chat(), headers=conversation)
        self._take("feedback, a thumb", "POST", "/v1/feedback", json={"id": first, "thumb": "up"}, headers=conversation)
        self._take(
            "feedback, a correction", "POST", "/v1/feedback", json={"id": first, "correction": "Red.", "conversation": "one"}
        )
        live = self._http.get("/health").json()["live"]
        both = [self._id(chat(model, user="Bob")) for model in (live, "candidate")]
        self._take("feedback, of two", "POST", "/v1/feedback", json={"id": both[1], "preferred_over": both[0], "user": "Bob"})
        for number in range(VOTERS):
            made = self._http.post(CHAT, json=chat(user=f"u{number}"))
            score = 0.6 if made.headers["X-Burnish-Arm"] == "candidate" else 0.4
            self._http.post("/v1/feedback", json={"id": made.json()["id"], "score": score, "user": f"u{number}"})
        self._take("/v1/ab, with votes", "GET", "/v1/ab")
        self._take("/v1/figures", "GET", "/v1/figures")

    def _id(self, body: dict[str, Any], **more: Any) -> str:
        """Ask, and return the answer's id."""
        return str(self._http.post(CHAT, json=body, **more).json()["id"])

    def _refused(self) -> None:
        self._take("no such model", "POST", CHAT, json=chat("nobody"))
        self._take("a wrong value", "POST", CHAT, json=chat(temperature=9))
        self._take("no JSON", "POST", CHAT, content=b"{", headers={"Content-Type": "application/json"})
        self._take("no such path", "GET", "/v1/nothing")
        self._take("no such method", "DELETE", "/v1/models")
        self._take("no such answer", "POST", "/v1/feedback", json={"id": "none", "thumb": "up"})


def routes(described: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each path and method of an OpenAPI description."""
    for path, methods in sorted(described["paths"].items()):
        for method, route in sorted(methods.items()):
            yield f"{method.upper()} {path} ({route['operationId']}): answers {' '.join(sorted(route['responses']))}"


def schemas(described: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each field of each schema: its name, what it may be, its default, and whether it must be there."""
    for name, one in sorted(described["components"]["schemas"].items()):
        if "properties" not in one:
            yield f"{name}: {_plain(one)}"
        for key, field in sorted(one.get("properties", {}).items()):
            yield f"{name}.{key}{' (required)' if key in one.get('required', ()) else ''}: {_plain(field)}"


def _plain(field: Any) -> str:
    return json.dumps(_bare(field), sort_keys=True)


def _bare(field: Any) -> Any:
    """Return a field's description without its words."""
    if isinstance(field, dict):
        return {key: _bare(value) for key, value in field.items() if key not in {"title", "description"}}
    return [_bare(one) for one in field] if isinstance(field, list) else field


def metric_lines(text: str) -> list[str]:
    """Return a line for each metric that burnish makes: its name, its type, and the labels that were seen."""
    found: dict[str, tuple[str, set[str]]] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            found[name] = (kind, set())
        elif not line.startswith("#"):
            name = re.match(r"[\w:]+", line)[0]
            metric = next((one for one in (name, re.sub(r"_(bucket|sum|count)$", "", name)) if one in found), name)
            found.setdefault(metric, ("untyped", set()))[1].update(re.findall(r'[{,](\w+)="', line))
    return [f"{name} {kind}: {' '.join(sorted(labels)) or 'no label seen'}" for name, (kind, labels) in sorted(found.items())]
