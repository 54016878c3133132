"""An answer on its way out: its id, the version and arm that it names, and its words as they pass."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from burnish.records.codec import JSON
from burnish.serve.engine import EngineError
from burnish.serve.turn import Part

if TYPE_CHECKING:
    from burnish.registry.book import Answer
    from burnish.serve.asked import Asked, First

VERSION_HEADER = "X-Burnish-Version"
ARM_HEADER = "X-Burnish-Arm"
RECENT_ANSWERS = 4096
RECENT_LETTERS = 16 * 1024 * 1024
"""How many answers, and letters in all, wait in memory for somebody to say something of them."""


@dataclass(slots=True)
class Recent:
    """The words of the last answers, in memory only, until somebody says something of them or newer ones take their place."""

    _words: OrderedDict[str, tuple[JSON, str, int]] = field(default_factory=OrderedDict)
    _letters: int = 0

    def add(self, name: str, messages: JSON, answer: str) -> None:
        """Remember an answer, and forget the oldest where there are too many."""
        letters = len(answer) + sum(len(one["content"]) for one in messages)
        self._words[name] = (messages, answer, letters)
        self._letters += letters
        while len(self._words) > RECENT_ANSWERS or self._letters > RECENT_LETTERS:
            self._letters -= self._words.popitem(last=False)[1][2]

    def take(self, name: str) -> tuple[JSON, str] | None:
        """Return the words of an answer and forget them here."""
        found = self._words.pop(name, None)
        if found is None:
            return None
        self._letters -= found[2]
        return found[:2]


class Notes(Protocol):
    """Who is told of answers on their way."""

    async def done(self, given: Given, answer: str | None) -> None:
        """Take note of a whole answer; None where one id stands for several."""

    async def failed(self, error: EngineError) -> None:
        """Take note that the candidate could not answer."""


@dataclass(slots=True, kw_only=True)
class Given:
    """A request under way that was entered in the book."""

    about: Answer
    asked: Asked
    arm: str | None
    """The arm's name; None: no part of an experiment."""
    messages: JSON
    notes: Notes
    made: list[First] | None = None
    """All its parts, where they were waited for before any left."""

    @property
    def id(self) -> str:
        """The answer's id, without what OpenAI's clients see before it."""
        return self.about.id

    @property
    def headers(self) -> dict[str, str]:
        """What every answer says of where it comes from."""
        told = {VERSION_HEADER: _plain(self.asked.label)}
        return told if self.arm is None else told | {ARM_HEADER: _plain(self.arm)}

    async def parts(self) -> AsyncGenerator[First, None]:
        """Yield the request's parts, and tell the trial what the answer was before its end is told."""
        words: list[str] = []
        try:
            async for index, part in self._source():
                if isinstance(part, Part):
                    words += [part.words] if index == 0 else []
                elif index == 0:  # of several answers under one id nobody can say which is meant
                    await self.notes.done(self, "".join(words) if self.asked.count == 1 else None)
                yield index, part
        except EngineError as error:
            if self.about.arm == 1:
                await self.notes.failed(error)
            raise

    async def _source(self) -> AsyncGenerator[First, None]:
        if self.made is None:
            async for part in self.asked.parts():
                yield part
        for part in self.made or ():
            yield part

    async def close(self) -> None:
        """Stop what still runs and give the version back."""
        await self.asked.close()


@contextlib.asynccontextmanager
async def closed_unless_done(given: Given) -> AsyncIterator[None]:
    """Close a request under way where the block does not come to its end."""
    try:
        yield
    except BaseException:
        await given.close()
        raise


def _plain(text: str) -> str:
    """Return a text as a header can hold it."""
    return text if text.isascii() and text.isprintable() else quote(text)
