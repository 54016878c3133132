"""Conversations longer than their budget, shortened by a named method and never silently: a header, a field, a line in the log."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from burnish.context.ruler import Ruler
from burnish.context.shorten import NAMES, Shortened, shorten
from burnish.errors import DataError
from burnish.records.conversation import Message
from burnish.serve.wire import ContextNote

HEADER = "X-Context-Tokens"
REFUSE = "none"
"""The method that shortens nothing: too long a conversation is refused."""
METHODS = (*NAMES, REFUSE)
ANSWER_TOKENS = 256
"""Kept free for the answer where a request does not say how long it may be; at most half of the context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is done with a conversation that is too long."""

    method: str = "auto"
    """One of METHODS."""
    budget: int | None = None
    """The most tokens of a prompt, with all that the template writes; None: what the engine's context leaves."""

    def __post_init__(self) -> None:
        """Raise DataError for an unknown method and for a budget that is none."""
        if self.method not in METHODS:
            raise DataError("there is no such way to shorten", seen=self.method, remedy=f"name one of {', '.join(METHODS)}")
        if self.budget is not None and self.budget < 1:
            raise DataError("a budget is at least 1 token", seen=str(self.budget), remedy="leave it out, or name more tokens")

    def fit(self, messages: Sequence[Message], tokens: int, ruler: Ruler, context: int, answer: int | None) -> Shortened | None:
        """Return the conversation of `tokens` tokens by the ruler shortened to its budget; None where it fits, or where nothing can be done.

        Then it is refused as every prompt that is too long. `answer` is the most tokens that the answer was allowed.
        """
        room = min(answer or ANSWER_TOKENS, context // 2)
        budget = min(self.budget or context, context - room)
        if self.method == REFUSE or tokens <= min(self.budget or context, context - 1):
            return None
        try:
            made = shorten(messages, budget, ruler, self.method, before=tokens)
        except DataError:  # its last question alone is too long, or there is none
            return None
        return None if made.method == "none" else made


def note(made: Shortened) -> ContextNote:
    """Return the field of the answer. Only counts: what was lost is the client's own text."""
    return ContextNote(
        tokens_before=made.tokens_before,
        tokens_after=made.tokens_after,
        method=made.method,
        facts_kept=len(made.kept),
        facts_lost=len(made.lost),
    )


def headers(made: ContextNote | None) -> dict[str, str]:
    """Return the headers of an answer to a shortened conversation; none for any other."""
    if made is None:
        return {}
    return {HEADER: f"before={made.tokens_before},after={made.tokens_after},method={made.method}"}


def log(label: str, made: ContextNote) -> None:
    """Write the line of the log, without a word of the conversation."""
    told = headers(made)[HEADER]
    fields = {"version": label, "before": made.tokens_before, "after": made.tokens_after, "method": made.method}
    logging.getLogger("burnish.serve").warning(
        "a conversation was shortened: version=%s,%s,facts_lost=%d",
        label,
        told,
        made.facts_lost,
        extra={"event": "context", "fields": fields | {"facts_lost": made.facts_lost}},
    )
