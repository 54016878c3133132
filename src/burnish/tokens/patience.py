"""Work that may not take for ever, on any thread: a chat template is a program, and a program may loop.

CPython can raise an exception in another thread, between two steps of its bytecode (PyThreadState_SetAsyncExc), which is what a
template's loops are made of. Not covered: one call into C that takes long by itself; it is interrupted when it returns.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

Result = TypeVar("Result")
LOOK_SECONDS = 0.25
"""How often the clock is looked at."""


class _Late(BaseException):
    """Raised in the thread that takes too long; no `except Exception` of a template or a library catches it."""


@dataclass(slots=True, eq=False)
class _Watched:
    thread: int
    until: float
    sent: bool = False


@dataclass(slots=True)
class _Watcher:
    """One thread that looks at the clock for all others, as long as there is anything to watch."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _all: list[_Watched] = field(default_factory=list)
    _running: bool = False

    def add(self, one: _Watched) -> None:
        with self._lock:
            self._all.append(one)
            if not self._running:
                self._running = True
                threading.Thread(target=self._watch, name="patience", daemon=True).start()

    def remove(self, one: _Watched) -> None:
        """Forget it and what began after it on its thread, which is inside it: nothing is sent for them from here on."""
        with self._lock:
            if one in self._all:
                place = self._all.index(one)
                self._all[place:] = [other for other in self._all[place:] if other.thread != one.thread]

    def again(self, thread: int) -> None:
        """Send once more to a thread, if it is late: of two exceptions on their way at once only one arrives."""
        with self._lock:
            for one in self._all:
                if one.thread == thread:
                    one.sent = False

    def _watch(self) -> None:
        idle = 0
        while True:
            time.sleep(LOOK_SECONDS)
            with self._lock:
                idle = 0 if self._all else idle + 1
                if idle > 20:
                    self._running = False
                    return
                for one in self._all:
                    if not one.sent and time.monotonic() > one.until:
                        one.sent = True
                        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(one.thread), ctypes.py_object(_Late))


_WATCHER = _Watcher()


def _forked() -> None:
    """Begin anew in a child process, which has no thread but its own; a lock may have been taken for ever there."""
    global _WATCHER  # noqa: PLW0603
    _WATCHER = _Watcher()


os.register_at_fork(after_in_child=_forked)


def _arrive() -> None:
    """Raise here what is on its way to this thread: CPython looks for it whenever a loop jumps back.

    It is never called back. In CPython 3.11 that leaves the interpreter's flag up for ever: every thread is slower from then on,
    and one that runs under a tracer (a debugger, coverage) never gets past the first line of its next call.
    """
    for _ in range(100):
        pass


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Return what `work` returns. Raises TimeoutError when it takes longer, give or take a quarter of a second; may be nested."""
    watcher = _WATCHER
    watched = _Watched(threading.get_ident(), time.monotonic() + seconds)
    try:
        try:
            watcher.add(watched)
            return work()
        finally:
            watcher.remove(watched)
            _arrive()
    except _Late:
        watcher.remove(watched)
        if not watched.sent:  # it was meant for a `within` around this one
            raise
        with contextlib.suppress(_Late):
            _arrive()
        watcher.again(watched.thread)
        raise TimeoutError(f"it took longer than {seconds:g} seconds") from None
