"""1,000 seeded damages (bit, truncate, zero, swap, delete; times kept) over all files of a trained project; each must be noticed.

    .venv/bin/python benchmarks/damages.py

By fsck, naming version and file; by loading and by rolling back to the version; no damaged version is served; the others load.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "reliability")]
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", HF_HUB_DISABLE_PROGRESS_BARS="1")


def main() -> int:
    """Print the counts by kind and by place, and return 0 when nothing was missed."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--damages", type=int, default=1000)
    given = arguments.parse_args()
    import torch
    from faults import Bench
    from mutation import trial

    from toys import SEED, toy_model_folder

    torch.set_num_threads(1)
    counts, missed = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), toy_model_folder(Path(folder) / "toy"))
        bench.fresh()
        assert bench.call("tag", "best", bench.versions[0], "--home", bench.here).exit_code == 0
        whole = bench.here / ".burnish"
        for number in range(given.damages):
            kind, damaged, said = trial(whole, Path(folder) / "damaged", number, SEED)
            counts[kind] += 1
            counts.update(f"in {path.parts[0]}" for path in damaged)
            missed += bool(said)
            if said:
                print(number, kind, [str(path) for path in damaged], said, file=sys.stderr)
    print(json.dumps({"damages": given.damages, "noticed": given.damages - missed, **dict(sorted(counts.items()))}, indent=2))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
