"""Requests that no HTTP client sends: bytes by hand, from a seed, and what a server may answer them.

Kinds: garbage, cut and bent heads, wrong methods, versions and targets (absolute form, HTTP/0.9, encoded and doubled slashes, NUL), headers
that are doubled, folded, huge, many or nameless, lengths that lie, chunks that are wrong, Content-Length beside Transfer-Encoding (smuggling),
upgrades, `Expect`, bodies on GET, requests behind each other on one connection, and halves of requests. Used by fuzz_api.py and by the tests.
"""

from __future__ import annotations

import json
import random
import re
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

BODY = b'{"model":"base","messages":[{"role":"user","content":"x"}],"max_tokens":1}'
HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
ALLOWED = {200, 400, 401, 403, 404, 405, 408, 413, 415, 429, 503}


def post(extra: bytes = b"", body: bytes = BODY, target: bytes = b"/v1/chat/completions", length: bytes | None = None) -> bytes:
    """Return a request that is right but for what is given."""
    count = b"%d" % len(body) if length is None else length
    return b"POST " + target + b" HTTP/1.1\r\n" + HOST + JSON + b"Content-Length: " + count + b"\r\n" + extra + b"\r\n" + body


def get(
    target: bytes = b"/health", extra: bytes = b"", version: bytes = b"HTTP/1.1", method: bytes = b"GET", host: bytes = HOST
) -> bytes:
    """Return a request without a body that is right but for what is given."""
    return method + b" " + target + b" " + version + b"\r\n" + host + extra + b"\r\n"


def chunked(data: bytes, extra: bytes = b"") -> bytes:
    """Return a request whose body is sent in chunks as given."""
    return b"POST /v1/chat/completions HTTP/1.1\r\n" + HOST + JSON + b"Transfer-Encoding: chunked\r\n" + extra + b"\r\n" + data


