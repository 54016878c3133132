"""Whose request it is: the user that it names, else its conversation, else the words that a conversation begins with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from burnish.records.codec import JSON
from burnish.serve.wire import ChatRequest, CompletionRequest

HEADER = "x-conversation-id"


@dataclass(frozen=True, slots=True)
class Who:
    """Whoever asks, and what is asked."""

    name: str
    owned: bool
    """Whether the request says who it is; else `name` is made of how the conversation begins, which its next turns repeat."""
    messages: JSON
    """The conversation as a row holds it; None where there is none (a raw prompt)."""
    streams: bool
    """Whether the answer leaves word by word."""


def named(user: str | None, conversation: str | None) -> list[str]:
    """Return the names under which somebody may be known, the one that divides first."""
    return [f"{kind}:{said}" for kind, said in (("user", user), ("conversation", conversation)) if said]


def who_asks(body: ChatRequest | CompletionRequest, headers: Mapping[str, str]) -> Who:
    """Return whose request it is."""
    said = named(body.user or body.safety_identifier, headers.get(HEADER))
    messages = _messages(body) if isinstance(body, ChatRequest) else None
    streams = bool(body.stream)
    if said:
        return Who(said[0], owned=True, messages=messages, streams=streams)
    begin: JSON = _beginning(body) if isinstance(body, ChatRequest) else body.prompts
    digest = hashlib.sha256(json.dumps(begin).encode()).hexdigest()
    return Who(f"words:{digest}", owned=False, messages=messages, streams=streams)


def _beginning(body: ChatRequest) -> list[list[str]]:
    """Return the turns up to the first of the user: what every later turn of the conversation begins with too."""
    found = []
    for one in body.messages:
        found.append([one.role, one.words])
        if one.role == "user":
            break
    return found


def _messages(body: ChatRequest) -> JSON:
    return [{"role": one.speaker, "content": one.words} for one in body.messages]
