"""Work on a thread beside, such as a request over the network: what it is at is told meanwhile, and Ctrl-C does not wait for it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from burnish.flow.events import Event, Work

Result = TypeVar("Result")
_Answer = queue.SimpleQueue[tuple[Result | None, BaseException | None]]


def beside(work: Callable[[], Result], tell: Callable[[float], Event], poll_seconds: float) -> Work[Result]:
    """Return what `work` returns, or raise what it raises; until then yield what `tell` makes of the seconds so far.

    The thread is a daemon's: where the caller is interrupted, nobody waits for it, at the end of the process neither.
    """
    answer: _Answer[Result] = queue.SimpleQueue()
    threading.Thread(target=_into, args=(work, answer), daemon=True).start()
    began = time.monotonic()
    while True:
        try:
            result, error = answer.get(timeout=poll_seconds)
        except queue.Empty:
            yield tell(time.monotonic() - began)
            continue
        if error is not None:
            raise error
        return result  # type: ignore[return-value]  # None only where that is what `work` returned


def _into(work: Callable[[], Result], answer: _Answer[Result]) -> None:
    try:
        answer.put((work(), None))
    except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
        answer.put((None, error))
