"""One turn of a conversation as OpenAI's schema lets it come: words, parts, and turns of an assistant that have no words of their own.

An agent sends its past turns along, calls of tools among them. A model here is given words only, so such a turn stands with the words
that it has (often none), exactly as one with `content: ""` does; what it said beside them is told to the client as not used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

First = Field(fail_fast=True)
"""A list whose first wrong item is told, and no others: a body has room for a million of them."""
WORDLESS = ("tool_calls", "function_call", "refusal", "audio")
"""What an assistant's turn may have in the place of a content."""
UNUSED = ("tool_calls", "function_call", "audio")
"""Of these, what the model is not given."""
ROLES = {"developer": "system", "function": "tool"}
"""Roles under other names than the project's own."""


class Wire(BaseModel):
    """Anything that is read: unknown fields are ignored, values are not bent into other types."""

    model_config = ConfigDict(extra="ignore", strict=True)


class TextPart(Wire):
    """A part of a message that is text."""

    type: Literal["text"]
    text: str


class RefusalPart(Wire):
    """A part of an assistant's message in which it declined."""

    type: Literal["refusal"]
    refusal: str


Part = Annotated[TextPart | RefusalPart, Field(discriminator="type")]
HAS_WORDS: dict[str, Any] = {
    "anyOf": [
        {"required": ["content"], "properties": {"content": {"not": {"type": "null"}}}},
        {"properties": {"role": {"const": "function"}}},
        *({"required": [name], "properties": {"role": {"const": "assistant"}, name: kind}} for name, kind in {
            "reasoning_content": {"type": "string", "minLength": 1}, "refusal": {"type": "string", "minLength": 1},
            "tool_calls": {"type": "array", "minItems": 1}, "function_call": {"type": "object", "minProperties": 1},
            "audio": {"type": "object", "minProperties": 1}}.items()),
    ]
}  # fmt: skip
"""What `_has_words` asks, for the OpenAPI page."""


class ChatMessage(Wire):
    """One turn."""

    model_config = ConfigDict(extra="ignore", strict=True, json_schema_extra=HAS_WORDS)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | Annotated[list[Part], First] | None = None
    name: str | None = None
    """Who of several with one role speaks, or which function; the model is not told."""
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: Annotated[list[dict[str, Any]], First] | None = None
    function_call: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None
    tool_call_id: str | None = None

    @model_validator(mode="after")
    def _has_words(self) -> ChatMessage:
        if self.role != "assistant" and isinstance(self.content, list) and any(one.type == "refusal" for one in self.content):
            raise ValueError("content: only an assistant's turn has refusal parts; here each part is a text")
        if self.content is not None or self.role == "function":
            return self
        if self.role != "assistant":
            raise ValueError("content is missing: a text, or a list of text parts")
        if not (self.reasoning_content or any(getattr(self, name) for name in WORDLESS)):
            raise ValueError(f"content is missing: a text, a list of parts, or in its place one of {', '.join(WORDLESS)}")
        return self

    @property
    def speaker(self) -> str:
        """The role as rows have it."""
        return ROLES.get(self.role, self.role)

    @property
    def words(self) -> str:
        """The content as one text; a refusal is what was said where nothing else was."""
        found = self.content or ""
        if isinstance(found, list):
            found = "".join(part.text if isinstance(part, TextPart) else part.refusal for part in found)
        return found if found.strip() or self.role != "assistant" else self.refusal or found

    @property
    def unused(self) -> Iterator[str]:
        """The fields of this turn that the model is not given."""
        return (name for name in UNUSED if self.role == "assistant" and getattr(self, name))
