"""A conversation: what training rows, held-out rows and chats all are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from burnish.records.codec import JSON

ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a row came from, so that every later fault can name it."""

    file: str
    line: int
    """1-based line in the file; for a JSON array, the line on which the element begins."""
    byte: int
    """0-based offset of the row's first byte in the file."""

    def __str__(self) -> str:
        """Return `file:line`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn."""

    role: str
    """One of ROLES."""
    content: str
    reasoning_content: str | None = None
    """The thought before an assistant's answer, without its tags. None: the row says nothing of thinking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Messages in order, with what is known about them."""

    messages: tuple[Message, ...]
    metadata: Mapping[str, JSON] = field(default_factory=dict)
    origin: Origin | None = None

    @property
    def id(self) -> str:
        """16 hex digits of the sha256 of the messages alone: the same words have the same id wherever they stand."""
        words = [[m.role, m.content, m.reasoning_content] for m in self.messages]
        return hashlib.sha256(json.dumps(words, ensure_ascii=True).encode()).hexdigest()[:16]

    @property
    def category(self) -> str:
        """`metadata.category`, or "" when none was given."""
        return str(self.metadata.get("category") or "")

    @property
    def prompt(self) -> tuple[Message, ...]:
        """The messages before the last assistant turn: what a model is asked when this row is held out."""
        last = max(i for i, message in enumerate(self.messages) if message.role == "assistant")
        return self.messages[:last]

    @property
    def answer(self) -> str:
        """The content of the last assistant turn."""
        return next(message.content for message in reversed(self.messages) if message.role == "assistant")
