"""The JSON of a request, read strictly: what two readers could take for two things is refused, by the name of the field."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from burnish.serve.faults import Refused

DEEPEST = 100
"""Lists and objects within each other; what is deeper would overflow somebody's stack further on."""
LARGE = 64 * 1024
"""Bytes from which a body is read on a thread, so that others are not kept waiting."""
SUSPECT = re.compile(rb"\\u[dD][89a-fA-F]|NaN|Infinity|[eE]\+?\d{3}")
"""Where there may be half of a letter, or a number that is none; only then is every value looked at."""


def read_json(body: bytes) -> Any:
    """Return the value of a body.

    Raises Refused (400) for what is not UTF-8 or not JSON, for a field that is given twice, for half a letter (a lone surrogate),
    for NaN and infinity, for a number of thousands of digits, and for more than 100 nested lists.
    """
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise _wrong(f"the body is not UTF-8: byte {error.start + 1} cannot be read") from None
    except json.JSONDecodeError as error:
        raise _wrong(f"the body is not JSON: {error.msg}, line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _wrong("the body is nested too deeply") from None
    except ValueError:  # Python reads no whole number of more than 4,300 digits
        raise _wrong("a number in the body has too many digits") from None
    if body.count(b"[") + body.count(b"{") > DEEPEST or SUSPECT.search(body):
        _look(value)
    return value


def _look(value: Any) -> None:
    """Raise Refused at the first value that is nested too deeply, half a letter, or no number."""
    left: list[tuple[Any, str, int]] = [(value, "", 0)]
    while left:
        one, path, depth = left.pop()
        if depth > DEEPEST:
            raise _wrong(f"the body is nested more than {DEEPEST} deep", path[:100])
        if isinstance(one, dict):
            if not all(map(_whole, one)):
                raise _wrong("a name in the body holds half a letter (a lone surrogate)", path)
            left += [(inner, f"{path}.{name}".lstrip("."), depth + 1) for name, inner in one.items()]
        elif isinstance(one, list):
            left += [(inner, f"{path}[{i}]", depth + 1) for i, inner in enumerate(one)]
        elif isinstance(one, str) and not _whole(one):
            raise _wrong("there is half a letter in it (a lone surrogate)", path)
        elif isinstance(one, float) and not math.isfinite(one):
            raise _wrong("NaN and infinity are no numbers here", path)


def _whole(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _wrong(message: str, param: str = "") -> Refused:
    return Refused(400, f"{param}: {message}" if param else message, param=param or None, code="invalid_value")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, one in pairs:
        if name in value:
            raise _wrong("is given twice", name[:100].encode("utf-8", "replace").decode())
        value[name] = one
    return value


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    async def json(self) -> Any:
        """Return the value of the body. Raises Refused."""
        if not hasattr(self, "_value"):
            body = await self.body()
            self._value = read_json(body) if len(body) < LARGE else await asyncio.to_thread(read_json, body)
        return self._value


class StrictRoute(APIRoute):
    """A route whose body is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, given a StrictRequest."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive, request._send))  # noqa: SLF001 - no other way to it

        return strict
