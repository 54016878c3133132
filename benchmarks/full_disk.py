"""A full disk and a failing one at every durable operation of every command that writes; what must hold, held.

    .venv/bin/python benchmarks/full_disk.py                    all: about 40 minutes on one core
    .venv/bin/python benchmarks/full_disk.py --only promote,new

After each fault: exit not 0, one block with path and remedy, no traceback, the person's files and all finished versions as they
were, fsck clean, and the same command typed again succeeds.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "reliability")]
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", HF_HUB_DISABLE_PROGRESS_BARS="1")


def main() -> int:
    """Print a count for each command and return 0 when nothing was wrong."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--only", default="", help="commands, comma between")
    arguments.add_argument("--every", type=int, default=1, help="only every so many operations")
    given = arguments.parse_args()
    import torch
    from faults import Bench

    from toys import toy_model_folder

    torch.set_num_threads(1)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), toy_model_folder(Path(folder) / "toy"))
        for name in given.only.split(",") if given.only else Bench.COMMANDS:
            total = len(bench.operations(name))
            result = {"command": name, "operations": total, "faults": 0, "wrong": 0}
            for code in (errno.ENOSPC, errno.EIO):
                for number in range(1, total + 1, given.every):
                    said = bench.fault(name, number, code)
                    result["faults"] += 1
                    result["wrong"] += bool(said)
                    if said:
                        print(name, number, errno.errorcode[code], bench.struck, said, file=sys.stderr)
            wrong += result["wrong"]
            print(json.dumps(result), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
