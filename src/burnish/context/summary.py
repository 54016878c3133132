"""The method `summary`: the served model writes it, asked with a prompt of its own. A small model leaves out and makes up: measure it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from burnish.context.pieces import sentences
from burnish.context.ruler import Ruler
from burnish.context.shape import SPEAKERS, Lines, Parts, Size
from burnish.records.conversation import Message

Write = Callable[[Sequence[Message], int], str]
"""Answers messages in at most so many tokens: the served model."""
ASK = "Summarise the conversation below in two sentences. Keep every name, number, date and link exactly as it is written.\n\n{said}"
"""The prompt, what was said in place of the braces."""
LEAST = 16
"""A summary of fewer tokens says nothing."""


def summary(write: Write, read: int, parts: Parts, ruler: Ruler) -> Callable[[int], Lines]:
    """Return a function from room in tokens to the summary as a line; `read` is the most tokens the model can read at once.

    Of a middle that is longer, the latest turns are summarised that it can read. The model writes once; asked again with less room,
    whole sentences go from the end.
    """
    written: list[str] = []
    size = ruler.size

    def lines(room: int) -> Lines:
        if room >= LEAST and not written:
            said = _said(parts.middle, read - size(ASK) - room, size)
            written.append(write([Message(role="user", content=ASK.format(said=said))], room) if said else "")
        kept = sentences(written[0]) if written else []
        while kept and size(" ".join(kept)) > room:
            kept.pop()
        return [(0, "user", " ".join(kept))] if kept else []

    return lines


def _said(messages: Sequence[Message], room: int, size: Size) -> str:
    """Return what was said last, as much as fits the room."""
    lines: list[str] = []
    for message in reversed(messages):
        line = (SPEAKERS[message.role] or "User: ") + message.content
        room -= size(line) + 1
        if room < 0:
            break
        lines.insert(0, line)
    return "\n".join(lines)
