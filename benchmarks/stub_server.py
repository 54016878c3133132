"""The real server before a stub engine, in a process of its own: `python benchmarks/stub_server.py MODEL_FOLDER HOME [options]`.

All of the gateway is what `burnish serve` runs; only the engine is a stub that repeats the last message, a token every --token-ms, in --slots
slots. Says its address in one JSON line; then answers each line on stdin with a JSON line: how many requests are under way, the memory it
takes, and (for `steps`) when each answer's steps were taken. MODEL_FOLDER may be made by `toy_folder` here.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def toy_folder(place: Path) -> Path:
    """Make a toy model in a process of its own (torch is large), and return its folder."""
    code = "import sys; from pathlib import Path; from toys import toy_model_folder; toy_model_folder(Path(sys.argv[1]))"
    tests = str(Path(__file__).parents[1] / "tests")
    subprocess.run([sys.executable, "-c", code, str(place)], check=True, cwd=tests)
    return place


class Stub:
    """A stub server that runs, seen from outside."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self.child = child
        self.url: str = json.loads(child.stdout.readline())["url"]
        self.port = int(self.url.rpartition(":")[2])

    def asked(self, word: str = "state") -> dict[str, Any]:
        """Return what it says of itself."""
        self.child.stdin.write(word + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())


@contextlib.contextmanager
def stub(folder: Path, home: Path, *options: str) -> Iterator[Stub]:
    """Run it inside the block."""
    command = [sys.executable, __file__, str(folder), str(home), *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            yield Stub(child)
        finally:
            if child.poll() is None:
                child.terminate()
            child.stdin.close()


def main() -> None:
    """Serve."""
    asked = argparse.ArgumentParser()
    asked.add_argument("folder")
    asked.add_argument("home")
    asked.add_argument("--token-ms", type=float, default=5)
    asked.add_argument("--slots", type=int, default=4)
    asked.add_argument("--queue", type=int, default=16)
    asked.add_argument("--head-seconds", type=float, default=10)
    asked.add_argument("--body-seconds", type=float, default=30)
    asked.add_argument("--drain-seconds", type=float, default=30)
    asked.add_argument("--key", default=None)
    asked.add_argument("--trace", action="store_true", help="count Python's memory (slows the server down)")
    options = asked.parse_args()

    from burnish.serve.start import without_torch

    without_torch()
    from burnish.errors import BurnishError
    from burnish.serve.app import make_app
    from burnish.serve.guard import Rules
    from burnish.serve.opening import Shelf
    from burnish.serve.pool import Pool
    from burnish.serve.server import listen, serve, url_of
    from serve.doubles import Paced

    if options.trace:
        tracemalloc.start()
    Paced.seconds, Paced.slots = options.token_ms / 1000, options.slots
    engines: list[Paced] = []

    def make(opened: Any) -> Paced:
        engines.append(Paced(opened))
        return engines[-1]

    rules = Rules(
        keys=(options.key,) if options.key else (),
        places=options.slots + options.queue,
        head_seconds=options.head_seconds,
        body_seconds=options.body_seconds,
        drain_seconds=options.drain_seconds,
    )
    shelf = Shelf(options.home, options.folder)
    pool = Pool(shelf, make, first="live" if shelf.live else "base", tell=lambda text: print(text, file=sys.stderr))
    app = make_app(pool, rules)

    def talk() -> None:
        for line in sys.stdin:
            if line.strip() == "steps":
                print(json.dumps(Paced.steps), flush=True)
                continue
            if line.strip() == "forget":
                Paced.steps.clear()
            gc.collect()
            state = {
                "taken": app.gate.taken,
                "users": sum(held.users for held in pool._held.values()),  # noqa: SLF001
                "running": sum(one.counter.running for one in engines),
                "rss": psutil.Process().memory_info().rss,
                "objects": len(gc.get_objects()),
                "traced": tracemalloc.get_traced_memory()[0] if options.trace else None,
                "files": psutil.Process().num_fds(),
            }
            print(json.dumps(state), flush=True)

    made = listen("127.0.0.1", 0)

    def ready() -> None:
        print(json.dumps({"url": url_of(made)}), flush=True)
        threading.Thread(target=talk, daemon=True).start()

    try:
        serve(app, made, ready)
    except BurnishError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
