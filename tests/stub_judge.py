"""A judge for tests: a small HTTP server on this machine that answers as OpenAI's chat completions do, or misbehaves."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Judge:
    """What the server was sent, and where it is."""

    url: str
    bodies: list[dict] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def completion(words: str | None) -> bytes:
    """Return a chat completion that says these words."""
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": words}}]}).encode()


Reply = tuple[int, bytes] | bytes | str | float | None
"""(status, body), a body, the judge's words, seconds of a reply that drips, or silence."""


@contextlib.contextmanager
def judge(reply: Callable[[str, int], Reply]) -> Iterator[Judge]:
    """Serve `reply(question, number of the request)` on a free port of this machine."""
    seen = Judge("")
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.bodies.append(body)
            seen.headers.append(dict(self.headers))
            seen.paths.append(self.path)
            said = reply(body["messages"][0]["content"], len(seen.bodies))
            if isinstance(said, float):
                # A byte now and then, so that no pause is ever long: only a limit on the whole reply ends it.
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):
                    for _ in range(round(said / 0.02)):
                        self.wfile.write(b" ")
                        over.wait(0.02)
                return
            if said is None:
                over.wait(5)
                return
            if isinstance(said, str):
                said = completion(said)
            status, content = said if isinstance(said, tuple) else (200, said)
            self.send_response(status)
            if status in (301, 307):
                self.send_header("Location", content.decode())
            self.end_headers()
            with contextlib.suppress(OSError):
                for start in range(0, len(content), 1 << 16):
                    self.wfile.write(content[start : start + (1 << 16)])

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"data": [{"id": "stub"}]}).encode())

        def log_message(self, *_):
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    seen.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield seen
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