WHOLE = b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"
BY_HAND = [
    b"\r\n\r\n", b"\0" * 100, b"GET\r\n\r\n", b"GET /health\r\n\r\n", b"GET /health\r\n", b" GET /health HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\0\x01\xfc",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", get(version=b"HTTP/0.9"), get(version=b"HTTP/1.0"), get(version=b"HTTP/3.0"), get(version=b"HTTQ/1.1"),
    get(version=b"http/1.1"), get(host=b""), get(host=HOST * 2), get(host=HOST + b"Host: evil.example\r\n"), get(host=b"Host: \r\n"),
    get(host=b"Host: localhost:99999999\r\n"), get(host=b"Host: user@localhost\r\n"), get(host=b"Host: [::1]evil.example\r\n"),
    get(b"http://localhost/health"), get(b"http://evil.example/health"), get(b"*", method=b"OPTIONS"), get(b"localhost:80", method=b"CONNECT"),
    get(b"//health"), get(b"/health/"), get(b"/%68ealth"), get(b"/health%00"), get(b"/health\0"), get(b"/health\xff"), get(b"/../health"),
    get(b"/v1/models/%2e%2e%2f"), get(b"/v1/models/%ff%fe"), get(b"/v1/models/" + b"a" * 70_000), get(b"/health?" + b"a=b&" * 20_000),
    get(b"health"), get(b"/v1/models/%"), get(b"/v1/models/%zz"), get(b"/health#x"), get(method=b"get"), get(method=b"TRACE"), get(method=b"PROPFIND"),
    get(method=b"HEAD"), get(method=b"HEAD", target=b"/v1/models"), get(method=b"A" * 1000), get(method=b"G\0T"), get(method=b"G\xc3\xa9T"),
    get(extra=b"X: " + b"y" * 100_000 + b"\r\n"), get(extra=b"X: y\r\n" * 5_000), get(extra=b": y\r\n"), get(extra=b"X y\r\n"), get(extra=b"X : y\r\n"),
    get(extra=b"X: a\r\n b\r\n"), get(extra=b"X: a\0b\r\n"), get(extra=b"X: a\nb\r\n"), get(extra=b"X: \xff\xfe\r\n"), get(extra=b"X: a\rb\r\n"),
    get(extra=b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n"),
    get(extra=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"), get(extra=b"Connection: keep-alive, close\r\n"),
    get(extra=b"Content-Length: 5\r\n") + b"hello", get(extra=b"Content-Length: 5\r\n") + b"he", get(extra=b"Transfer-Encoding: chunked\r\n") + WHOLE,
    get(extra=b"Expect: 100-continue\r\n"), get(extra=b"Authorization: Bearer \xff\r\n"), get(extra=b"Origin: null\r\n"), get(extra=b"Range: bytes=0-1\r\n"),
    get() * 20, get() + post() + get(), post() + b"garbage", post() * 3, b"\r\n" + get(), get().replace(b"\r\n", b"\n"), get()[:-2], get()[:20],
    post(length=b"0"), post(length=b"1"), post(length=b"99999"), post(length=b"-1"), post(length=b"+5"), post(length=b"0x10"), post(length=b"1e1"),
    post(length=b"9" * 30), post(length=b"74, 74"), post(length=b"74, 75"), post(b"Content-Length: 3\r\n"), post(b"Content-Length: 74\r\n"), post(length=b""),
    post(length=b"\xb2"), post(length=b"4194305"), post(body=b"x" * 5_000_000), post(body=b"[" * 100_000), post(body=b""), post(body=b"\xff" * 100),
    post(b"Transfer-Encoding: chunked\r\n", WHOLE), post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\nGET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    post(b"Transfer-Encoding: identity\r\n"), post(b"Transfer-Encoding: xchunked\r\n"), post(b"Transfer-Encoding : chunked\r\n"),
    post(b"Transfer-Encoding: gzip, chunked\r\n"), post(b"Content-Encoding: gzip\r\n"), post(b"Expect: 100-continue\r\n"), post(b"Expect: nothing\r\n"),
    post(b"Content-Type: text/plain\r\n"), post(b"Origin: http://evil.example\r\n"), post(target=b"/v1/chat/completions/"), post(target=b"/V1/chat/completions"),
    chunked(WHOLE), chunked(b"1\r\n{\r\n" * 50 + b"0\r\n\r\n"), chunked(b"zz\r\n"), chunked(b"-1\r\n"), chunked(b"ffffffffffffffff\r\nx"), chunked(b"5\r\nab\r\n0\r\n\r\n"),
    chunked(b"5\r\nabcdefgh\r\n0\r\n\r\n"), chunked(b"0\r\nX: y\r\n\r\n"), chunked(b"5;a=b\r\nhello\r\n0\r\n\r\n"), chunked(b"5;" + b"a" * 70_000 + b"\r\nhello\r\n0\r\n\r\n"),
    chunked(b"1000000\r\n" + b"x" * 5_000_000), chunked(b""), chunked(WHOLE[:-2]), chunked(b"\r\n"), chunked(WHOLE, b"Transfer-Encoding: chunked\r\n"),
]  # fmt: skip


def requests(count: int, seed: int = 20261121) -> Iterator[bytes]:
    """Yield so many raw requests: first those by hand, then those bent at random."""
    yield from BY_HAND[:count]
    dice = random.Random(seed)
    sound = [get(), get(b"/v1/models"), post(), post(b"X-A: b\r\n"), chunked(WHOLE)]
    for _ in range(count - len(BY_HAND)):
        yield bent(dice.choice(sound), dice)


def bent(data: bytes, dice: random.Random) -> bytes:
    """Return a request with a few bytes lost, doubled, changed, put in or cut off."""
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(data) + 1)
        span = dice.randrange(1, 12)
        before, here, after = data[:place], data[place : place + span], data[place + span :]
        put_in = dice.choice([b"\0", b"\r\n", b"\r\n\r\n", b" ", b":", b"\xff", b"%00", b"0\r\n\r\n"])
        data = dice.choice(
            [
                before + after,
                before + here * 2 + after,
                before + dice.randbytes(span) + after,
                before + put_in + here + after,
                before,
            ]
        )
        data = data or b"x"
    return data


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back for one raw request."""

    sent: bytes
    answer: bytes
    seconds: float
    reset: bool

    @property
    def statuses(self) -> list[int]:
        """The statuses of all answers (informational ones left out)."""
        return [int(one) for one in STATUS.findall(self.answer) if not one.startswith(b"1")]

    @property
    def faults(self) -> list[str]:
        """What is wrong with it."""
        found = [f"status {one}" for one in self.statuses if one not in ALLOWED]
        found += ["reset"] if self.reset else []
        found += [f"{self.seconds:.1f} s"] if self.seconds > 5 else []
        found += ["no answer"] if not self.statuses and self.sent.strip(b"\r\n") else []
        if (
            self.statuses
            and self.statuses[0] >= 400
            and b"HEAD" not in self.sent[:10]
            and not self.answer.rstrip().endswith(b"}")
        ):
            found.append("no OpenAI error body")
        return found


def send(port: int, data: bytes, *, half: bool = False, patience: float = 10) -> Outcome:
    """Send raw bytes and read until the server ends the connection, or says no more after an answer (it may be used again).

    `half`: end our side first, as a client that says no more.
    """
    began = last = time.monotonic()
    answer, reset = b"", False
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as made:
        try:
            made.sendall(data)
            if half:
                made.shutdown(socket.SHUT_WR)
            while part := made.recv(1 << 16):
                answer += part
                last = time.monotonic()
                made.settimeout(0.5)
            last = last if answer else time.monotonic()
        except TimeoutError:
            last = last if answer else time.monotonic()
        except OSError:
            reset = True
    return Outcome(data, answer, last - began, reset)


def send_all(port: int, sent: Iterable[bytes]) -> list[Outcome]:
    """Send them all, twenty at once."""
    with ThreadPoolExecutor(20) as threads:
        return list(threads.map(lambda data: send(port, data), sent))


def told(outcomes: list[Outcome]) -> list[str]:
    """Return a line for each fault."""
    return [f"{fault}: {one.sent[:90]!r} -> {one.answer[:80]!r}" for one in outcomes for fault in one.faults]


def summary(outcomes: list[Outcome]) -> str:
    """Return the figures as JSON."""
    counts: dict[str, int] = {}
    for one in outcomes:
        for status in one.statuses or ["none"]:
            counts[str(status)] = counts.get(str(status), 0) + 1
    return json.dumps(
        {"requests": len(outcomes), "statuses": counts, "slowest_seconds": round(max(one.seconds for one in outcomes), 2)}
    )
