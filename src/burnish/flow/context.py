"""The verb `context`: each conversation of a file within a share of its tokens, and what that cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from burnish.context.ruler import Ruler, ruler_of
from burnish.context.shorten import NAMES, SUMMARY, Method, Shortened, budget_of, shorten
from burnish.context.summary import summary
from burnish.errors import BurnishError, DataError, gather
from burnish.flow.answered import Answers, both_answers, reads
from burnish.flow.cleaning import rows_of, watched, write_rows
from burnish.flow.events import Said, Shown, Work
from burnish.flow.project import Opened, load_weights, open_base, open_version
from burnish.records.conversation import Conversation, Message

SUMMARY_TOKENS = 160
"""The longest summary: two long sentences."""
SHOWN = 8
"""Lost facts told by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One conversation, shortened."""

    place: str
    shortened: Shortened
    fixed_tokens: int
    """Tokens that the template writes whatever is said; a ratio is one of all others."""
    seconds: float
    answers: Answers | None = None
    """What the model answers with all turns and with those that are left; None: not asked for."""

    @property
    def tokens_before(self) -> int:
        """The conversation's own tokens."""
        return self.shortened.tokens_before - self.fixed_tokens

    @property
    def tokens_after(self) -> int:
        """The conversation's own tokens that are left."""
        return self.shortened.tokens_after - self.fixed_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How conversations are shortened, whatever the method."""

    ratio: float
    ruler: Ruler
    keep_turns: int
    summary: Method | None
    """The method that a model writes; None where it is not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one method did to all conversations together."""

    method: str
    tokens_before: int
    tokens_after: int
    facts_kept: int
    facts_lost: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What `context` did."""

    made: tuple[Made, ...]
    measured: tuple[Measured, ...]
    """One a method, with `--measure`."""
    out: Path | None


def context(
    path: Path,
    ratio: float,
    *,
    method: str,
    model: str | None,
    measure: bool,
    out: Path | None,
    home: str | None,
    keep_turns: int = 0,
    answers: bool = False,
) -> Work[Context]:
    """Shorten every conversation of a file to `ratio` of its own tokens; write them to `out` where it is named.

    The last `keep_turns` messages stay word for word. With `answers` the model answers each conversation whole and shortened.
    Raises DataError naming every conversation that cannot be shortened; then nothing is written.
    """
    if method not in (*NAMES, SUMMARY):
        raise DataError("there is no such method", seen=method, remedy=f"name one of {', '.join((*NAMES, SUMMARY))}")
    if not 0 < ratio <= 1:
        raise DataError("a ratio is above 0 and at most 1", seen=str(ratio), remedy="half the tokens is --ratio 0.5")
    read = yield from rows_of(path, *([out] if out else []))
    if not read.conversations:
        refused = read.refused[0]
        raise DataError(
            f"{path} holds no conversation that can be read",
            seen=f"line {refused.line}: {refused.reason}",
            remedy=f"mend the rows named: burnish check {path}",
        )
    opened = yield from (open_version(None, home=home, memory=False) if model is None else open_base(model))
    ruler = ruler_of(opened.chat)
    load = cache(partial(load_weights, opened))
    by = summariser(opened, load) if method == SUMMARY or measure else None
    way = Way(ratio=ratio, ruler=ruler, keep_turns=keep_turns, summary=by)
    made = yield from _all(read.conversations, way, method)
    measured = []
    for name in (*NAMES, SUMMARY) if measure else ():
        each = made if name == method else (yield from _all(read.conversations, way, name))
        measured.append(_measured(name, each))
    if measured:
        yield _table(measured)
    if out is not None:
        pairs = zip(read.conversations, made, strict=True)
        write_rows(out, (replace(row, messages=one.shortened.messages) for row, one in pairs))
    if answers:
        talks = [(row.messages, one.shortened.messages) for row, one in zip(read.conversations, made, strict=True)]
        said = yield from watched(both_answers(opened, load, talks), "answering", len(talks))
        made = [replace(one, answers=each) for one, each in zip(made, said, strict=True)]
    return Context(made=tuple(made), measured=tuple(measured), out=out)


