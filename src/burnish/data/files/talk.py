"""Conversations that an export holds as such: with an assistant, or a question with its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from burnish.data.files.desk import Desk
from burnish.records.codec import JSON
from burnish.records.conversation import Conversation, Message, Origin

EMPTY = "no words"
UNANSWERED = "a question without an answer"
UNASKED = "an answer before any question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One message of such a conversation."""

    role: str
    """`user` or `assistant` (or `system`, which may stand first)."""
    text: str
    thought: str = ""
    lacks: str = ""
    """Why this message cannot be understood from the export alone: it is about a picture, or it is one."""


FOLLOWS = "follows a message that the export does not hold whole"


def talk_of(spoken: Sequence[Spoken], desk: Desk, metadata: Mapping[str, JSON], file: str, number: int) -> Conversation | None:
    """Return the conversation of messages in order, those of one role in a row joined; None where no answer follows a question.

    Every message goes into the desk's books: used, or set aside by its reason.
    """
    kept = []
    for one in _whole(spoken, desk):
        if one.text.strip():
            kept.append(one)
        else:
            desk.leave(EMPTY)
    last = max((i for i, one in enumerate(kept) if one.role == "assistant"), default=-1)
    first = next((i for i, one in enumerate(kept) if one.role == "user"), len(kept))
    if last < first:
        for i, one in enumerate(kept):
            desk.leave(UNASKED if one.role == "assistant" and i < first else UNANSWERED)
        return None
    desk.read += len(kept)
    desk.used += len(kept)
    _leave(desk, UNANSWERED, len(kept) - 1 - last)
    head = [one for one in kept[:first] if one.role == "system"][:1]
    _leave(desk, UNASKED, first - len(head))
    messages: list[Message] = []
    for one in (*head, *(one for one in kept[first : last + 1] if one.role != "system")):
        _add(messages, one)
    _leave(desk, "a system message amid the talk", sum(one.role == "system" for one in kept[first : last + 1]))
    return Conversation(messages=tuple(messages), metadata=dict(metadata), origin=Origin(file=file, line=number, byte=0))


def _whole(spoken: Sequence[Spoken], desk: Desk) -> Sequence[Spoken]:
    """Return the messages before the first exchange that lacks something. That exchange, and what builds on it, is set aside."""
    lacking = next((i for i, one in enumerate(spoken) if one.lacks), -1)
    if lacking < 0:
        return spoken
    begin = lacking
    while begin and (spoken[begin].role != "user" or spoken[begin - 1].role == "user"):
        begin -= 1
    end = lacking + 1
    while end < len(spoken) and (spoken[end].role != "user" or spoken[end - 1].role == "user"):
        end += 1
    desk.leave(spoken[lacking].lacks, end - begin)
    if end < len(spoken):
        desk.leave(FOLLOWS, len(spoken) - end)
    return spoken[:begin]


def _leave(desk: Desk, reason: str, count: int) -> None:
    """Move messages from used to set aside."""
    if count:
        desk.used -= count
        desk.aside[reason] += count


def _add(messages: list[Message], one: Spoken) -> None:
    text = one.text.strip()
    thought = one.thought.strip() or None
    if messages and messages[-1].role == one.role:
        before = messages.pop()
        text = f"{before.content}\n\n{text}"
        thought = "\n\n".join(part for part in (before.reasoning_content, thought) if part) or None
    messages.append(Message(role=one.role, content=text, reasoning_content=thought if one.role == "assistant" else None))
