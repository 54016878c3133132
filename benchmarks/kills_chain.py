"""Kill three sessions of training at their durable operations, type the plain command again, and compare the end with the unkilled one.

    .venv/bin/python benchmarks/kills_chain.py                 200 kills on the toy model, about half an hour on one core
    .venv/bin/python benchmarks/kills_chain.py --kills 12

A session is what a person types, `burnish train rows.jsonl`, in a project whose live version it continues. SIGKILL comes before a
durable operation, counted, never timed; every kind of operation on every kind of file comes first, then the rest evenly. A trial
counts when the kill landed. After it the same words are typed again, then those of the sessions that follow.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests")]
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", HF_HUB_DISABLE_PROGRESS_BARS="1", OMP_NUM_THREADS="1")
SESSIONS = 3


def main() -> int:
    """Print the counts and `N of N identical`; return 0 when they are."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--set", action="append", default=["train.epochs=2", "train.learning_rate=0.01"], help="as for train")
    given = arguments.parse_args()
    import torch

    torch.set_num_threads(1)  # a forked child cannot use the parent's thread pool
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain(Path(folder), given.set)
        operations = chain.record()
        result = measure(chain, operations, given.kills)
    print(json.dumps(result, indent=2))
    print(f"{result['identical']} of {result['landed']} identical")
    return 0 if result["identical"] == result["landed"] == given.kills else 1


class Chain:
    """Three sessions on the toy model, and the project as it was before each."""

    def __init__(self, folder: Path, settings: list[str]):
        from toys import toy_model_folder, toy_rows, write_rows

        self.before = [folder / f"before-{session}" for session in range(SESSIONS)]
        self.here, self.toy = folder / "here", toy_model_folder(folder / "toy")
        self.settings = [word for one in settings for word in ("--set", one)]
        self.here.mkdir()
        for session in range(SESSIONS):
            rows = toy_rows(12 * (session + 1))[12 * session :]
            write_rows(self.here / f"rows-{session}.jsonl", rows)

    def words(self, session: int) -> list[str]:
        rows = str(self.here / f"rows-{session}.jsonl")
        return ["train", rows, "--model", str(self.toy), "--home", str(self.here), "--json", *self.settings]

    def record(self) -> list[tuple[int, int, str]]:
        """Run the unkilled chain; return each operation as (session, number, kind) and keep the project before each session."""
        found = []
        self.warm()
        for session in range(SESSIONS):
            shutil.copytree(self.here, self.before[session])
            seen = self.here.parent / "seen"
            if self.type(session, record=seen):
                sys.exit("the unkilled chain failed")
            kinds = seen.read_text().splitlines()
            found += [(session, number, kind) for number, kind in enumerate(kinds, 1)]
        self.expected = self.end()
        return found

    def warm(self) -> None:
        """Load the libraries once, in this process, that a forked child has them."""
        import peft  # noqa: F401

        from burnish.cli.main import app  # noqa: F401
        from burnish.flow import train  # noqa: F401

    def type(self, session: int, *, kill: int = 0, record: Path | None = None) -> int:
        """Type a session's words in a forked process; return the signal that ended it, or its exit code."""
        pid = os.fork()
        if pid == 0:
            os._exit(work(self.words(session), kill, record))
        status = os.waitpid(pid, 0)[1]
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    def begin(self, session: int) -> None:
        """Put the project as it was before a session in its place."""
        shutil.rmtree(self.here)
        shutil.copytree(self.before[session], self.here)

    def end(self) -> list[str]:
        """Return the adapters' sha256 from the live version back to the first."""
        from burnish.registry.store import Registry

        registry = Registry(self.here / ".burnish")
        assert registry.fsck() == [], registry.fsck()
        return [registry.get(version).adapter_hash for version in registry.chain("live")]


def work(words: list[str], kill: int, record: Path | None) -> int:
    """Run a command, counting durable operations; SIGKILL this process at number `kill`. Returns the exit code."""
    from typer.testing import CliRunner

    from burnish import durable
    from burnish.cli.main import app

    seen = []

    def hook(operation: str, path: Path) -> None:
        seen.append(f"{operation} {_kind(path)}")
        if len(seen) == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    durable.FAULT_HOOK = hook
    done = CliRunner().invoke(app, words)
    if done.exit_code:
        print(done.stderr[-600:], file=sys.stderr)
    if record is not None:
        record.write_text("\n".join(seen))
    return done.exit_code


def _kind(path: Path) -> str:
    """Return a path without what differs from run to run: ids, hashes and steps."""
    return re.sub(r"[0-9a-f]{64}|\d{8}-\d{6}-[0-9a-f]{4}|step-[\w-]+", "*", "/".join(path.parts[-2:]))


def chosen(operations: list[tuple[int, int, str]], kills: int) -> list[tuple[int, int, str]]:
    """Return every kind of operation once, spread over the sessions, then the rest evenly."""
    kinds: dict[str, list[tuple[int, int, str]]] = {}
    for one in operations:
        kinds.setdefault(one[2], []).append(one)
    first = [ones[number % len(ones)] for number, ones in enumerate(kinds.values())]
    if kills < len(first):
        return [first[number * len(first) // kills] for number in range(kills)]
    rest = [one for one in operations if one not in first]
    wanted = kills - len(first)
    return first + [rest[number * len(rest) // wanted] for number in range(wanted)]


def measure(chain: Chain, operations: list[tuple[int, int, str]], kills: int) -> dict:
    """Kill, type again, go on to the end, and count."""
    began, landed, identical, manual = time.monotonic(), 0, 0, collections.Counter()
    for session, number, kind in chosen(operations, kills):
        chain.begin(session)
        if chain.type(session, kill=number) != signal.SIGKILL:
            print(f"not landed: session {session + 1}, operation {number}: {kind}", file=sys.stderr)
            continue
        landed += 1
        codes = [chain.type(later) for later in range(session, SESSIONS)]
        same = codes == [0] * len(codes) and chain.end() == chain.expected
        identical += same
        manual[kind.split()[0]] += 1
        if not same or landed % 10 == 0:
            print(f"{landed}: session {session + 1}, operation {number} ({kind}): {'same' if same else codes}", file=sys.stderr)
    return {
        "sha256": chain.expected,
        "operations": len(operations),
        "kinds of operation and file": len({kind for _, _, kind in operations}),
        "kinds hit": len({kind for _, _, kind in chosen(operations, kills)}),
        "landed": landed,
        "identical": identical,
        "by operation": dict(manual),
        "minutes": round((time.monotonic() - began) / 60, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
