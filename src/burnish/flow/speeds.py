"""How fast this machine multiplies: measured once when it is quiet, and kept, so that the same words give the same plan.

Kept in the user's cache by processor, library and threads. While other programs run it is measured each time, and the fastest
seen so far counts, for others only ever make a product slower; the first quiet measurement settles it. Anything odd about the
file means that it is measured anew.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import StorageError
from burnish.machine.threads import BUSY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from burnish.records.machine import Machine

FILE = "machines.json"
"""Several machines may share a home: one entry for each."""


def this_machine(folder: Path) -> Machine:
    """Return the facts of this machine, as `machine.probe.probe` does, with the speeds that were measured when it was quiet."""
    from burnish.machine.probe import identity, probe

    key = identity()
    entry = _entries().get(key, {})
    known = _sound(entry)
    if known is not None and entry.get("quiet") is True:
        return probe(folder, known)
    machine = probe(folder)
    fastest = {name: max(flops, (known or {}).get(name, 0.0)) for name, flops in machine.matmul_flops.items()}
    _keep(key, fastest, quiet=machine.load < BUSY)
    return replace(machine, matmul_flops=fastest)


def _entries() -> dict[str, Any]:
    try:
        found = json.loads(_place().read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(key): one for key, one in found.items() if isinstance(one, dict)} if isinstance(found, dict) else {}


def _sound(entry: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the speeds of an entry; None where they are none."""
    speeds = entry.get("matmul_flops")
    if not isinstance(speeds, dict) or not speeds:
        return None
    good = all(isinstance(value, int | float) and not isinstance(value, bool) and 1e6 < value < 1e18 for value in speeds.values())
    return {str(name): float(value) for name, value in speeds.items()} if good else None


def _keep(key: str, speeds: Mapping[str, float], *, quiet: bool) -> None:
    """Keep the speeds. Where the cache cannot be written nothing is kept, and nothing is lost."""
    try:
        durable.make_folder(_place().parent)
        durable.write_json(_place(), {**_entries(), key: {"matmul_flops": dict(speeds), "quiet": quiet}})
    except StorageError:
        return


def _place() -> Path:
    from burnish.model.cache import cache_folder

    return cache_folder() / FILE
