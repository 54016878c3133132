"""The peak is this program's own."""

from __future__ import annotations

import subprocess
import sys


def test_the_peak_is_not_the_parents():
    """A small program started by a large one says its own peak, not the one it was forked from."""
    ballast = bytearray(b"x" * 400_000_000)
    code = "from burnish.machine.memory import peak_bytes; print(peak_bytes())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert len(ballast) == 400_000_000
    assert 0 < int(done.stdout) < 200_000_000
