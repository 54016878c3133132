"""Work that takes too long is stopped where it stands, and nobody else's is."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import subprocess
import sys
import threading
import time

import pytest

from burnish.tokens.patience import within


def stubborn():
    """Loop for ever, and catch every exception that a library would catch."""
    while True:
        with contextlib.suppress(Exception):
            while True:
                pass


def test_work_without_end_is_stopped_and_work_in_time_returns():
    """What loops for ever raises TimeoutError, even where it catches all exceptions; what ends gives its result, or its own error."""
    with pytest.raises(TimeoutError, match=r"longer than 0\.1 seconds"):
        within(0.1, stubborn)
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)

    assert 3 == within(5, lambda: 3)


def test_an_outer_limit_holds_within_a_longer_inner_one():
    """The limit that is reached first counts, and it is the one that raises."""
    with pytest.raises(TimeoutError, match=r"0\.1 seconds"):
        within(0.1, lambda: within(60, stubborn))
    with pytest.raises(TimeoutError, match=r"0\.2 seconds"):
        within(60, lambda: within(0.2, stubborn))


def test_no_exception_arrives_after_the_work():
    """Work that ends just as its time does either returns or raises; its thread is never struck by a late exception."""
    out = []

    def one():
        for _ in range(8):
            end = time.monotonic() + random.uniform(0.2, 0.3)

            def work(end=end):
                while time.monotonic() < end:
                    pass

            try:
                within(0.01, work)
                out.append("returned")
            except TimeoutError:
                out.append("late")
            sum(range(1000))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 24 == len(out)


def test_an_outer_limit_holds_where_an_inner_one_of_the_same_time_was_caught():
    """Of two exceptions on their way at once one arrives; the outer limit is kept all the same."""

    def careless():
        with contextlib.suppress(TimeoutError):
            within(0.05, stubborn)
        stubborn()

    with pytest.raises(TimeoutError, match=r"0\.06 seconds"):
        within(0.06, careless)


TRACED = """
import contextlib, sys, time
from burnish.tokens import patience

def late():
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        time.sleep(0.001)

def traced():
    return 1

for seconds in (0.02, 0.05, 0.08, 0.11, 0.14, 0.17, 0.2, 0.23, 0.25, 0.27, 0.29):
    with contextlib.suppress(TimeoutError):
        patience.within(seconds, late)
sys.settrace(lambda *_: None)
traced()
sys.settrace(None)
print("traced")
"""


def test_a_tracer_still_works_where_limits_were_reached():
    """A debugger or coverage goes on after work that was late (CPython 3.11 hangs there when an exception is called back)."""
    done = subprocess.run([sys.executable, "-c", TRACED], timeout=60, capture_output=True, text=True, check=True)

    assert "traced\n" == done.stdout


def fails_in_time(pipe):
    """Say whether a limit holds in a forked child."""
    try:
        within(0.1, stubborn)
    except TimeoutError:
        pipe.send(True)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_limits_hold_in_a_forked_child():
    """A child process has none of its parent's threads, and still keeps the time."""
    within(5, lambda: None)
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    child = multiprocessing.get_context("fork").Process(target=fails_in_time, args=(theirs,))
    child.start()
    kept = ours.poll(20) and ours.recv()
    child.kill()
    child.join()

    assert kept
