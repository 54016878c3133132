"""The server itself: a socket that is ours before anything is loaded, and uvicorn on it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import faulthandler
import functools
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn

from burnish.errors import BurnishError
from burnish.serve.connection import Connection, Limits, log_full
from burnish.serve.guard import Guard
from burnish.serve.watch.logs import writing

log = logging.getLogger("burnish.serve")
LEAVE_SECONDS = 1.0
"""How long the server may take to leave after a second signal."""
FLUSH_SECONDS = 3
"""How long the last bytes of answers may take once all are made."""
END_SECONDS = 40.0
"""How long what is served may take to close, a load that still runs included."""
JOIN_SECONDS = 100.0
"""How long a server on a thread may take to end: the drain, and what is served."""
RESERVED_FILES = 128
"""Open files that are not clients: engines, the registry, logs."""
MOST_CONNECTIONS = 8192


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; port 0 takes a free one. Raises BurnishError naming what is in the way."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol must be named: only then does asyncio send small parts at once (TCP_NODELAY), and not 40 ms later.
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


def connections_allowed() -> int:
    """Return how many clients may be connected at once, after raising this process's limit of open files as far as it may.

    Raises BurnishError where the limit leaves hardly any.
    """
    try:
        import resource
    except ImportError:  # Windows
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + RESERVED_FILES
    if soft < wanted or soft == resource.RLIM_INFINITY:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    left = min(soft - RESERVED_FILES, MOST_CONNECTIONS)
    if left < 16:
        raise BurnishError(
            "this process may open too few files to serve anybody",
            seen=f"{soft} files at most",
            remedy=f"allow more before you start it: ulimit -n {wanted}",
        )
    return left


class _Loading:
    """uvicorn's lifespan, begun at the start and not waited for: while the first version loads, clients get a 503 and not silence."""

    should_exit = False
    late = False
    """Whether it did not end in time."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.state: dict[str, Any] = inner.state
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        self._task = asyncio.create_task(self._inner.startup())

    @property
    def done(self) -> bool:
        return self._task is not None and self._task.done()

    @property
    def failed(self) -> bool:
        return bool(self._inner.should_exit)

    async def shutdown(self) -> None:
        """End it, or give it up: a load that hangs keeps nobody from stopping the server."""
        try:
            async with asyncio.timeout(END_SECONDS):
                if self._task is not None:
                    await self._task
                await self._inner.shutdown()
        except TimeoutError:
            self.late = True
            log.error("what was served did not close within %g seconds, and is given up", END_SECONDS)  # noqa: TRY400 - no defect


class _Server(uvicorn.Server):
    """uvicorn, telling when it is ready, and ending in order."""

    lifespan: Any

    def __init__(self, config: uvicorn.Config, app: Guard, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app, self._tell_ready = app, ready
        self._was_ready = False
        self.cut = 0
        """Answers that were cut off at the end."""

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
        if self.should_exit:
            self.force_exit = True
            _leave_soon()
        self.should_exit = True
        self._app.gate.state = "draining"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan = _Loading(self.lifespan)
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        if self.lifespan.done and not self._was_ready:
            if self.lifespan.failed:
                return True
            self._was_ready = True
            self._tell_ready()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let what runs end while new requests are told to go elsewhere; only then stop listening."""
        gate = self._app.gate
        gate.state = "draining"
        await self._wait(self._app.rules.drain_seconds)
        self.cut = gate.cut()
        await self._wait(LEAVE_SECONDS / 2)
        await super().shutdown(sockets)
        if self.lifespan.late and threading.current_thread() is threading.main_thread():
            _leave_soon()

    async def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self._app.gate.taken and not self.force_exit and loop.time() < end:  # noqa: ASYNC110 - a signal handler may not set an Event
            await asyncio.sleep(0.02)


def _leave_soon() -> None:
    """End the process in a moment, whatever goes on: a thread that loads a model cannot be stopped, and Python would wait for it."""
    late = threading.Timer(LEAVE_SECONDS, os._exit, (1,))
    late.daemon = True
    late.start()


def _config(app: Guard) -> uvicorn.Config:
    rules = app.rules
    limits = Limits(
        head_seconds=rules.head_seconds, flush_seconds=rules.send_seconds, connections=connections_allowed(), full=log_full
    )
    plain: Any = app
    protocol: Any = functools.partial(Connection, limits)
    return uvicorn.Config(
        plain,
        http=protocol,
        ws="none",
        log_config=None,
        log_level="critical" if writing() is None else "info",  # for people, what goes wrong is told by us, once
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=FLUSH_SECONDS,
        h11_max_incomplete_event_size=64 * 1024,
    )


def serve(app: Guard, made: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; answers that run then may end, within a limit. A second signal leaves at once.

    Raises BurnishError when what is served cannot be loaded, and when answers had to be cut off at the end.
    """
    server = _Server(_config(app), app, ready)
    try:
        _run(server, made)
    finally:
        made.close()
    if app.failure is not None:
        raise app.failure
    if server.cut:
        seen = "a second signal" if server.force_exit else f"they took longer than {app.rules.drain_seconds:g} seconds"
        remedy = "give them longer with --drain-seconds, and signal once"
        raise BurnishError(f"{server.cut} answers were cut off at the end", seen=seen, remedy=remedy)


def _run(server: _Server, made: socket.socket) -> None:
    with contextlib.suppress(SystemExit):  # what uvicorn raises when the app could not start
        server.run([made])


@contextlib.contextmanager
def running(app: Guard) -> Iterator[str]:
    """Serve on a free loopback port, on a thread, inside the block; yields the address. Raises BurnishError when it cannot start."""
    made, ready = listen("127.0.0.1", 0), threading.Event()
    server = _Server(_config(app), app, ready.set)
    thread = threading.Thread(target=_run, args=(server, made), daemon=True)
    thread.start()
    try:
        while not ready.wait(0.05):
            if not thread.is_alive():
                raise app.failure or BurnishError("the server could not start")
        yield url_of(made)
    finally:
        server.should_exit = True
        thread.join(JOIN_SECONDS)
        made.close()
        if thread.is_alive():
            _tell_threads()
            raise BurnishError("the server did not end", seen=f"it still runs {JOIN_SECONDS:g} seconds after it was told to")


def _tell_threads() -> None:
    """Write where every thread stands, for whoever looks for the reason."""
    with contextlib.suppress(OSError, ValueError, RuntimeError, AttributeError):  # no stderr, or one that is no file
        faulthandler.dump_traceback(sys.__stderr__ or 2)
