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
    weight: int | None = None
    """0: context only, never trained; None: trained where the role is the assistant's. The word is that of OpenAI's training rows."""

    @property
    def is_learnt(self) -> bool:
        """Whether these words are an answer to learn."""
        return self.role == "assistant" and self.weight != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Messages in order, with what is known about them."""

    messages: tuple[Message, ...]
    metadata: Mapping[str, JSON] = field(default_factory=dict)
    origin: Origin | None = None

    @property
    def id(self) -> str:
        """16 hex digits of the sha256 of the messages alone: the same words have the same id wherever they stand."""
        words = [[m.role, m.content, m.reasoning_content, *([0] if m.weight == 0 else [])] for m in self.messages]
        return hashlib.sha256(json.dumps(words, ensure_ascii=True).encode()).hexdigest()[:16]

    @property
    def category(self) -> str:
        """`metadata.category`, or "" when none was given."""
        return str(self.metadata.get("category") or "")

    @property
    def prompt(self) -> tuple[Message, ...]:
        """The messages before the last answer to learn: what a model is asked when this row is held out."""
        return self.messages[: self.last]

    @property
    def answer(self) -> str:
        """The content of the last answer to learn."""
        return self.messages[self.last].content

    @property
    def last(self) -> int:
        """The index of the last answer to learn; of a row that has none (no row that was read is such) the last assistant turn's."""
        learnt = [i for i, message in enumerate(self.messages) if message.is_learnt]
        return max(learnt or [i for i, message in enumerate(self.messages) if message.role == "assistant"])
