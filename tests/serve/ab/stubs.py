"""Versions without a model: each says its own name. As a program it serves them: `python stubs.py HOME ARMS [KEEP]`, and says its address."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from burnish import durable
from burnish.errors import FitError
from burnish.registry.home import make_home
from burnish.registry.store import Registry
from burnish.serve.ab.options import TrialOptions, trial_of
from burnish.serve.app import make_app
from burnish.serve.engine import Able, Ended, EngineError, Token
from burnish.serve.faults import Refused, no_model
from burnish.serve.guard import Rules
from burnish.serve.pool import Named, Served
from burnish.serve.server import listen, serve, url_of
from registry.toy_runs import fill
from toys import SEED


class Saying:
    """Says its version's name; fails where it is told to, before or within its answer."""

    able, context, renders = Able(), 0, True

    def __init__(self, label):
        self.label = label
        self.fails = self.breaks = False

    async def complete(self, ask):
        if self.fails:
            raise EngineError(f"{self.label} is broken")
        yield Token(f"I am {self.label}.")
        if self.breaks:
            raise EngineError(f"{self.label} broke off")
        yield Ended(reason="stop", prompt_tokens=1, completion_tokens=2)


class Stubs:
    """The versions of a project, each answered by a Saying; follows `live` as the pool does."""

    def __init__(self, home):
        self.registry = Registry(home)
        self.engines = {label: Saying(label) for label in ["base", *self.registry.versions()]}

    @property
    def live(self):
        return self.registry.live

    def _labels(self):
        live = {"live": self.live} if self.live else {}
        return live | {"base": "base"} | self.registry.tags | {one: one for one in self.registry.versions()}

    async def names(self):
        return [Named(name=name, label=label) for name, label in self._labels().items()]

    @contextlib.asynccontextmanager
    async def lease(self, name):
        labels = self._labels()
        if name not in labels:
            raise no_model(name, ", ".join(labels))
        engine = self.engines[labels[name]]
        if engine.fails == "load":
            raise EngineError(f"{name} cannot be loaded")
        if engine.fails == "gone":
            raise no_model(name, "base")
        if engine.fails == "misfit":
            raise FitError("no memory for it")
        if engine.fails == "full":
            raise Refused(429, "256 requests are waiting already", code="queue_full", retry=2)
        yield Served(label=labels[name], engine=engine, opened=None)

    async def start(self):
        pass

    async def healthy(self):
        return True

    async def close(self):
        pass


def project(folder):
    """Make a project with two versions without weights that could answer; return (home, incumbent, candidate)."""
    home = make_home(folder)
    registry = Registry(home)
    made = []
    for weights in (b"one", b"two"):
        run_id, place = registry.new_run()
        registry.add(fill(registry, run_id, place, weights=weights))
        made.append(run_id)
    registry.promote(made[0], "first")
    registry.tag("candidate", made[1])
    durable.write_private(home / "ab" / "secret", f"{SEED:064x}\n")
    return home, *made


def app_of(home, versions=None, *, tell=lambda _: None, **typed):
    """Return the app with a trial as `burnish serve` makes it."""
    return make_app(versions or Stubs(home), Rules(), trial=trial_of(TrialOptions(**typed), str(home), tell))


if __name__ == "__main__":
    made = listen("127.0.0.1", 0)
    keep = sys.argv[3] if len(sys.argv) > 3 else "voted"
    serve(app_of(Path(sys.argv[1]), arms=sys.argv[2], keep_words=keep), made, lambda: print(url_of(made), flush=True))
