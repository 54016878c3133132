"""What is told of a request as it ends: one record, whoever listens. While it is under way it is a `Telling`, found by `now()`.

Code that answers only notes facts here, as they come; nothing here knows metrics or logs, and outside a request all notes are lost
without harm. A request that goes wrong, or whose client goes away, is told like any other.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from burnish.serve.watch.places import Places

HEARD_LETTERS = 4000
"""Of an answer, the first letters that are kept while it is made: to see whether it refuses, and for a log with words."""
GONE = 499
"""The status that is told of a client that went away; it never reaches anybody."""
ANSWERED, REFUSED, FAILED, CANCELLED = "answered", "refused", "failed", "cancelled"


class Pace(Protocol):
    """Who is told of tokens as they come."""

    def first(self, seconds: float) -> None:
        """Take the seconds from the request to its first token."""

    def gap(self, seconds: float) -> None:
        """Take the seconds between two tokens of one answer."""

    def made(self, tokens: int) -> None:
        """Take new tokens of answers."""


class End(Protocol):
    """How an answer ended, as its engine says it."""

    @property
    def reason(self) -> str:
        """How: "stop" or "length"."""

    @property
    def prompt_tokens(self) -> int:
        """Tokens of its prompt."""

    @property
    def completion_tokens(self) -> int:
        """Tokens of the answer, with the one that ended it."""

    @property
    def cached_tokens(self) -> int:
        """Of the prompt's, those known from before."""


class Watcher(Protocol):
    """Who is told that a request has reached its version."""

    def reached(self, telling: Telling, *, places: int, room: int) -> None:
        """Give it a place and a pace."""


