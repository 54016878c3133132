"""What watching costs: seconds of one core a request and a token, with it, without it, and with JSON lines; and a scrape.

    python benchmarks/watching.py [--requests 300] [--tokens 256] [--rounds 5] [--out RESULT.md]

No model: an engine that says its tokens at once, asked through the whole app (guard, routes, streams) in this process, the ways in
turn. What is measured is the processor time of the process, so that what else runs on the machine counts little; of each way the median
round is told. "without" is the same app behind the plain guard, its notes given to nobody. The parts alone are timed too: one request
begun and ended, one token noted, one refusal looked for.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import platform
import statistics
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from burnish.grading.refusal import refuses
from burnish.serve.app import make_app
from burnish.serve.engine import Able, Ended, Token
from burnish.serve.guard import Guard, Rules
from burnish.serve.pool import Served
from burnish.serve.watch import logs
from burnish.serve.watch.told import Telling

WORDS = "I understand the wish. It is a long story, and I will tell all of it that I know: first take the key, then turn it. "


class Fast:
    """Says its tokens at once."""

    renders, able, context, slots = True, Able(), 0, 8

    async def complete(self, ask: Any) -> Any:
        for _ in range(ask.max_tokens - 1):
            yield Token("word ")
        yield Ended(reason="stop", prompt_tokens=20, completion_tokens=ask.max_tokens)


class Versions:
    """One version, or as many as are asked for."""

    live = "v0"

    @asynccontextmanager
    async def lease(self, name: str) -> Any:
        yield Served(label=name, engine=Fast(), opened=None)

    async def healthy(self) -> bool:
        return True


async def ask(app: Any, tokens: int, *, stream: bool) -> None:
    """Send one request straight into the app."""
    body = {"model": "v0", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": tokens, "stream": stream}
    parts = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    path = "/v1/chat/completions"
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers,
             "scheme": "http", "http_version": "1.1", "root_path": "", "server": ("x", 1), "client": ("x", 1),
             "asgi": {"version": "3.0", "spec_version": "2.3"}}  # fmt: skip

    async def receive() -> Any:
        return parts.pop() if parts else await asyncio.sleep(3600)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise AssertionError(message)

    await app(scope, receive, send)


def cost(app: Any, requests: int, tokens: int, *, stream: bool) -> float:
    """Return microseconds of processor time a request."""

    async def all_of_them() -> float:
        began = time.process_time()
        for _ in range(requests):
            await ask(app, tokens, stream=stream)
        return (time.process_time() - began) / requests * 1e6

    return asyncio.run(all_of_them())


def ways(options: argparse.Namespace) -> dict[str, dict[str, list[float]]]:
    """Return the microseconds of each way in each case, a figure a round, the ways in turn."""
    watched = make_app(Versions(), Rules())
    plain = Guard(watched.api, Rules())
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(options.rounds):
        for way in ("without", "watched", "watched, JSON lines"):
            lines = logs.begin(io.StringIO()) if "JSON" in way else None
            for case, tokens, stream in (("1 token", 2, False), (f"{options.tokens} tokens", options.tokens, False),
                                         (f"{options.tokens} tokens, streamed", options.tokens, True)):  # fmt: skip
                app = plain if way == "without" else watched
                requests = options.requests if tokens < 10 else max(10, options.requests // 10)
                found.setdefault(way, {}).setdefault(case, []).append(cost(app, requests, tokens, stream=stream))
            if lines is not None:
                logs.end(lines)
    return found


def alone(times: int = 20000) -> dict[str, float]:
    """Return microseconds of the parts by themselves."""
    watch = make_app(Versions(), Rules()).watch

    def request(tokens: int) -> None:
        telling: Telling = watch.begin("id", "/v1/chat/completions")
        telling.reached("v0", "v0", places=8)
        telling.wanted, telling.status = 1, 200
        with telling.answering(20) as one:
            one.heard(WORDS)
            for _ in range(tokens):
                one.token(1)
            one.end(Ended(reason="stop", prompt_tokens=20, completion_tokens=tokens), natural=True)
        watch.end(telling)

    def timed(act: Any, count: int) -> float:
        began = time.process_time()
        for _ in range(count):
            act()
        return (time.process_time() - began) / count * 1e6

    short, long = timed(lambda: request(1), times // 20), timed(lambda: request(1001), times // 1000)
    return {
        "one request begun and ended, its refusal looked for": short,
        "one token noted": (long - short) / 1000,
        "one refusal looked for in 120 letters": timed(lambda: refuses(WORDS), times // 20),
        "one refusal looked for in 4,000 letters": timed(lambda: refuses((WORDS * 40)[:4000]), times // 200),
    }


def scrapes() -> dict[str, tuple[float, int]]:
    """Return milliseconds and bytes of a scrape, by versions that have answered."""
    found = {}
    for versions in (1, 3, 20):
        watch = make_app(Versions(), Rules()).watch
        for i in range(versions):
            telling = watch.begin("id", "/v1/chat/completions")
            telling.reached(f"v{i}", f"v{i}", places=8)
            telling.wanted, telling.status = 1, 200
            with telling.answering(20) as one:
                one.token(1)
                one.end(Ended(reason="stop", prompt_tokens=20, completion_tokens=2), natural=True)
            watch.end(telling)
        taken = []
        for _ in range(10):
            began = time.process_time()
            size = len(watch.exposed())
            taken.append((time.process_time() - began) * 1e3)
        found[f"{versions} versions"] = (statistics.median(taken), size)
    return found


def main() -> None:
    """Measure, print, and write the result where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    lines = [f"{platform.machine()}, one core, {time.strftime('%Y-%m-%d')}; microseconds of processor time a request", ""]
    found = ways(options)
    cases = list(found["without"])
    lines += [f"| way | {' | '.join(cases)} |", "|---" * (len(cases) + 1) + "|"]
    lines += [
        f"| {way} | " + " | ".join(f"{statistics.median(by[case]):.0f}" for case in cases) + " |" for way, by in found.items()
    ]
    lines += ["", "| part | microseconds |", "|---|---|", *(f"| {what} | {micro:.2f} |" for what, micro in alone().items())]
    lines += ["", "| scrape | milliseconds | bytes |", "|---|---|---|"]
    lines += [f"| {what} | {milli:.1f} | {size} |" for what, (milli, size) in scrapes().items()]
    print("\n".join(lines))
    if options.out is not None:
        options.out.write_text("`python benchmarks/watching.py`\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
