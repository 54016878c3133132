"""How this process uses the cores, decided from the load seen, and what it does not load: once, before torch is loaded."""

from __future__ import annotations

import os
import sys

from burnish.machine.threads import environment, other_load, usable_cores
from burnish.model.unused import keep_out


def settle_threads() -> str:
    """Set OpenMP's environment and return why so, and keep out what no verb uses.

    Does nothing (and returns "") where torch is loaded already: then the process is someone else's.
    """
    if "torch" in sys.modules:
        return ""
    chosen = environment(usable_cores(), other_load(), os.environ)
    os.environ.update(chosen.values)
    keep_out()
    return chosen.reason