class _Nobody:
    """A pace that nobody keeps."""

    def first(self, seconds: float) -> None: ...

    def gap(self, seconds: float) -> None: ...

    def made(self, tokens: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer of a request, as it ended."""

    reason: str
    """"stop", "length", "abort" (nobody wanted it any more) or "error"."""
    natural: bool
    """Whether the model ended it: not a limit, a stop string or anybody else."""
    tokens: int
    seconds: float
    """From its first token to its end; 0 where none came."""
    words: str
    """Its beginning, HEARD_LETTERS at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortened:
    """That a conversation was shortened."""

    before: int
    """Tokens."""
    after: int
    method: str
    facts_lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One request that has ended."""

    id: str
    route: str
    """As it is written in the program; "other" for every path that is none."""
    model: str
    """The name that was asked for where it stands for a version, else the version; "" where no version was reached."""
    version: str
    arm: str
    """Of an experiment; "" for a request that is no part of one."""
    outcome: str
    """ANSWERED, REFUSED (the request's fault), FAILED (ours) or CANCELLED."""
    status: int
    code: str
    """Of an error answer; "" for any other."""
    stream: bool
    seconds: float
    queue_seconds: float | None
    """Until the engine began; None: it never did."""
    first_seconds: float | None
    """Until the first token; None: none came."""
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    answers: tuple[Said, ...]
    shortened: Shortened | None
    asked: str
    """The prompt, only where a log with words wants it."""
    fell: str = ""
    """The candidate of an experiment that could not answer it; "" where none failed."""


@dataclass(slots=True, eq=False)
class Answering:
    """One answer under way."""

    telling: Telling
    prompt: int
    """Tokens of its prompt; 0: only its engine knows."""
    counts: bool
    """Whether its prompt counts: of several answers to one prompt the first one's does."""
    tokens: int = 0
    cached: int = 0
    words: str = ""
    reason: str = ""
    natural: bool = False
    began: float | None = None
    first: float | None = None
    last: float = 0.0
    ended: float = 0.0

    @property
    def tokens_held(self) -> int:
        """Tokens of its prompt and of what was answered so far."""
        return self.prompt + self.tokens

    def begin(self) -> None:
        """Note that the engine works on it from now on."""
        self.began = time.perf_counter()

    def token(self, count: int) -> None:
        """Note new tokens; none (letters that were held back) are no event."""
        if not count:
            return
        now = time.perf_counter()
        if self.first is None:
            self.first = now
            self.telling.places.surely(self)
            self.telling.note_first(now)
        else:
            self.telling.pace.gap(now - self.last)
        self.last = now
        self.tokens += count
        self.telling.pace.made(count)

    def heard(self, words: str) -> None:
        """Note words of it; all but its beginning are forgotten at once."""
        if len(self.words) < HEARD_LETTERS:
            self.words = (self.words + words)[:HEARD_LETTERS]

    def end(self, ended: End, *, natural: bool) -> None:
        """Note how it ended, with all its tokens: those that no event told of, such as the one that ended it, are added now."""
        self.telling.pace.made(max(0, ended.completion_tokens - self.tokens))
        self.reason, self.natural, self.prompt = ended.reason, natural, ended.prompt_tokens
        self.tokens, self.cached = max(self.tokens, ended.completion_tokens), ended.cached_tokens

    def said(self, outcome: str) -> Said:
        """Return it as it ended. What was broken off because the request failed was no wish of its client."""
        reason = "error" if self.reason == "abort" and outcome == FAILED else self.reason
        seconds = self.ended - self.first if self.first is not None else 0.0
        return Said(reason=reason, natural=self.natural, tokens=self.tokens, seconds=seconds, words=self.words)


@dataclass(slots=True, eq=False)
class Telling:
    """A request under way: what is known of it so far."""

    id: str = field(default_factory=lambda: secrets.token_hex(12))
    route: str = ""
    watcher: Watcher | None = None
    started: float = field(default_factory=time.perf_counter)
    pace: Pace = field(default_factory=_Nobody)
    places: Places = field(default_factory=Places)
    model: str = ""
    version: str = ""
    arm: str = ""
    stream: bool = False
    wanted: int = 0
    """Answers it asked for, known once its version was reached."""
    answers: list[Answering] = field(default_factory=list)
    shortened: Shortened | None = None
    keeps_words: bool = False
    asked: str = ""
    first: float | None = None
    status: int = 0
    """Of the answer that began to leave; 0: none did."""
    fault: tuple[int, str] | None = None
    """Status and code of the error that was answered first."""
    gone: bool = False
    """Whether the client went away before it had everything."""
    fell: str = ""
    """The candidate of an experiment that could not answer it, whoever answered then."""

    def anew(self) -> None:
        """Forget a version that could not answer: from now on another one is asked, and what it does is its own."""
        self.model = self.version = self.arm = self.asked = ""
        self.pace, self.places = _Nobody(), Places()
        self.answers, self.wanted, self.first, self.shortened = [], 0, None, None

    def reached(self, model: str, version: str, *, places: int = 0, room: int = 0) -> None:
        """Note which version answers. `places`: answers its engine makes at once; `room`: tokens its cache holds; 0: not known."""
        self.model, self.version = model, version
        if self.watcher is not None:
            self.watcher.reached(self, places=places, room=room)

    def note_first(self, now: float) -> None:
        """Note the first token of all its answers."""
        if self.first is None:
            self.first = now
            self.pace.first(now - self.started)

    def wrong(self, status: int, code: str | None) -> None:
        """Note an error answer. One that nobody is there to read is no fault of anybody's: the request was cancelled."""
        if self.fault is None and not self.gone:
            self.fault = (status, code or "")

    @contextlib.contextmanager
    def answering(self, prompt: int, *, counts: bool = True) -> Iterator[Answering]:
        """Follow one answer through the block; left before it ended, it counts as broken off."""
        one = Answering(self, prompt, counts)
        self.answers.append(one)
        self.places.arrive(one)
        try:
            yield one
        except Exception:
            one.reason = one.reason or "error"
            raise
        finally:
            one.reason = one.reason or "abort"
            one.ended = time.perf_counter()
            self.places.leave(one)

    @property
    def whole(self) -> bool:
        """Whether every answer it asked for was made to its end."""
        made = [one for one in self.answers if one.reason in {"stop", "length"}]
        return bool(self.wanted) and len(made) == self.wanted

    @property
    def outcome(self) -> tuple[str, int, str]:
        """(outcome, status, code): an error answer first, then a client that went away, then what was answered."""
        status, code = self.fault or (self.status, "")
        if self.fault is None and (status in {0, GONE} or (self.gone and not self.whole)):
            return CANCELLED, GONE, ""
        if status >= 500:
            return FAILED, status, code
        return (REFUSED if status >= 400 else ANSWERED), status, code

    def told(self) -> Told:
        """Return the record of it, now that it has ended."""
        outcome, status, code = self.outcome
        counted = [one for one in self.answers if one.counts and (one.first is not None or one.reason in {"stop", "length"})]
        began = [one.began for one in self.answers if one.began is not None]
        never = [Answering(self, 0, counts=False, reason="abort") for _ in range(self.wanted - len(self.answers))]
        return Told(
            id=self.id,
            route=self.route,
            model=self.model,
            version=self.version,
            arm=self.arm,
            outcome=outcome,
            status=status,
            code=code,
            stream=self.stream,
            seconds=time.perf_counter() - self.started,
            queue_seconds=min(began) - self.started if began else None,
            first_seconds=self.first - self.started if self.first is not None else None,
            prompt_tokens=sum(one.prompt for one in counted),
            cached_tokens=sum(one.cached for one in counted),
            completion_tokens=sum(one.tokens for one in self.answers),
            answers=tuple(one.said(outcome) for one in [*self.answers, *never]),
            shortened=self.shortened,
            asked=self.asked,
            fell=self.fell,
        )


_now: ContextVar[Telling | None] = ContextVar("telling", default=None)


def now() -> Telling:
    """Return the request under way in this task, or one that nobody listens to."""
    return _now.get() or Telling()


@contextlib.contextmanager
def during(telling: Telling) -> Iterator[Telling]:
    """Make a request the one under way, for this task and all that it starts inside the block."""
    token = _now.set(telling)
    try:
        yield telling
    finally:
        _now.reset(token)
