"""`/docs`: the routes and their fields as one page, made of the server's own OpenAPI description.

It is a page of text: it runs no program and loads nothing, from here or elsewhere, and the rules of every other route stand before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI, Request, Response

from burnish.serve.page import HEADERS, POLICY

PATH = "/docs"
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "code{font-family:ui-monospace,monospace}table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8886}h2{margin-top:2.5rem}"
)
ABOUT = (
    "Where keys are set, every request but the chat page's own files and <code>/health</code> sends <code>Authorization: Bearer KEY</code>. "
    "Fields that a request has and the server does not use are named in the answer's header <code>X-Burnish-Unused</code>. "
    "The same as JSON: <a href='openapi.json'>openapi.json</a>."
)
DEEPEST = 3
"""Objects within each other whose fields are shown."""


def add_docs(app: FastAPI) -> None:
    """Add the page's route."""

    async def docs(_: Request) -> Response:
        """Answer with the page."""
        policy = "; ".join(
            f"{name} {value}" for name, value in (POLICY | {"style-src": "'unsafe-inline'", "script-src": "'none'"}).items()
        )
        return Response(
            page(app.openapi()), media_type="text/html; charset=utf-8", headers=HEADERS | {"Content-Security-Policy": policy}
        )

    app.router.add_route(PATH, docs, methods=["GET", "HEAD"], include_in_schema=False)


def page(described: Mapping[str, Any]) -> str:
    """Return an OpenAPI description as HTML."""
    about = described.get("info", {})
    schemas = described.get("components", {}).get("schemas", {})
    title = f"{about.get('title', '')} {about.get('version', '')}"
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>{escape(title)}: the HTTP API</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}: the HTTP API</h1>",
        f"<p>{ABOUT}</p>",
    ]
    for path, methods in described.get("paths", {}).items():
        for method, route in methods.items():
            parts += _route(f"{method.upper()} {path}", route, schemas)
    return "".join([*parts, "</main></body></html>"])


def _route(name: str, route: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{escape(name)}</code></h2><p>{escape(route.get('description', ''))}</p>"
    for one in route.get("parameters", ()):
        yield f"<p><code>{escape(one['name'])}</code> in the {escape(one['in'])}</p>"
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        yield "<h3>What is sent</h3>"
        yield from _table(body, schemas)
    for status, answer in route.get("responses", {}).items():
        found = answer.get("content", {}).get("application/json", {}).get("schema")
        if status.startswith("2") and found:
            yield f"<h3>What comes back ({escape(status)})</h3>"
            yield from _table(found, schemas)
    refused = [status for status in route.get("responses", {}) if not status.startswith("2")]
    if refused:
        yield f'<p>Refused with {escape(", ".join(refused))}: <code>{{"error": {{message, type, param, code}}}}</code></p>'


def _table(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    rows = [*_fields(schema, schemas, "", 0)]
    if rows:
        yield "<table><tr><th>field<th>what it may be<th>if it is left out<th></tr>"
        yield from rows
        yield "</table>"


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any], above: str, depth: int) -> Iterator[str]:
    whole = _resolved(schema, schemas)
    required = whole.get("required", ())
    for name, one in whole.get("properties", {}).items():
        default = "required" if name in required else json.dumps(one["default"]) if "default" in one else ""
        yield f"<tr><td><code>{escape(above + name)}</code><td>{escape(kind(one, schemas))}<td>{escape(default)}<td>{escape(one.get('description', ''))}</tr>"
        for inner in _objects(one, schemas):
            if depth < DEEPEST:
                yield from _fields(inner, schemas, f"{above}{name}.", depth + 1)


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = schemas.get(name, {}) if name else schema
    return found


def _objects(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects with fields of their own that a field may hold, alone or in a list."""
    for one in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        inner = one.get("items", one)
        if "$ref" in inner and "properties" in _resolved(inner, schemas):
            yield _resolved(inner, schemas)


def kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """Return what a value may be, in words: `number from 0 to 2, or null`."""
    if several := [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        return " or ".join(dict.fromkeys(kind(one, schemas) for one in several))
    if "$ref" in schema:
        found = _resolved(schema, schemas)
        return kind(found, schemas) if "enum" in found else str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema or "enum" in schema:
        return " or ".join(json.dumps(one) for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"a list of {kind(schema.get('items', {}), schemas)}"
    low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
    span = (f" from {low:g}" if low is not None and abs(low) < 2**31 else "") + (
        f" to {high:g}" if high is not None and high < 2**31 - 1 else ""
    )
    return f"{schema.get('type', 'anything')}{span}"
