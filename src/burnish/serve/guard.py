"""What stands before every route: who may ask, from where, and how much. Closed by default; nothing passes by another path.

Pure ASGI, so that it sees a request before any part of it is read, and decides on `scope["path"]`, the path that is routed.
Covered: Host (a web page that renames its own address to 127.0.0.1), Origin (a web page that posts), key, content type, body size,
content encoding, bodies that come slowly, and requests beyond the places there are (gate.py). Heads that come slowly: connection.py.
Not covered: floods below these limits.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import Path

from burnish.errors import BurnishError, DataError
from burnish.serve.exchange import App, Exchange, Message, Receive, Scope, Send
from burnish.serve.faults import Refused
from burnish.serve.gate import Gate
from burnish.serve.page import PATHS
from burnish.serve.watch.told import now

LOOPBACK = ("127.0.0.1", "localhost", "::1")
OPEN_PATHS = ("/health", *PATHS)
"""Paths that need no key to be read: they say nothing of anybody's words. The page is one of them: it asks for the key."""
ALWAYS = ("/health", "/metrics", *PATHS)
"""Paths that are answered also while the server loads and while it ends."""
PLACED = ("/v1/chat/completions", "/v1/completions")
"""Paths on which a POST needs a place: an engine works for it."""
BODY_BYTES = 4 * 1024 * 1024
SMALL_BYTES = 64 * 1024
"""A body up to this size is read however many others are being read."""
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:@/\[\]]+)(:[0-9]{1,5})?")
"""What a Host header looks like, its letters small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who may ask."""

    host: str = "127.0.0.1"
    """The address that is listened on."""
    keys: tuple[str, ...] = ()
    """Any of these as `Authorization: Bearer KEY`; none: everybody who reaches a loopback address."""
    body_bytes: int = BODY_BYTES
    bodies_bytes: int = 64 * BODY_BYTES
    """Bytes of all bodies that are held at once; beyond it only small ones are read on."""
    head_seconds: float = 10.0
    """How long a request's head may take from its first byte, and a new connection to send one."""
    body_seconds: float = 30.0
    """How long a request's body may take."""
    send_seconds: float = 60.0
    """How long a client may read nothing of its answer."""
    places: int = 264
    """Requests under way at most: those being answered and those waiting."""
    drain_seconds: float = 30.0
    """How long answers that run may go on once the server was told to stop."""

    def __post_init__(self) -> None:
        """Refuse an address that others reach without a key. Raises DataError."""
        if self.host not in LOOPBACK and not self.keys:
            raise DataError(
                f"{self.host} can be reached by others, and no key is set",
                seen="--host without --key-file",
                remedy="put a long random key into a file and name it with --key-file, or listen on 127.0.0.1",
            )

    @property
    def hosts(self) -> tuple[str, ...] | None:
        """Names that a Host header may have; None: any, since a key stands before everything."""
        return LOOPBACK if self.host in LOOPBACK else None


def read_keys(path: Path | None) -> tuple[str, ...]:
    """Return the keys of a file, one a line. Raises DataError for a file with none, or with one too short to keep anybody out."""
    if path is None:
        return ()
    try:
        keys = tuple(line.strip() for line in path.read_text("utf-8").splitlines() if line.strip())
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read the keys in {path}", seen=str(error), remedy="write one key a line into it") from None
    if not keys or min(map(len, keys)) < 16:
        raise DataError(
            f"{path} holds no key that keeps anybody out",
            seen=f"{len(keys)} keys" + (f", the shortest of {min(map(len, keys))} letters" if keys else ""),
            remedy=f"""python -c "import secrets; print(secrets.token_urlsafe(32))" > {path}""",
        )
    return keys


