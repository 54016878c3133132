"""How much memory this process has held, and how much it could still get."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

ROOT = Path("/")
"""Where /proc and /sys hang; tests hand in a folder of their own."""
UNLIMITED = 1 << 60
"""Cgroup v1 writes a number near 2**63 where no limit is set."""


def peak_bytes() -> int:
    """Return the most memory held since the start, in bytes: on CUDA the device's allocations, else the process's resident set.

    Nothing is asked of torch unless it is loaded already.
    """
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        return int(torch.cuda.max_memory_allocated())
    own = _high_water()
    if own is not None:
        return own
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB, macOS in bytes


def held_bytes() -> int:
    """Return what is held now, in bytes: on CUDA the device's allocations, else the process's resident set."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        return int(torch.cuda.memory_allocated())
    import psutil

    return int(psutil.Process().memory_info().rss)


_highest = [0]


def _high_water() -> int | None:
    """Return Linux's high-water mark of this program in bytes; None elsewhere. ru_maxrss would count the parent's memory too."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
    _highest[0] = max([*_highest, *found])  # the kernel counts by processor and may read a little lower a moment later
    return _highest[0] if found else None


def available_bytes(root: Path = ROOT) -> int:
    """Return the main memory this process could still get, in bytes: what is available, within any cgroup limit."""
    import psutil

    free = int(psutil.virtual_memory().available)
    limits = [left for left in (_cgroup_v2_left(root), _cgroup_v1_left(root)) if left is not None]
    return max(0, min([free, *limits]))


def total_bytes(root: Path = ROOT) -> int:
    """Return the main memory this process could have with nothing else running, in bytes: the machine's, within any cgroup limit."""
    import psutil

    limits = [
        _limit(cgroup_folders(root, name), file) for name, file in (("", "memory.max"), ("memory", "memory.limit_in_bytes"))
    ]
    return min([int(psutil.virtual_memory().total), *(limit for limit in limits if limit is not None)])


def _limit(folders: list[Path], name: str) -> int | None:
    """Return the tightest limit of these groups; None where none is set."""
    found = [limit for folder in folders if (limit := read_number(folder / name)) is not None and limit < UNLIMITED]
    return min(found, default=None)


def cgroup_folders(root: Path, controller: str) -> list[Path]:
    """Return the folders that bound this process, innermost first. `controller` "" is the unified hierarchy (v2).

    Inside a container the path of /proc/self/cgroup may not exist below the mount; the mount itself then is the process's own.
    """
    base = root / "sys/fs/cgroup" / controller
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    own = next((path for _, names, path in (line.split(":", 2) for line in lines) if controller in names.split(",")), None)
    if own is None:
        return []
    inner = base / own.lstrip("/")
    return [folder for folder in (inner, *inner.parents) if folder.is_dir() and folder.is_relative_to(base)]


def read_number(path: Path) -> int | None:
    """Return the whole number in a file, or None where there is none ("max" counts as none)."""
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _cgroup_v2_left(root: Path) -> int | None:
    return _left(cgroup_folders(root, ""), "memory.max", "memory.current", "inactive_file")


def _cgroup_v1_left(root: Path) -> int | None:
    return _left(cgroup_folders(root, "memory"), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def _left(folders: list[Path], limit_name: str, used_name: str, cache_key: str) -> int | None:
    """Return the tightest limit minus its use. File cache is given back under pressure, so it does not count as use."""
    left = []
    for folder in folders:
        limit, used = read_number(folder / limit_name), read_number(folder / used_name)
        if limit is not None and used is not None and limit < UNLIMITED:
            left.append(limit - max(0, used - _statistic(folder / "memory.stat", cache_key)))
    return min(left, default=None)


def _statistic(path: Path, key: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [key]), 0)
