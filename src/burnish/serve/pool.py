"""The engines that are loaded: one a version, shared by its requests, changed under way when `live` moves.

A version's engine is loaded when it is first asked for. When `live` moves, the new engine is loaded while the old one answers; then
the name moves, and the old engine is closed once its last answer has ended. A version that cannot be loaded leaves the old one live.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from burnish.errors import BurnishError, RegistryError
from burnish.serve.engine import Engine
from burnish.serve.faults import no_model
from burnish.serve.opening import Opened, Shelf

POLL_SECONDS = 0.25
"""How often the pointer to the live version is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A version that answers."""

    label: str
    """`base`, a run id, or the name of a model elsewhere."""
    engine: Engine
    opened: Opened | None
    """None where the engine renders by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name that `model` may have."""

    name: str
    label: str
    parent: str | None = None


class Versions(Protocol):
    """What the app asks of the versions; those here, or those of a server elsewhere."""

    def lease(self, name: str) -> contextlib.AbstractAsyncContextManager[Served]:
        """Hold a version for one request. Raises Refused for an unknown name."""

    async def names(self) -> list[Named]:
        """Return all names there are."""

    async def start(self) -> None:
        """Begin: load what must be ready, watch what may change."""

    async def healthy(self) -> bool:
        """Return whether requests can be answered."""

    async def close(self) -> None:
        """Let go of everything."""

    @property
    def live(self) -> str | None:
        """The version that `live` means now."""

    @property
    def shelf(self) -> Shelf | None:
        """The project behind them; None for the models of a server elsewhere."""


@dataclass(slots=True)
class _Held:
    opened: Opened
    engine: Engine
    users: int = 0
    turn: int = 0
    """Grows with each use; the smallest was used longest ago."""


def _silent(text: str) -> None:
    """Tell nobody."""


def _unnoticed(event: str, label: str, seconds: float) -> None:
    """Note nothing."""


@dataclass(slots=True)
class Pool:
    """The versions of a project and their engines."""

    shelf: Shelf
    make: Callable[[Opened], Engine]
    """Loads a version's engine; called on a thread."""
    first: str = "base"
    """The name that is loaded at the start."""
    keep: int = 3
    """Engines kept loaded at most, beyond those in use."""
    tell: Callable[[str], None] = _silent
    notice: Callable[[str, str, float], None] = _unnoticed
    """Takes what happened to an engine ("loaded", "failed", "closed", "live"), its version, and the seconds that it took."""
    live: str | None = None
    _begun: str = ""
    """The version that was loaded at the start."""
    _held: dict[str, _Held] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    _loads: set[asyncio.Task[_Held]] = field(default_factory=set)
    _closing: set[asyncio.Task[None]] = field(default_factory=set)
    _loader: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "burnish-load"))
    _turn: int = 0
    _watcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load the first engine and watch the pointer. Raises BurnishError when it cannot be loaded."""
        self.live = await asyncio.to_thread(lambda: self.shelf.live)
        self._begun = await asyncio.to_thread(self.shelf.label, self.first)
        await self._ready(self._begun)
        self._watcher = asyncio.create_task(self._watch())

    async def names(self) -> list[Named]:
        """Return all names there are, `live` as it is now."""
        found = await asyncio.to_thread(self.shelf.names)
        return [
            Named(name=name, label=label, parent=await asyncio.to_thread(self._parent, label)) for name, label in found.items()
        ]

    def _parent(self, label: str) -> str | None:
        with contextlib.suppress(RegistryError):
            run = self.shelf.run(label)
            return None if run is None else (run.parents[-1] if run.parents else "base")
        return None

    @contextlib.asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[Served]:
        """Hold a version for one request. Raises Refused for an unknown name."""
        held = None
        try:
            held = await self._hold(await self._label(name))
            yield Served(label=held.opened.label, engine=held.engine, opened=held.opened)
        finally:
            if held is not None:
                held.users -= 1
                await self._shrink()

    async def _label(self, name: str) -> str:
        if name == "live" and self.live is not None:
            return self.live
        try:
            return await asyncio.to_thread(self.shelf.label, name)
        except RegistryError:
            known = await asyncio.to_thread(self.shelf.names)
            raise no_model(name, ", ".join(list(known)[:8])) from None

    async def _hold(self, label: str) -> _Held:
        """Return a version's engine, counted as in use from now on."""
        while True:
            held = await self._ready(label)
            if self._held.get(label) is held:  # not let go of meanwhile
                held.users += 1
                self._turn += 1
                held.turn = self._turn
                return held

    async def _ready(self, label: str) -> _Held:
        """Return a version's engine, loaded. Who asks may go away meanwhile: an engine that is being loaded is then kept, not lost."""
        load = asyncio.create_task(self._loaded(label))
        self._loads.add(load)
        load.add_done_callback(self._loads.discard)
        load.add_done_callback(lambda one: one.cancelled() or one.exception())
        return await asyncio.shield(load)

    async def _loaded(self, label: str) -> _Held:
        async with self._locks.setdefault(label, asyncio.Lock()):
            if label not in self._held:
                self._turn += 1
                self._held[label] = await self._noticed(label)
                self._held[label].turn = self._turn
            held = self._held[label]
        await self._shrink(but=label)
        return held

    async def _noticed(self, label: str) -> _Held:
        began = time.perf_counter()
        try:
            held = await self._on_loader(lambda: self._load(label))
        except BurnishError:
            self.notice("failed", label, time.perf_counter() - began)
            raise
        self.notice("loaded", label, time.perf_counter() - began)
        return held

    async def _on_loader(self, work: Callable[[], _Held]) -> _Held:
        """Do it on the one thread that loads: loads wait for each other, and never keep short work on other threads waiting."""
        run = contextvars.copy_context().run
        return await asyncio.get_running_loop().run_in_executor(self._loader, run, work)

    def _load(self, label: str) -> _Held:
        opened = self.shelf.open(label)
        held = _Held(opened, self.make(opened))
        if opened.carries is not None:
            self.tell(f"{label} {opened.carries.told}")
        return held

    async def _shrink(self, but: str | None = None) -> None:
        """Close engines that nobody uses, those used longest ago first, until few enough are loaded."""
        while len(self._held) > self.keep:
            kept = {but, self.live}
            idle = [(held.turn, label) for label, held in self._held.items() if not held.users and label not in kept]
            if not idle:
                return
            await asyncio.shield(self._let_go(min(idle)[1]))  # seen anew after each: meanwhile one may have come into use

    def _let_go(self, label: str) -> asyncio.Task[None]:
        """Take an engine out, and close it whatever becomes of who waits for it."""
        task = asyncio.create_task(self._closed(label, self._held.pop(label).engine))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task

    async def _closed(self, label: str, engine: Engine) -> None:
        try:
            await engine.close()
        except Exception as error:  # noqa: BLE001 - whoever waits for this has had an answer, and has no part in it
            self.tell(f"the engine of {label} did not close in order:\n{error}")
        self.notice("closed", label, 0.0)

    async def _watch(self) -> None:
        """Follow the pointer to the live version."""
        seen = self.live
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                now = await asyncio.to_thread(lambda: self.shelf.live)
                if now == seen:
                    continue
                seen = now
                if now is not None:
                    await self._ready(now)
                self.live = now  # before anybody is told: where nobody can be, it is so all the same
                self.notice("live", now or "none", 0.0)
                self.tell(f"live is now {now}")
                await self._shrink()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next change must still be seen
                self.tell(f"{seen} cannot be served, so {self.live} stays live:\n{error}")

    async def healthy(self) -> bool:
        """Return whether what requests get that name no version can be answered.

        Another version whose engine died is let go of, and loaded anew when it is asked for: it must not take the server out.
        """
        well = True
        for label, held in list(self._held.items()):
            if await held.engine.health():
                continue
            if label == (self.live or self._begun):
                well = False
            elif not held.users and self._held.get(label) is held:
                self._let_go(label)
        return well

    async def close(self) -> None:
        """Stop watching and close every engine."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        self._loader.shutdown(wait=False, cancel_futures=True)  # what loads now is waited for below; what waits is not wanted
        await asyncio.gather(*self._loads, return_exceptions=True)
        for label in list(self._held):
            self._let_go(label)
        await asyncio.gather(*self._closing)
