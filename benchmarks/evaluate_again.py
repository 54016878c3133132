"""How long `burnish evaluate --suite all` takes the first time, and again when nothing has changed (promised: 5 s, start and all).

Run: python benchmarks/evaluate_again.py [MODEL]. Each call is a process of its own, in a project made for it and thrown away.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_SECONDS = 5.0
AGAIN = 3


def timed(model: str, home: Path) -> tuple[float, dict]:
    """Return (seconds of the whole process, its JSON)."""
    words = [sys.executable, "-m", "burnish", "evaluate", model, "--suite", "all", "--home", str(home), "--json"]
    began = time.perf_counter()
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return time.perf_counter() - began, json.loads(done.stdout)


def main() -> int:
    """Print the seconds of each call and return 1 where a second one took too long or said something else."""
    model = sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / ".burnish").mkdir()
        first, told = timed(model, home)
        again = [timed(model, home) for _ in range(AGAIN)]
        items = [
            {name: Path(one["items"]).read_bytes() for name, one in each["suites"].items()} for _, each in [(0, told), *again]
        ]
    same = all(one == items[0] for one in items)
    print(f"{model}: first {first:.1f} s; again {', '.join(f'{seconds:.2f} s' for seconds, _ in again)}; same bytes: {same}")
    return int(not same or max(seconds for seconds, _ in again) > LIMIT_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
