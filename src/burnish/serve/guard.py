"""What stands before every route: who may ask, from where, and how much. Closed by default; nothing passes by another path.

Pure ASGI, so that it sees a request before any part of it is read, and decides on `scope["path"]`, the path that is routed.
Covered: Host (a web page that renames its own address to 127.0.0.1), Origin (a web page that posts), key, content type, body size,
content encoding. Not covered: floods below the queue's limit, and slow senders.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.errors import BurnishError, DataError
from burnish.serve.faults import Refused
from burnish.serve.page import PATHS

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
OPEN_PATHS = ("/health", *PATHS)
"""Paths that need no key: they say nothing of anybody's words. The page is one of them: it asks for the key."""
BODY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who may ask."""

    host: str = "127.0.0.1"
    """The address that is listened on."""
    keys: tuple[str, ...] = ()
    """Any of these as `Authorization: Bearer KEY`; none: everybody who reaches a loopback address."""
    body_bytes: int = BODY_BYTES

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

    def __init__(self, app: App, rules: Rules) -> None:
        """Take the app and the rules."""
        self._app = app
        self._rules = rules
        self._digests = [_digest(key.encode()) for key in rules.keys]
        self.failure: BurnishError | None = None
        """Why the app could not start."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request."""
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            except BurnishError as error:
                self.failure = error
                raise
            return
        if scope["type"] != "http":
            return  # no websockets here: the server closes the connection
        counted = _Counted(receive, self._rules.body_bytes)
        try:
            self._check(scope)
            await self._app(scope, counted, send)
        except Refused as fault:
            await _answer(fault, send)

    def _check(self, scope: Scope) -> None:
        """Raise Refused where the request breaks a rule."""
        headers: dict[str, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value)
        self._check_place(headers, scope)
        self._check_key(headers, scope["path"])
        if scope["method"] in {"POST", "PUT", "PATCH"}:
            self._check_body(headers)

    def _check_place(self, headers: dict[str, list[bytes]], scope: Scope) -> None:
        hosts = headers.get("host", [])
        if len(hosts) != 1:
            raise Refused(400, "a request has exactly one Host header", code="bad_host")
        host = hosts[0].decode("latin-1").lower()
        if self._rules.hosts is not None and _name(host) not in self._rules.hosts:
            raise Refused(403, f"this server does not answer for the name {_name(host)!r}", code="bad_host")
        for origin in headers.get("origin", []):
            if origin.decode("latin-1").lower() != f"{scope.get('scheme', 'http')}://{host}":
                raise Refused(403, "another site's page may not ask here", code="bad_origin")

    def _check_key(self, headers: dict[str, list[bytes]], path: str) -> None:
        if not self._digests or path in OPEN_PATHS:
            return
        given = headers.get("authorization", [])
        scheme, _, key = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        # Every key is compared, and as digests of one length: the time taken says nothing of how much was right.
        digest = _digest(key.strip())
        known = [hmac.compare_digest(digest, one) for one in self._digests]
        if scheme.lower() != b"bearer" or not any(known):
            raise Refused(401, "a key is needed: send `Authorization: Bearer KEY`", code="invalid_api_key")

    def _check_body(self, headers: dict[str, list[bytes]]) -> None:
        kind = headers.get("content-type", [b""])[0].split(b";")[0].strip().lower()
        if kind != b"application/json":
            raise Refused(415, "the body must be JSON: send `Content-Type: application/json`", code="bad_content_type")
        if headers.get("content-encoding", [b"identity"])[0].strip().lower() != b"identity":
            raise Refused(415, "the body must not be compressed", code="bad_content_encoding")
        length = headers.get("content-length", [b"0"])[0]
        if not length.isdigit() or int(length) > self._rules.body_bytes:
            raise _too_large(self._rules.body_bytes)


class _Counted:
    """A receive that counts the body, for requests that do not say its length."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._limit, self._bytes = receive, limit, 0

    async def __call__(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._limit:
            raise _too_large(self._limit)
        return message


def _too_large(limit: int) -> Refused:
    return Refused(413, f"the body is larger than {limit} bytes", code="body_too_large")


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def _name(host: str) -> str:
    """Return a Host header's name without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


async def _answer(fault: Refused, send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    headers += [(name.lower().encode(), value.encode()) for name, value in fault.headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": fault.body().encode()})
