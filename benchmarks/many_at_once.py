"""Eight processes register 50 versions each; then 100 rollbacks are killed, each at an operation of its own.

.venv/bin/python benchmarks/many_at_once.py        about two minutes
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "registry")]
PROCESSES, EACH, ROLLBACKS = 8, 50, 100


def main() -> int:
    """Print the counts and return 0 when none is wrong."""
    from burnish.registry.home import make_home
    from burnish.registry.store import Registry

    with tempfile.TemporaryDirectory() as folder:
        registry = Registry(make_home(Path(folder)))
        in_children(register, [(registry.home,)] * PROCESSES)
        versions = registry.versions()
        added = [event.version for event in registry.journal.events() if event.event == "add"]
        result = {
            "versions": len(versions),
            "told twice": len(added) - len(set(added)),
            "not told": len(set(versions) - set(added)),
            "parents not older": sum(parent >= one for one in versions for parent in registry.get(one).parents),
            "faults by fsck": len(registry.fsck()),
            **rollbacks(registry, versions),
        }
    print(json.dumps(result, indent=2))
    good = result["versions"] == PROCESSES * EACH and result["old"] + result["new"] == result["killed"] == ROLLBACKS
    return 0 if good and not any(result[key] for key in ("told twice", "not told", "parents not older", "faults by fsck")) else 1


def register(home: Path) -> None:
    """Register versions, each from the newest there is."""
    from toy_runs import fill

    from burnish.registry.store import Registry

    registry = Registry(home)
    for count in range(EACH):
        parents = tuple(registry.versions()[-1:])
        run_id, folder = registry.new_run()
        registry.add(fill(registry, run_id, folder, f"{os.getpid()} {count}".encode(), parents))


def rollbacks(registry, versions: list[str]) -> dict[str, int]:
    """Kill a rollback at each of its operations in turn, and count what is live after it."""
    counts = {"killed": 0, "old": 0, "new": 0, "neither": 0}
    old, new = versions[1], versions[0]
    registry.promote(new, "first")
    for number in range(ROLLBACKS):
        registry.promote(old, "second")
        counts["killed"] += in_children(rollback, [(registry.home, new, 1 + number % 9)]) == [-signal.SIGKILL]
        live = registry.live
        counts["old" if live == old else "new" if live == new else "neither"] += 1
        registry.adapter_folder("live")
    return counts


def rollback(home: Path, version: str, kill: int) -> None:
    """Roll back, and die before an operation."""
    from burnish import durable
    from burnish.registry.store import Registry

    seen = []

    def hook(operation: str, _path: Path) -> None:
        seen.append(operation)
        if len(seen) == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    durable.FAULT_HOOK = hook
    Registry(home).rollback(version, "rude")


def in_children(work, calls: list[tuple]) -> list[int]:
    """Run `work` in a process for each call at once, and return how they ended."""
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=work, args=call) for call in calls]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]


if __name__ == "__main__":
    sys.exit(main())
