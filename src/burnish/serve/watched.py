"""The guard, watched: every request from before its first check until its last byte has left, or its client has.

Not seen: what never becomes a request (bytes that are no HTTP; uvicorn answers those by itself).
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from burnish.serve.exchange import App, Receive, Scope, Send
from burnish.serve.gate import Gate
from burnish.serve.guard import Guard, Rules
from burnish.serve.pool import Pool, Versions
from burnish.serve.watch.told import Telling, during
from burnish.serve.watch.watch import Watch

HEADER = "X-Request-Id"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
"""An id of a client's own that is taken over: nothing that a log, a header or a label could read as more than a word."""
OTHER = "other"


def watch_over(versions: Versions) -> Watch:
    """Return a watch that knows a project's evaluations, and is told of its engines."""
    shelf = versions.shelf if isinstance(versions, Pool) else None

    def report(label: str) -> Path | None:
        return shelf.registry.runs / label / "after.json" if shelf is not None and shelf.registry is not None else None

    watch = Watch(report=report, live=lambda: versions.live)
    if isinstance(versions, Pool):
        versions.notice = watch.engine
    return watch


class Watched(Guard):
    """A guard whose requests are told of."""

    def __init__(self, app: FastAPI, rules: Rules, gate: Gate, watch: Watch) -> None:
        """Take the app, the rules, the places, and who watches."""
        plain: App = app
        super().__init__(plain, rules, gate)
        self.api, self.watch = app, watch
        self._known: frozenset[str] = frozenset()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request, and tell of it however it ends."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        telling = self.watch.begin(id_of(scope["headers"]), self._route(scope))
        told = _Told(telling, receive, send)
        try:
            with during(telling):
                await super().__call__(scope, told.receive, told.send)
        finally:
            telling.route = self._route(scope)
            self.watch.end(telling)

    def _route(self, scope: Scope) -> str:
        """Return the path of the route that a request found or would find, as it is written in the program."""
        found = getattr(scope.get("route"), "path", None) or scope["path"]
        if not self._known:  # routes are added after this was made, and before the first request
            self._known = frozenset(getattr(route, "path", "") for route in self.api.routes)
        return str(found) if found in self._known else OTHER


class _Told:
    """One request's two channels, on which is seen what leaves and whether the client does."""

    def __init__(self, telling: Telling, receive: Receive, send: Send) -> None:
        self._telling, self._receive, self._send = telling, receive, send
        self._sent = False

    async def receive(self) -> Any:
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self._sent:
            self._telling.gone = True
        return message

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._telling.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), (HEADER.lower().encode(), self._telling.id.encode())]}
        elif not message.get("more_body", False):
            self._sent = True
        await self._send(message)


def id_of(headers: Any) -> str:
    """Return the client's own id of a request where it is one and a plain word, else a new one."""
    given = [value for name, value in headers if name.lower() == HEADER.lower().encode()]
    text = given[0].decode("latin-1") if len(given) == 1 else ""
    return text if ID.fullmatch(text) else secrets.token_hex(12)
