"""How many cores are ours, how busy others keep them, and how a step should use them. Never loads torch.

OpenMP reads its settings when torch is loaded, so `environment` must be applied before that.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from burnish.machine.memory import ROOT, cgroup_folders, read_number

BUSY = 0.25
"""From this much foreign work (in cores) on, threads that spin while they wait take cores from the work they wait for."""


PRIMITIVES = 64
"""Matrix products that oneDNN keeps ready. Every step has another number of tokens, so its own default of 1,024 fills up over a run:
measured on SmolLM2-135M in bfloat16, 2.16 GB at the end instead of 1.70 GB, for 2 % more speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Environment variables to set before torch is loaded, and why."""

    values: Mapping[str, str] = field(default_factory=dict)
    reason: str


def usable_cores(root: Path = ROOT) -> int:
    """Return the CPU cores this process may use: its affinity, within any cgroup quota; at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([cores, *_quotas(root)]))


def _quotas(root: Path) -> list[int]:
    """Return the whole cores each CPU quota allows; a part of a core above one whole core is not worth a thread."""
    quotas = []
    for folder in cgroup_folders(root, ""):
        limit = _words(folder / "cpu.max")
        if len(limit) == 2 and limit[0] != "max":
            quotas.append(int(limit[0]) / int(limit[1]))
    for folder in cgroup_folders(root, "cpu"):
        quota, period = read_number(folder / "cpu.cfs_quota_us"), read_number(folder / "cpu.cfs_period_us")
        if quota is not None and period and quota > 0:
            quotas.append(quota / period)
    return [max(1, math.floor(quota)) for quota in quotas]


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


def other_load(seconds: float = 0.1) -> float:
    """Return the work of other processes on this machine, in cores, watched for `seconds`."""
    import psutil

    own, busy, began = time.process_time(), _busy_seconds(psutil.cpu_times()), time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - began
    others = _busy_seconds(psutil.cpu_times()) - busy - (time.process_time() - own)
    return round(max(0.0, others / passed), 2)


def _busy_seconds(times: object) -> float:
    """Return all seconds that were neither idle nor waiting for a disk; `steal` is other guests' work on the same cores."""
    return sum(float(getattr(times, name, 0.0)) for name in ("user", "nice", "system", "irq", "softirq", "steal"))


def choose_threads(cores: int) -> int:
    """Return the threads a step uses: one a core, however busy the machine is now.

    Sums are split by threads, so another number of them gives other roundings: the same seed would give another adapter on a
    busier day. The load decides only how threads wait, which changes no number.
    """
    return max(1, cores)


def environment(cores: int, load: float, given: Mapping[str, str]) -> Environment:
    """Return what to add to the environment before torch is loaded. What is in `given` already is left as it is."""
    threads = choose_threads(cores)
    wanted = {"OMP_NUM_THREADS": str(threads), "ONEDNN_PRIMITIVE_CACHE_CAPACITY": str(PRIMITIVES)}
    reason = f"{threads} threads, one a core; the machine is quiet, so waiting threads may spin"
    if load >= BUSY:
        wanted["OMP_WAIT_POLICY"] = "passive"
        reason = f"other programs keep {load:.1f} of {cores} cores busy, so the {threads} threads sleep while they wait"
    kept = sorted(name for name in wanted if name in given and name.startswith("OMP"))
    if kept:
        reason += f"; {' and '.join(f'{name}={given[name]}' for name in kept)} was set already and stays"
    return Environment(values={name: value for name, value in wanted.items() if name not in given}, reason=reason)
