"""Keep the libraries' bars and warnings off the terminal while a model is read, and say in plain lines that work goes on."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
import warnings
from collections.abc import Callable, Iterator

WORD_SECONDS = 2.0
"""The longest silence."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence transformers' progress bars and messages inside the block, and put both back as they were."""
    from transformers.utils import logging

    bars, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


@contextlib.contextmanager
def beating(doing: str, report: Callable[[str], None]) -> Iterator[None]:
    """Tell `report` what is being done, and again every two seconds (from a thread) until the block ends."""
    report(doing)
    begun, ended = time.monotonic(), threading.Event()

    def beat() -> None:
        while not ended.wait(WORD_SECONDS):
            report(f"{doing} ({time.monotonic() - begun:.0f} s)")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def watch(command: list[str], doing: str, report: Callable[[str], None], env: dict[str, str] | None = None) -> tuple[int, str]:
    """Run a command, tell `report` every two seconds that it runs, and return its exit status and its whole output."""
    with (
        beating(doing, report),
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env) as child,
    ):
        try:
            output, _ = child.communicate()
        except BaseException:
            child.kill()
            raise
        return child.returncode, output.decode("utf-8", "replace")
