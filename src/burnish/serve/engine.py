"""The small door to an engine: what the gateway asks of whatever computes the tokens. An engine is one file beside this one.

The gateway renders a conversation to ids by the one path that training took, and hands the ids over; the engine says token after
token. One engine holds one version, so an answer cannot come from another version's weights.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from burnish.errors import BurnishError
from burnish.records.conversation import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One answer wanted of an engine."""

    prompt: tuple[int, ...]
    """The ids before the answer, complete: nothing is put before or after them."""
    stop_ids: tuple[int, ...]
    """Tokens that end the answer; they are no part of it."""
    max_tokens: int
    """Of the answer, at most; 0: as many as an engine that renders by itself gives where nothing is said."""
    temperature: float = 1.0
    """0 always takes the likeliest token."""
    top_p: float = 1.0
    """Only the likeliest tokens that together have this probability may be drawn; 1: all."""
    top_k: int = 0
    """Only so many of the likeliest tokens may be drawn; 0: all."""
    min_p: float = 0.0
    """Only tokens at least so likely as this times the likeliest may be drawn; 0: all."""
    frequency: float = 0.0
    """Taken off a token's score for each time that it came in the answer so far."""
    presence: float = 0.0
    """Taken off a token's score once it came in the answer."""
    repetition: float = 1.0
    """Divides the scores above 0, and multiplies those below, of the tokens that came among the last `repetition_last`; 1: none."""
    repetition_last: int = -1
    """How many tokens of the prompt and the answer so far, from the end; -1: all."""
    bias: Mapping[int, float] = field(default_factory=dict)
    """Added to the scores of tokens before anything else."""
    seed: int = 0
    top_logprobs: int | None = None
    """How many of the likeliest tokens are told with each token; None: no log-probabilities at all."""
    schema: Mapping[str, Any] | None = None
    """A JSON schema that the answer must keep to; None: free text."""
    special: bool = False
    """Whether control tokens are written into the text (the tags of a thought can be such)."""
    messages: tuple[Message, ...] = ()
    """The conversation behind `prompt`, for an engine that renders by itself, as a server elsewhere does."""
    text: str | None = ""
    """The raw prompt behind `prompt`, for such an engine, where there is no conversation; None: the beginning of a document."""
    think: bool | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the drawing under the names that the client gave them, for such an engine."""
    turns: tuple[Mapping[str, Any], ...] = ()
    """The conversation as it came, calls of tools and all, for such an engine."""


@dataclass(frozen=True, slots=True)
class Likely:
    """A token that could have come, and how likely the model held it."""

    text: str
    logprob: float
    """In nats, at temperature 1 and before any cut."""
    data: bytes | None = None
    """Its bytes where they are known: a token may hold a part of a letter."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the answer."""

    text: str
    """New whole letters of the answer; "" while the bytes of one are not complete."""
    tokens: int = 1
    """How many tokens this event stands for: an engine may hold some back until a letter is whole."""
    chosen: Likely | None = None
    top: tuple[Likely, ...] = ()
    thought: bool = False
    """Whether the engine told it apart as a thought (only one that renders by itself does)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an answer ended; the last event."""

    reason: str
    """"stop" (the model ended it) or "length"."""
    prompt_tokens: int
    completion_tokens: int
    """With the token that ended it."""
    cached_tokens: int = 0
    """Of the prompt's, how many were known from an earlier request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Able:
    """What an engine can do beyond plain text."""

    schema: bool = False
    logprobs: bool = False
    seed: bool = True


class EngineError(BurnishError, RuntimeError):
    """An engine that failed or went away: no fault of the request."""

    kind = "engine"


class Engine(Protocol):
    """One version's weights, ready to answer."""

    able: Able
    context: int
    """The most tokens of a prompt and its answer together; 0: not known."""
    # It may tell whoever watches: `slots` (answers made at once; further ones wait in it) and `cache_tokens` (tokens that memory was
    # taken for). Where it does not, nobody is seen to wait, and no use of a cache is told.

    def complete(self, ask: Ask) -> AsyncGenerator[Token | Ended, None]:
        """Yield tokens and last an Ended. Closing the generator stops the work within two decode steps. Raises EngineError."""

    async def tokenise(self, text: str) -> Sequence[int]:
        """Return the ids of a raw text by the engine's own tokenizer, control tokens acting as such."""

    async def health(self) -> bool:
        """Return whether it can answer now."""

    async def close(self) -> None:
        """Give back its memory and processes. May be called twice."""


@dataclass(slots=True)
class Counter:
    """What an engine did since it began, for whoever watches."""

    running: int = 0
    steps: int = 0
    """Decode steps taken."""
    after_cancel: list[int] = field(default_factory=list)
    """For each cancelled answer, the decode steps that were still taken."""
