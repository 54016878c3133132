"""What measures a conversation and cuts it up: a model's own template and tokenizer, and a memory of what was measured and cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from burnish.context.fold import Summary, fold
from burnish.context.memory import Memory, digest, resume
from burnish.context.pieces import Piece, pieces
from burnish.context.shape import Count, Size
from burnish.records.conversation import Message
from burnish.tokens.template import Chat


@dataclass(frozen=True, slots=True)
class Ruler:
    """What measures tokens: the model's own template and tokenizer."""

    count: Count
    size: Size
    memory: Memory = field(default_factory=Memory)
    """Of this tokenizer; with a new one, whatever is asked is worked out anew."""

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
        return resume(messages, room, self.memory, lambda summary, message: fold(summary, message, self.tokens, self.pieces))

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
    )
