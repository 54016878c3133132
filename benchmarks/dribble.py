"""Sockets that send slowly, in a process of their own: `python benchmarks/dribble.py PORT COUNT [--every 1.0]`, for overload.py.

Opens COUNT connections that send a letter of a head every so many seconds, and COUNT that send a letter of a body. Says `ready` in one line
when all are open, and at the end a JSON line: [seconds until it was ended, the first bytes of what it was told] of each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time

from http_lines import head

End = tuple[float, str]


async def opened(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect."""
    return await asyncio.open_connection("127.0.0.1", port)


async def dribble(made: tuple[asyncio.StreamReader, asyncio.StreamWriter], first: bytes, every: float) -> End:
    """Send a beginning, then a letter at a time until the server ends it; return when it did and what it said."""
    reader, writer = made
    began = time.perf_counter()
    try:
        writer.write(first)
        answer = asyncio.create_task(reader.read(100))
        while not answer.done():
            await asyncio.wait([answer], timeout=every)
            if not answer.done():
                writer.write(b"x")
        return time.perf_counter() - began, answer.result()[:12].decode("latin-1")
    except OSError as error:
        return time.perf_counter() - began, repr(error)
    finally:
        writer.close()


async def run(port: int, count: int, every: float) -> list[End]:
    """Run all of them."""
    starts = [b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "] * count + [head(length=100_000) + b"{"] * count
    made = [await opened(port) for _ in starts]
    slow = [asyncio.create_task(dribble(one, first, every)) for one, first in zip(made, starts, strict=True)]
    print("ready", flush=True)
    return await asyncio.gather(*slow)


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("port", type=int)
    asked.add_argument("count", type=int)
    asked.add_argument("--every", type=float, default=1.0)
    options = asked.parse_args()
    print(json.dumps(asyncio.run(run(options.port, options.count, options.every))), flush=True)
