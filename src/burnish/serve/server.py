"""The server itself: a socket that is ours before anything is loaded, and uvicorn on it."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn

from burnish.errors import BurnishError
from burnish.serve.guard import Guard
from burnish.serve.watch.logs import writing

DRAIN_SECONDS = 30
"""How long answers that run may go on after the server was told to stop."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; port 0 takes a free one. Raises BurnishError naming what is in the way."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, for asyncio sends small packets at once (TCP_NODELAY) only where it is: else 40 ms an answer are lost.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(2048)
    except OSError as error:
        made.close()
        used = error.errno == errno.EADDRINUSE
        raise BurnishError(
            f"cannot listen on {host}, port {port}",
            seen="another program listens there" if used else error.strerror or str(error),
            remedy="stop that program, or name another port: --port 8012" if used else "name an address of this machine",
        ) from None
    return made


def url_of(made: socket.socket) -> str:
    """Return the address of a socket as clients write it."""
    host, port = made.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn, telling when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM inside the block; both are an orderly end, so neither is raised again after it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Let running answers end at the first signal, leave at once at the second."""
        del sig, frame
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _config(app: Guard) -> uvicorn.Config:
    plain: Any = app
    return uvicorn.Config(
        plain,
        log_config=None,
        log_level="critical" if writing() is None else "info",  # for people, what goes wrong is told by us, once
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=DRAIN_SECONDS,
        h11_max_incomplete_event_size=64 * 1024,
    )


def serve(app: Guard, made: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; answers that run then may end. A second signal leaves at once.

    Raises BurnishError when what is served cannot be loaded.
    """
    server = _Server(_config(app), ready)
    try:
        _run(server, made)
    finally:
        made.close()
    if not server.started:
        raise app.failure or BurnishError("the server could not start")


def _run(server: _Server, made: socket.socket) -> None:
    with contextlib.suppress(SystemExit):  # what uvicorn raises when the app could not start
        server.run([made])


@contextlib.contextmanager
def running(app: Guard) -> Iterator[str]:
    """Serve on a free loopback port, on a thread, inside the block; yields the address. Raises BurnishError when it cannot start."""
    made, ready = listen("127.0.0.1", 0), threading.Event()
    server = _Server(_config(app), ready.set)
    thread = threading.Thread(target=_run, args=(server, made), daemon=True)
    thread.start()
    try:
        while not ready.wait(0.05):
            if not thread.is_alive():
                raise app.failure or BurnishError("the server could not start")
        yield url_of(made)
    finally:
        server.should_exit = True
        thread.join()
        made.close()
