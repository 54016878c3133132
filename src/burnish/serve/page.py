"""The page at `/`: exactly the files in `web/`, with headers under which a browser runs nothing else and asks nobody else.

They hold nothing private, so they need no key; what they show they ask of the routes, with the key that the person types.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

FOLDER = Path(__file__).with_name("web")
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
"""By suffix; nothing else is served."""
NAMES = tuple(sorted(one.name for one in FOLDER.iterdir() if one.suffix in TYPES and one.name != "index.html"))
PATHS = ("/", *(f"/web/{name}" for name in NAMES))
"""Every path of the page, exactly as it is routed."""
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "data: 'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",  # text can never become markup, also by a mistake in these files
    "trusted-types": "'none'",
}
"""What a browser may do on the page (Content Security Policy, level 3, and Trusted Types)."""
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",  # kept, and asked after each time: a newer burnish must not meet an older page's files
}


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    kind: str
    tag: str
    """A strong ETag: the content's sha256."""


def add_page(app: FastAPI) -> None:
    """Add the page's routes. The files are read once, now."""
    for path in PATHS:
        file = _read(FOLDER / (path.removeprefix("/web/") if path != "/" else "index.html"))
        app.router.routes.append(Route(path, _answering(file), methods=["GET", "HEAD"], include_in_schema=False))


def _read(path: Path) -> _File:
    content = path.read_bytes()
    return _File(content, TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _answering(file: _File) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        """Answer with one file, or say that the browser's copy is still right."""
        headers = HEADERS | {"ETag": file.tag}
        if _known(request.headers.get("if-none-match", ""), file.tag):
            return Response(status_code=304, headers=headers)
        return Response(file.content, media_type=file.kind, headers=headers)

    return answer


def _known(given: str, tag: str) -> bool:
    """Return whether an If-None-Match names the tag (RFC 9110, 13.1.2: compared weakly, as proxies may have weakened it)."""
    return given.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in given.split(","))