def _all(rows: Sequence[Conversation], way: Way, method: str) -> Work[Sequence[Made]]:
    """Shorten all conversations by one method. Raises DataError naming every one that cannot be."""
    tried = yield from watched((_tried(row, i, way, method) for i, row in enumerate(rows)), method, len(rows))
    faults = [f"{place}: {error.what} ({error.seen})" for place, error in tried if isinstance(error, BurnishError)]
    if faults:
        fewer = "keep fewer turns with --keep-turns, " if way.keep_turns else ""
        remedy = f"allow more tokens with a greater --ratio, {fewer}or take these conversations out"
        raise gather(f"{len(faults)} of {len(rows)} conversations cannot be shortened so far:", faults[:10], remedy=remedy)
    return [one for _, one in tried if isinstance(one, Made)]


def _tried(row: Conversation, i: int, way: Way, method: str) -> tuple[str, Made | BurnishError]:
    place, began, ruler = str(row.origin or f"conversation {i + 1}"), time.monotonic(), way.ruler
    try:
        budget = budget_of(row.messages, way.ratio, ruler)
        found = shorten(row.messages, budget, ruler, method, summary=way.summary, keep_turns=way.keep_turns)
    except BurnishError as error:
        return place, error
    seconds = time.monotonic() - began
    return place, Made(place=place, shortened=found, fixed_tokens=ruler.fixed(row.messages), seconds=seconds)


def summariser(opened: Opened, load: Callable[[], Any]) -> Method:
    """Load a model's weights and return the method `summary` by it. Raises ModelError."""
    from burnish.model.generate import Sampling, stream

    model, chat = load(), opened.chat

    def write(messages: Sequence[Message], most: int) -> str:
        settings = Sampling(stop_ids=chat.stop_ids, pad_id=chat.pad_id, max_new_tokens=min(most, SUMMARY_TOKENS))
        return chat.decode(list(stream(model, chat.prompt_ids(messages), settings)))

    return partial(summary, write, reads(model) - SUMMARY_TOKENS)


def _measured(name: str, made: Sequence[Made]) -> Measured:
    return Measured(
        method=name,
        tokens_before=sum(one.tokens_before for one in made),
        tokens_after=sum(one.tokens_after for one in made),
        facts_kept=sum(len(one.shortened.kept) for one in made),
        facts_lost=sum(len(one.shortened.lost) for one in made),
        seconds=sum(one.seconds for one in made),
    )


def _table(measured: Sequence[Measured]) -> Shown:
    rows = tuple(
        (
            one.method,
            f"{one.tokens_after:,} of {one.tokens_before:,} ({one.tokens_after / max(1, one.tokens_before):.1%})",
            f"{one.facts_kept} of {one.facts_kept + one.facts_lost}",
            f"{one.seconds:.2f}",
        )
        for one in measured
    )
    return Shown(title="what each method keeps", columns=("method", "tokens", "facts kept", "seconds"), rows=rows)


def told(made: Made) -> Work[None]:
    """Say what became of one conversation, and then its words."""
    found = made.shortened
    yield Said(text=f"{made.place}: {made.tokens_before} tokens to {made.tokens_after}, method {found.method}", level="head")
    yield Said(text=f"  because {found.reason}" if found.method != "none" else f"  {found.reason}")
    if found.lost:
        more = f" and {len(found.lost) - SHOWN} more" if len(found.lost) > SHOWN else ""
        yield Said(text=f"  lost: {'; '.join(found.lost[:SHOWN])}{more}", level="warn")
    for message in found.messages:
        yield Said(text=f"{message.role}: {message.content}")
    if made.answers is not None:
        for what, one in (("all turns", made.answers.whole), ("the shortened talk", made.answers.shortened)):
            if one.fault:
                yield Said(text=f"  no answer with {what}: {one.fault}", level="warn")
            else:
                cut = "" if one.natural_stop else f" (cut at {one.tokens} tokens)"
                yield Said(text=f"  answer with {what}{cut}: {one.text}")
