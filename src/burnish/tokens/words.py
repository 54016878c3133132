"""Messages made ready for a template: thoughts told from words, system text folded where a template has no place for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from burnish.errors import DataError
from burnish.records.conversation import Message

_THOUGHT = re.compile(r"\s*<think>(.*?)</think>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message, its thought apart from its words."""

    role: str
    words: str
    thought: str = ""
    """Without its tags and the white space around it; "" when the message has none."""
    learnt: bool = True
    """Whether an assistant's words are a target; else they are context for what follows."""


def speak(message: Message) -> Spoken:
    """Return the message with its thought apart: `reasoning_content`, or `<think>...</think>` at the head of its content.

    White space between a thought and the words is the template's business, not the row's.
    """
    found = _THOUGHT.match(message.content) if message.role == "assistant" and message.reasoning_content is None else None
    thought = found[1] if found else message.reasoning_content or ""
    words = message.content[found.end() :] if found else message.content
    if message.role != "assistant" or not (found or thought.strip()):
        return Spoken(message.role, words, learnt=message.is_learnt)
    return Spoken(message.role, words.lstrip(), thought.strip(), learnt=message.is_learnt)


def fold_system(messages: Sequence[Spoken]) -> list[Spoken]:
    """Return the messages with each system text put before the user turn that follows it, a blank line between.

    Raises DataError when no user turn follows.
    """
    folded: list[Spoken] = []
    waiting: list[str] = []
    for message in messages:
        if message.role == "system":
            waiting.append(message.words)
        elif message.role == "user" and waiting:
            folded.append(replace(message, words="\n\n".join([*waiting, message.words])))
            waiting = []
        else:
            folded.append(message)
    if waiting:
        raise DataError(
            "the model's chat template has no system role, and no user message follows the system text to carry it",
            seen=waiting[0][:80],
            remedy="put the system message before a user message",
        )
    return folded
