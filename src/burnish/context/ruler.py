"""What measures a conversation and cuts it up: a model's own template and tokenizer, and a memory of what was measured and cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from burnish.context.fold import Summary, fold
from burnish.context.memory import Memory, chain, digest, longest, resume
from burnish.context.pieces import Piece, pieces
from burnish.context.shape import Count, Size, systems
from burnish.context.telescope import LEAST, Scope, telescoped
from burnish.context.told import Told
from burnish.errors import DataError
from burnish.records.conversation import Message
from burnish.tokens.template import Chat
from burnish.tokens.turnwise import Turns


@dataclass(frozen=True, slots=True)
class Ruler:
    """What measures tokens: the model's own template and tokenizer."""

    count: Count
    size: Size
    memory: Memory = field(default_factory=Memory)
    """Of this tokenizer; with a new one, whatever is asked is worked out anew."""
    scope: Scope | None = None
    """How a long talk is counted by its new turns; None: it is written and counted whole."""
    _last: list[tuple[tuple[Message, ...], list[bytes]]] = field(default_factory=list, compare=False)
    """The talk whose chain was asked for last, and the chain."""

    def telescopes(self, messages: Sequence[Message]) -> bool:
        """Whether a talk is counted by its new turns, without its whole text being written."""
        return self.scope is not None and len(messages) >= LEAST

    def whole(self, messages: Sequence[Message]) -> int:
        """Return how many tokens a whole talk has, as `count` says. Raises DataError as `count` does."""
        if self.scope is None or len(messages) < LEAST:
            return self.count(messages)
        first = systems(messages)
        above = [*chain(messages[:first])]
        links = [*above, *self.links(messages[first:])]
        scope = replace(self.scope, name=f"{self.scope.name} {above[-1].hex() if above else ''}")
        try:
            return telescoped(messages, links, scope, self.memory.costs)
        except DataError:  # what it says is of a part of the talk, and may hold of that part alone
            return self.count(messages)

    def links(self, messages: Sequence[Message]) -> list[bytes]:
        """Return the chain of messages; of one talk, or beginnings of it, it is made once."""
        for talk, links in self._last:
            if talk[: len(messages)] == tuple(messages):
                return links[: len(messages)]
        links = list(chain(messages))
        self._last[:] = [(tuple(messages), links)]
        return links

    def tokens(self, text: str) -> int:
        """Return how many tokens a text alone has."""
        return self.memory.tokens.known(text, len(text), lambda: self.size(text))

    def pieces(self, messages: Sequence[Message], first: int) -> list[Piece]:
        """Return the pieces of messages in order; `first` is the number of the first message in its conversation."""
        made: list[Piece] = []
        for turn, message in enumerate(messages, start=first):
            for one in self._cut(message):
                made.append(replace(one, turn=turn, place=len(made)))
        return made

    def rolled(self, messages: Sequence[Message], room: int) -> Summary:
        """Return the summary of messages, taken in turn by turn."""
        return resume(
            messages,
            self.links(messages),
            room,
            self.memory,
            lambda summary, message: fold(summary, message, self.tokens, self.pieces),
        )

    def told(self, messages: Sequence[Message]) -> Told:
        """Return the facts of messages, system texts left out, turn by turn from the longest beginning that was seen."""
        links = self.links(messages)
        done, told = longest(links, self.memory.told, Told())
        for message in messages[done:]:
            if message.role != "system":
                told = told.more(mark for piece in self._cut(message) for mark in piece.marks)
        if done < len(messages):
            self.memory.told.put(links[-1], told, told.letters)
        return told

    def fixed(self, messages: Sequence[Message]) -> int:
        """Return the tokens that the template writes whatever is said: its own system text, the opening of the answer.

        Found by what two more turns add to one; turns of all roles are taken to cost the same.
        """
        head = [Message(role="system", content="a")] if messages[0].role == "system" else []
        one = [*head, Message(role="user", content="a")]
        short = self.count(one)
        long = self.count([*one, Message(role="assistant", content="a"), Message(role="user", content="a")])
        return max(0, short - len(one) * ((long - short) // 2))

    def _cut(self, message: Message) -> tuple[Piece, ...]:
        return self.memory.pieces.known(digest(message), len(message.content), lambda: tuple(pieces((message,), 0)))


def ruler_of(chat: Chat, memory: Memory | None = None, *, think: bool = False) -> Ruler:
    """Return the ruler of a model, thinking on or off, with what is remembered for its tokenizer."""
    empty = len(chat.raw_ids(""))
    return Ruler(
        lambda messages: len(chat.prompt_ids(messages, think=think)),
        lambda text: len(chat.raw_ids(text)) - empty,
        memory or Memory(),
        _scope(chat, chat.turns, think=think) if chat.turns is not None else None,
    )


def _scope(chat: Chat, turns: Turns, *, think: bool) -> Scope:
    return Scope(
        lambda messages: len(chat.prompt_ids(messages, think=think)),
        lambda messages: chat.places(messages, think=think),
        turns,
        f"{'think' if think else 'plain'} {' '.join(chat.stamp)}",  # what was counted on another day may have other tokens
    )
