"""The last timed step, kept for an hour: `train` after `plan` in the same words need not time it again, and starts sooner.

It is kept in the user's cache, never in a project, and anything odd about it means that a step is timed anew.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from burnish import __version__, durable
from burnish.errors import StorageError
from burnish.plan.quote import StepTiming
from burnish.records.codec import to_json

if TYPE_CHECKING:
    from pathlib import Path

    from burnish.records.machine import Machine
    from burnish.records.plan import Plan

FILE = "timing.json"
FRESH_SECONDS = 3600.0
"""After an hour a machine may be busier or hotter: a step is timed again (a choice)."""

MOST_LOAD = 1e6
"""More cores than any machine has: a figure beyond it was not written here."""


def kept_timing(key: str) -> StepTiming | None:
    """Return the step that was timed for the very same plan, rows and machine within the last hour, if there is one."""
    try:
        found = json.loads(_place().read_text("utf-8"))
        age = time.time() - float(found["at"])
        if found["key"] != key or not 0 <= age < FRESH_SECONDS:
            return None
        timing = StepTiming(**found["timing"])
        return timing if min(timing.seconds, timing.tokens, timing.peak_bytes) > 0 and 0 <= timing.load < MOST_LOAD else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_timing(key: str, timing: StepTiming) -> None:
    """Keep a timed step. Where the cache cannot be written nothing is kept, and nothing is lost."""
    kept = {"seconds": timing.seconds, "tokens": timing.tokens, "peak_bytes": timing.peak_bytes, "load": timing.load}
    try:
        durable.make_folder(_place().parent)
        durable.write_json(_place(), {"key": key, "at": time.time(), "timing": kept})
    except StorageError:
        return


def _place() -> Path:
    from burnish.model.cache import cache_folder

    return cache_folder() / FILE


def timing_key(plan: Plan, machine: Machine, *rows_and_model: Any) -> str:
    """Return a hash of all that a step's time and memory depend on, but for what else the machine is doing."""
    from importlib.metadata import version

    numbers = {name: value for name, value in to_json(plan).items() if name not in {"reasons", "quote"}}
    place = [machine.device, machine.name, machine.cores, machine.threads]
    made = [__version__, version("torch"), version("transformers"), version("peft")]
    facts = [numbers, place, [to_json(one) for one in rows_and_model], made]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
