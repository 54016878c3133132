"""A small HTTP/1.1 client on asyncio, for what the real ones cannot do: offer requests at a rate, send slowly, leave in the middle, send garbage."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(slots=True)
class Answer:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return its JSON."""
        return json.loads(self.body)


def chat(words: str, *, limit: int = 400, stream: bool = False, model: str = "base", **more: Any) -> bytes:
    """Return the body of a chat request."""
    body = {"model": model, "messages": [{"role": "user", "content": words}], "max_tokens": limit, "stream": stream} | more
    return json.dumps(body).encode()


def head(path: str = "/v1/chat/completions", method: str = "POST", length: int | None = None, *, more: str = "") -> bytes:
    """Return a request's head."""
    lines = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}"
    return (
        lines + (f"Content-Type: application/json\r\nContent-Length: {length}\r\n" if length is not None else "") + "\r\n"
    ).encode()


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """Read one answer. Raises IncompleteReadError when the connection ends before it."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(first.split()[1]), headers, body)


@dataclass(slots=True)
class Client:
    """Connections to one server, used again and again."""

    port: int
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)
    opened: int = 0
    surplus: int = 0
    """Bytes that came without being asked for: second answers."""

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        await self.close()

    async def ask(self, body: bytes | None, path: str = "/v1/chat/completions") -> Answer:
        """Send one request and read its one answer."""
        while True:
            fresh = not self.idle
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port) if fresh else self.idle.pop()
            self.opened += fresh
            self.surplus += len(reader._buffer)  # noqa: SLF001 - nothing else tells what came unasked
            if not reader.at_eof():
                break
        writer.write(head(path, "POST" if body is not None else "GET", None if body is None else len(body)) + (body or b""))
        answer = await read_answer(reader)
        if answer.headers.get("connection") == "close":
            writer.close()
        else:
            self.idle.append((reader, writer))
        return answer

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.sleep(0.05)
        for reader, writer in self.idle:
            self.surplus += len(reader._buffer)  # noqa: SLF001 - nothing else tells what came unasked
            writer.close()