class Guard:
    """Wraps an app; lets a request through, or answers it by itself."""

    def __init__(self, app: App, rules: Rules, gate: Gate | None = None) -> None:
        """Take the app, the rules, and the places (by default as many as the rules say, open at once)."""
        self._app = app
        self.rules = rules
        self.gate = gate or Gate(rules.places, state="open")
        self._digests = [_digest(key.encode()) for key in rules.keys]
        self._held_bytes = 0
        self.failure: BurnishError | None = None
        """Why the app could not start."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http":  # no websockets here: the server closes the connection
            await self._request(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete" and self.gate.state == "loading":
                self.gate.state = "open"
            await send(message)

        try:
            await self._app(scope, receive, told)
        except BurnishError as error:
            self.failure = error
            raise

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        read = False
        try:
            self._check(scope)
            if not await self._read(body, receive):
                return
            read = True
            await self._pass(scope, bytes(body), receive, send)
        except Refused as fault:
            with contextlib.suppress(TimeoutError):  # who reads nothing of a refusal either is taken for gone
                async with asyncio.timeout(self.rules.send_seconds):
                    await _answer(fault, send, close=not read or self.gate.state == "draining")
        finally:
            self._held_bytes -= len(body)

    async def _read(self, body: bytearray, receive: Receive) -> bool:
        """Read the body to its end; False: the client went away before it. Raises Refused where it is too large or too slow."""
        more = True
        try:
            async with asyncio.timeout(self.rules.body_seconds):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return False
                    part, more = message.get("body", b""), message.get("more_body", False)
                    body += part
                    self._held_bytes += len(part)
                    self._check_size(len(body))
        except TimeoutError:
            words = f"the body did not come within {self.rules.body_seconds:g} seconds"
            raise Refused(408, words, code="body_too_slow") from None
        return True

    def _check_size(self, size: int) -> None:
        if size > self.rules.body_bytes:
            raise _too_large(self.rules.body_bytes)
        if size > SMALL_BYTES and self._held_bytes > self.rules.bodies_bytes:
            raise Refused(503, "too many large requests at once", code="too_many_bytes", retry=self.gate.retry)

    async def _pass(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Let the app answer a request that keeps all rules, in a place where it needs one. Raises Refused."""
        exchange = Exchange(body, receive, send, self.rules.send_seconds)
        if scope["path"] not in ALWAYS:
            self.gate.check()
        if scope["method"] != "POST" or scope["path"] not in PLACED:
            await exchange.run(self._app, scope)
            return
        with self.gate.place(exchange):
            await exchange.run(self._app, scope)

    def _check(self, scope: Scope) -> None:
        """Raise Refused where the request breaks a rule."""
        headers: dict[str, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value)
        if scope["http_version"] not in {"1.0", "1.1"}:
            raise Refused(400, "this server speaks HTTP/1.1", code="bad_version")
        self._check_place(headers, scope)
        self._check_key(headers, scope["path"] in OPEN_PATHS and scope["method"] in {"GET", "HEAD"})
        self._check_length(headers)
        has_body = headers.get("content-length", [b"0"])[0] != b"0" or "transfer-encoding" in headers
        if has_body and scope["method"] in {"POST", "PUT", "PATCH"}:
            self._check_kind(headers)

    def _check_place(self, headers: dict[str, list[bytes]], scope: Scope) -> None:
        hosts = headers.get("host", [])
        if len(hosts) != 1:
            raise Refused(400, "a request has exactly one Host header", code="bad_host")
        host = hosts[0].decode("latin-1").lower()
        form = HOST.fullmatch(host)
        if form is None:
            raise Refused(400, "the Host header is no name with a port", code="bad_host")
        if self.rules.hosts is not None and form[1].strip("[]") not in self.rules.hosts:
            raise Refused(403, f"this server does not answer for the name {form[1]!r}", code="bad_host")
        for origin in headers.get("origin", []):
            if origin.decode("latin-1").lower() != f"{scope.get('scheme', 'http')}://{host}":
                raise Refused(403, "another site's page may not ask here", code="bad_origin")

    def _check_key(self, headers: dict[str, list[bytes]], is_open: bool) -> None:
        if not self._digests or is_open:
            return
        given = headers.get("authorization", [])
        scheme, _, key = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        # Every key is compared, and as digests of one length: the time taken says nothing of how much was right.
        digest = _digest(key.strip())
        known = [hmac.compare_digest(digest, one) for one in self._digests]
        if scheme.lower() != b"bearer" or not any(known):
            raise Refused(401, "a key is needed: send `Authorization: Bearer KEY`", code="invalid_api_key")

    def _check_kind(self, headers: dict[str, list[bytes]]) -> None:
        kind = headers.get("content-type", [b""])[0].split(b";")[0].strip().lower()
        if kind != b"application/json":
            raise Refused(415, "the body must be JSON: send `Content-Type: application/json`", code="bad_content_type")
        if headers.get("content-encoding", [b"identity"])[0].strip().lower() != b"identity":
            raise Refused(415, "the body must not be compressed", code="bad_content_encoding")

    def _check_length(self, headers: dict[str, list[bytes]]) -> None:
        if "content-length" in headers and "transfer-encoding" in headers:  # a proxy before us could read it otherwise than we do
            raise Refused(400, "a body has Content-Length or Transfer-Encoding, not both", code="bad_framing")
        length = headers.get("content-length", [b"0"])[0]
        if not length.isdigit() or int(length) > self.rules.body_bytes:
            raise _too_large(self.rules.body_bytes)


def _too_large(limit: int) -> Refused:
    return Refused(413, f"the body is larger than {limit} bytes", code="body_too_large")


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


async def _answer(fault: Refused, send: Send, *, close: bool) -> None:
    """Send a refusal. `close`: the connection ends with it, because the rest of the request is not read, or no other is wanted."""
    now().wrong(fault.status, fault.code)
    body = fault.body().encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"connection", b"close")] if close else []
    headers += [(name.lower().encode(), value.encode()) for name, value in fault.headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
