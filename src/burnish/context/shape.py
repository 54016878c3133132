"""The shape of a shortened conversation: the system text, one note on what came before, the last turns word for word.

The note is a turn of the user's, before an answer of the assistant's: so the roles still take turns, what people wrote does not get
the weight of the system's words, and no word is put into the assistant's mouth. Where the last turns are one question alone, the
note stands at the head of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from burnish.errors import DataError
from burnish.records.conversation import Message

Count = Callable[[Sequence[Message]], int]
"""How many tokens the model is given for messages, by its own template and tokenizer."""
Size = Callable[[str], int]
"""How many tokens a text alone has."""
Lines = list[tuple[int, str, str]]
"""What a note holds: (turn, role, text), in the order of the conversation."""

TAIL_SHARE = 0.2
"""Of the budget, what the last turns may have beyond those that must stay."""
HEAD = "Earlier:"
SPEAKERS = {"user": "", "assistant": "You: ", "tool": "Tool: ", "system": "System: "}
"""Who said a line of the note, which the user writes: the user's own lines need no name, and names cost tokens."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A conversation cut in three."""

    head: tuple[Message, ...]
    """The system text, if there is one."""
    middle: tuple[Message, ...]
    """What may be shortened."""
    tail: tuple[Message, ...]
    """The last turns, which stay word for word."""
    budget: int
    """The most tokens of the whole, when it is shortened."""
    must_stay: int = 0
    """The index in the conversation from which on every message stays, whatever the method."""

    @property
    def question(self) -> str:
        """What is asked last."""
        return next((one.content for one in reversed(self.tail) if one.role == "user"), "")


def question_at(messages: Sequence[Message]) -> int:
    """Return the index of the last user message. Raises DataError where there is none."""
    for i in range(len(messages) - 1, -1, -1):
        if messages[i].role == "user":
            return i
    raise DataError(
        "a conversation without a user's turn cannot be shortened: nothing says what is to be answered",
        seen=", ".join(message.role for message in messages[:5]) or "no messages",
        remedy="add the user's turns, or leave the conversation out",
    )


def systems(messages: Sequence[Message]) -> int:
    """Return how many system texts a conversation begins with."""
    return next((i for i, one in enumerate(messages) if one.role != "system"), len(messages))


def stays_from(messages: Sequence[Message], keep_turns: int) -> int:
    """Return the index from which on every message stays: the last question, or the last `keep_turns` messages before it too.

    They begin with a user's turn, so that what is kept is still a conversation: one turn more stays where the first is an answer.
    """
    first = systems(messages)
    begin = max(first, min(question_at(messages), len(messages) - keep_turns))
    return next((i for i in range(begin, first - 1, -1) if messages[i].role == "user"), first)


def cut(messages: Sequence[Message], budget: int, count: Count, keep_turns: int = 0) -> Parts:
    """Return the conversation in three, the last turns as many as fit their share of the budget, and `keep_turns` at least.

    Raises DataError where the system text and what must stay are longer than the budget.
    """
    first = systems(messages)
    stays = stays_from(messages, keep_turns)
    head = tuple(messages[:first])
    least = count([*head, *messages[stays:]])
    if least > budget:
        several = stays < question_at(messages)
        what = f"the last {len(messages) - stays} turns" if several else "the last question"
        raise DataError(
            f"{what} and the system text alone are longer than the budget; they are never shortened",
            seen=f"{least} tokens, the budget is {budget}",
            remedy="allow more tokens, or " + ("keep fewer turns" if several else "write the question shorter"),
        )
    begin = stays
    for i in range(stays - 1, first, -1):
        if messages[i].role != "assistant":
            continue
        if count([*head, *_opened(messages[i:])]) > max(least, 0) + TAIL_SHARE * (budget - least):
            break
        begin = i
    return Parts(head, tuple(messages[first:begin]), tuple(messages[begin:]), budget, stays)


def _opened(tail: Sequence[Message]) -> list[Message]:
    """Return last turns as a template takes them while there is no note yet: some refuse an assistant's turn first."""
    return [Message(role="user", content="-"), *tail]


def joined(parts: Parts, note: str) -> tuple[Message, ...]:
    """Return the conversation with the note in place of its middle."""
    if not note:
        # An answer cannot come first: without a note the last turns begin with a question.
        keep = next((i for i, one in enumerate(parts.tail) if one.role == "user"), 0)
        return (*parts.head, *parts.tail[keep:])
    if parts.tail[0].role == "user":
        first = replace(parts.tail[0], content=f"{note}\n\n{parts.tail[0].content}")
        return (*parts.head, first, *parts.tail[1:])
    return (*parts.head, Message(role="user", content=note), *parts.tail)


def note_of(lines: Sequence[tuple[int, str, str]]) -> str:
    """Return the note from (turn, role, text) in order: a line a turn, who spoke before it. No lines: no note."""
    written: list[str] = []
    last = -1
    for turn, role, text in lines:
        if turn == last:
            written[-1] += ("\n" if "\n" in text or written[-1].endswith(("```", "~~~")) else " ") + text
        else:
            written.append(SPEAKERS[role] + ("\n" if "\n" in text else "") + text)
        last = turn
    return "\n".join([HEAD, *written]) if written else ""
