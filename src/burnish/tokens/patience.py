"""Work that may not take for ever, on any thread: a chat template is a program, and a program may loop.

CPython can raise an exception in another thread, between two steps of its bytecode (PyThreadState_SetAsyncExc), which is what a
template's loops are made of. Not covered: one call into C that takes long by itself; it is interrupted when it returns.
"""

from __future__ import annotations

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
    _all: set[_Watched] = field(default_factory=set)
    _running: bool = False

    def add(self, one: _Watched) -> None:
        with self._lock:
            self._all.add(one)
            if not self._running:
                self._running = True
                threading.Thread(target=self._watch, name="patience", daemon=True).start()

    def remove(self, one: _Watched) -> None:
        """Forget it; an exception that is on its way but not there yet is called back."""
        with self._lock:
            self._all.discard(one)
            if one.sent:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(one.thread), None)

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


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Return what `work` returns. Raises TimeoutError when it takes longer, give or take a quarter of a second; may be nested."""
    watcher = _WATCHER
    watched = _Watched(threading.get_ident(), time.monotonic() + seconds)
    try:
        watcher.add(watched)
        try:
            return work()
        finally:
            watcher.remove(watched)
    except _Late:
        watcher.remove(watched)
        if not watched.sent:  # it was meant for a `within` around this one
            raise
        raise TimeoutError(f"it took longer than {seconds:g} seconds") from None
