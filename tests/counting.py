"""How much work a call does, counted and not timed: lines of Python that run, the same on every machine and under any load."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import burnish

SOURCE = burnish.__path__[0]


def lines_run(work: Callable[[], Any]) -> int:
    """Return how many lines of burnish's own code a call runs, each turn of a loop or a comprehension counted."""
    count = 0

    def line(_frame: Any, event: str, _value: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    def call(frame: Any, _event: str, _value: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(SOURCE) else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
