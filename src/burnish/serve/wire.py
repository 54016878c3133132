"""What goes over the wire: OpenAI's requests and answers. Fields that are not named here are ignored, as OpenAI's clients expect."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Stop = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
First = Field(fail_fast=True)
"""A list whose first wrong item is told, and no others: a body has room for a million of them."""


class Wire(BaseModel):
    """Anything that is read: unknown fields are ignored, values are not bent into other types."""

    model_config = ConfigDict(extra="ignore", strict=True)


class TextPart(Wire):
    """A part of a message that is text."""

    type: Literal["text"]
    text: str


HAS_WORDS: dict[str, Any] = {
    "anyOf": [
        {"required": ["content"], "properties": {"content": {"not": {"type": "null"}}}},
        {"required": ["reasoning_content"], "properties": {
            "role": {"const": "assistant"}, "reasoning_content": {"type": "string", "minLength": 1}}},
    ]
}  # fmt: skip
"""What `_has_words` asks, for the OpenAPI page."""


class ChatMessage(Wire):
    """One turn."""

    model_config = ConfigDict(extra="ignore", strict=True, json_schema_extra=HAS_WORDS)

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | Annotated[list[TextPart], First] | None = None
    reasoning_content: str | None = None

    @model_validator(mode="after")
    def _has_words(self) -> ChatMessage:
        if self.content is None and (self.role != "assistant" or not self.reasoning_content):
            raise ValueError("content is missing: a text, or a list of text parts")
        return self

    @property
    def words(self) -> str:
        """The content as one text."""
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(Wire):
    """What a stream ends with."""

    include_usage: bool = False


class JSONSchema(Wire):
    """A named schema."""

    name: str = "answer"
    schema_: dict[str, Any] = Field(alias="schema")


class ResponseFormat(Wire):
    """The form an answer must have."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: JSONSchema | None = None

    @model_validator(mode="after")
    def _has_schema(self) -> ResponseFormat:
        if self.type == "json_schema" and self.json_schema is None:
            raise ValueError("json_schema is missing")
        return self


class Drawing(Wire):
    """How answers are drawn: what both endpoints take."""

    model: str | None = None
    """None: as "live"."""
    user: str | None = None
    """Who asks, in whatever words the client has for it; `safety_identifier` is OpenAI's newer name for the same."""
    safety_identifier: str | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: Number | None = Field(default=None, ge=0, le=2)
    top_p: Number | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=-1, le=2**31 - 1)
    max_tokens: Count | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=16)] | None = None
    seed: int | None = Field(default=None, ge=-(2**63), le=2**63 - 1)
    n: int | None = Field(default=None, ge=1, le=16)

    @property
    def stops(self) -> tuple[str, ...]:
        """The stop strings."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with a chunk of usage."""
        return self.stream_options is not None and self.stream_options.include_usage


class TemplateSwitches(Wire):
    """Switches of the chat template that a request may turn; any other is refused, since it would be obeyed by nobody."""

    model_config = ConfigDict(extra="forbid")
    enable_thinking: bool | None = None


class ChatRequest(Drawing):
    """`POST /v1/chat/completions`."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, fail_fast=True)]
    max_completion_tokens: Count | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None
    """"none" switches thinking off, anything else on."""
    chat_template_kwargs: TemplateSwitches | None = None
    """`{"enable_thinking": true}`, as vLLM's clients send it."""
    chat_template: Any = None
    """Refused: a version is asked by the template it was trained with."""
    tools: list[Any] | None = None
    tool_choice: Any = None

    @property
    def think(self) -> bool | None:
        """Whether the model is to think first; None: not said."""
        switches = self.chat_template_kwargs
        if switches is not None and switches.enable_thinking is not None:
            return switches.enable_thinking
        return None if self.reasoning_effort is None else self.reasoning_effort != "none"


class CompletionRequest(Drawing):
    """`POST /v1/completions`: a raw prompt, to which nothing is added."""

    prompt: str | Annotated[list[str], First] | Annotated[list[int], First] | Annotated[list[Annotated[list[int], First]], First]
    logprobs: int | None = Field(default=None, ge=0, le=20)
    echo: bool | None = None
    suffix: str | None = None
    best_of: Count | None = None

    @property
    def prompts(self) -> list[str | list[int]]:
        """The prompts, one or several, as texts or as ids."""
        if isinstance(self.prompt, str):
            return [self.prompt]
        if self.prompt and isinstance(self.prompt[0], int):
            return [[int(one) for one in self.prompt if isinstance(one, int)]]
        return [one for one in self.prompt if not isinstance(one, int)]


class PromptDetails(BaseModel):
    """Of a prompt's tokens, those known from before."""

    cached_tokens: int


class Usage(BaseModel):
    """Tokens in and out."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails | None = None


class TopLogprob(BaseModel):
    """A token that could have come."""

    token: str
    logprob: float
    bytes: list[int] | None = None


class TokenLogprob(TopLogprob):
    """A token that came, and what could have come."""

    top_logprobs: list[TopLogprob]


class ChatLogprobs(BaseModel):
    """Log-probabilities of a chat answer."""

    content: list[TokenLogprob]


class AnswerMessage(BaseModel):
    """An answer."""

    role: Literal["assistant"] = "assistant"
    content: str
    reasoning_content: str | None = None
    refusal: str | None = None


class ChatChoice(BaseModel):
    """One of the answers."""

    index: int
    message: AnswerMessage
    logprobs: ChatLogprobs | None = None
    finish_reason: str


class ContextNote(BaseModel):
    """How a conversation was shortened before it was answered."""

    tokens_before: int
    tokens_after: int
    method: str
    facts_kept: int
    facts_lost: int


class ChatAnswer(BaseModel):
    """The answer to a chat request."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    """The version that answered, by its id."""
    choices: list[ChatChoice]
    usage: Usage
    context: ContextNote | None = None
    """None where the conversation is whole."""


class Delta(BaseModel):
    """What is new in a stream."""

    role: str | None = None
    content: str | None = None
    reasoning_content: str | None = None


class ChatPiece(BaseModel):
    """One choice's part of a chunk."""

    index: int
    delta: Delta
    logprobs: ChatLogprobs | None = None
    finish_reason: str | None = None


class ChatChunk(BaseModel):
    """One event of a streamed chat answer."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChatPiece]
    usage: Usage | None = None
    context: ContextNote | None = None
    """In the first event, where the conversation was shortened."""


class TextLogprobs(BaseModel):
    """Log-probabilities of a completion, in the older shape."""

    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]]
    text_offset: list[int]


class TextChoice(BaseModel):
    """One of the completions, or a part of it in a stream."""

    index: int
    text: str
    logprobs: TextLogprobs | None = None
    finish_reason: str | None = None


class TextAnswer(BaseModel):
    """The answer to a completion request; in a stream, one event of it."""

    id: str
    object: Literal["text_completion"] = "text_completion"
    created: int
    model: str
    choices: list[TextChoice]
    usage: Usage | None = None


class ModelCard(BaseModel):
    """A name that `model` may have."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "burnish"
    root: str
    """The version it means, by its id."""
    parent: str | None = None
    """What it was trained from: a version or the base model."""


class ModelList(BaseModel):
    """`GET /v1/models`."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


class Fault(BaseModel):
    """What is wrong with a request."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class FaultAnswer(BaseModel):
    """Every error answer."""

    error: Fault


class Health(BaseModel):
    """`GET /health`."""

    status: Literal["ok", "failing", "loading", "draining"]
    live: str | None
    """The version that `live` means now."""
