"""The exact engine in the place of llama.cpp's: until a version's GGUF is made and proven, or for good where none can be.

Each answer comes from one engine, whole: what has begun on the exact one ends there, and the exact one is closed after its last.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Sequence

from burnish.errors import BurnishError
from burnish.serve.engine import Able, Ask, Ended, Engine, Token

Tell = Callable[[str], None]


def or_exact(label: str, fast: Callable[[], Engine], exact: Callable[[], Engine], tell: Tell) -> Engine:
    """Return the fast engine, and where it cannot be had the exact one, saying why. Raises BurnishError where neither can be loaded."""
    try:
        return fast()
    except BurnishError as error:
        _told(label, error, tell)
        return exact()


class Meanwhile:
    """Answers by the exact engine while the fast one is being made, and by the fast one from then on."""

    def __init__(self, label: str, fast: Callable[[], Engine], exact: Callable[[], Engine], tell: Tell, context: int) -> None:
        """Load the exact engine, which takes seconds, and begin to make the fast one on a thread beside. Raises BurnishError.

        `context`: the most tokens that the fast one takes, which holds from the beginning.
        """
        self._now: Engine = exact()
        self._exact: Engine | None = self._now
        self._users = 0
        self._closed = False
        self._lock = threading.Lock()
        self.able: Able = self._now.able
        self.context = min(context, self._now.context)
        self._label, self._fast, self._tell = label, fast, tell
        tell(f"{label}: answers come from the exact engine meanwhile, slower")
        self._thread = threading.Thread(target=self._make, name=f"meanwhile {label}", daemon=True)
        self._thread.start()

    @property
    def slots(self) -> int:
        """Answers made at once."""
        return int(getattr(self._now, "slots", 0))

    @property
    def cache_tokens(self) -> int:
        """Tokens that memory was taken for."""
        return int(getattr(self._now, "cache_tokens", 0))

    def _make(self) -> None:
        try:
            made = self._fast()
        except BurnishError as error:
            _told(self._label, error, self._tell)
            return
        except Exception as error:  # noqa: BLE001 - the exact engine answers all the same, and whoever serves must hear of it
            self._tell(f"{self._label}: llama.cpp is not used: {type(error).__name__}: {error}"[:300])
            return
        with self._lock:
            unwanted = self._closed
            if not unwanted:
                self._now = made
                self.context = min(self.context, made.context)
        if unwanted:
            asyncio.run(made.close())
            return
        self._tell(f"{self._label}: answers come from llama.cpp from now on")

    async def complete(self, ask: Ask) -> AsyncGenerator[Token | Ended, None]:
        """Yield what the engine of the moment does."""
        await self._let_exact_go()
        engine = self._now
        exact = engine is self._exact
        self._users += exact
        try:
            async with contextlib.aclosing(engine.complete(ask)) as events:
                async for event in events:
                    yield event
        finally:
            self._users -= exact

    async def _let_exact_go(self) -> None:
        """Close the exact engine once the other has taken its place and its last answer has ended."""
        if self._exact is not None and self._exact is not self._now and not self._users:
            gone, self._exact = self._exact, None
            await gone.close()

    async def tokenise(self, text: str) -> Sequence[int]:
        """Return the ids of a raw text."""
        return await self._now.tokenise(text)

    async def health(self) -> bool:
        """Return whether it can answer now."""
        await self._let_exact_go()
        return await self._now.health()

    async def close(self) -> None:
        """Close both engines; one that is still being made is closed when it is there."""
        with self._lock:
            self._closed = True
        for one in {id(one): one for one in (self._now, self._exact) if one is not None}.values():
            await one.close()


def _told(label: str, error: BurnishError, tell: Tell) -> None:
    why = f"{error.what} ({error.seen})" if error.seen else error.what
    tell(f"{label}: the exact engine answers, since llama.cpp cannot: {why}")
