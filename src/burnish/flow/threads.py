"""How this process uses the cores: decided from the load seen, once, before torch is loaded."""

from __future__ import annotations

import os
import sys

from burnish.machine.threads import environment, other_load, usable_cores


def settle_threads() -> str:
    """Set OpenMP's environment and return why so; does nothing (and returns "") where torch is loaded already."""
    if "torch" in sys.modules:
        return ""
    chosen = environment(usable_cores(), other_load(), os.environ)
    os.environ.update(chosen.values)
    return chosen.reason
