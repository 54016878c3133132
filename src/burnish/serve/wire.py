"""What goes over the wire: OpenAI's requests and answers.

Null means "not set" of every field, as it does in OpenAI's schema and for clients that write all fields out. A field that is not named here
is no fault; the answer's headers tell the client that it was not used (unused.py).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from burnish.serve.messages import ChatMessage, First, Wire

Stop = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Number = Annotated[float, Field(allow_inf_nan=False)]


def _whole(value: Any) -> Any:
    """Return a number without a fraction as a whole one: JSON knows one kind of number, and some clients write 16.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
MOST = 2**31 - 1
Count = Annotated[int, Field(ge=1, le=MOST), WHOLE]
Back = Annotated[int, Field(ge=-1, le=MOST), WHOLE]
Seed = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), WHOLE]
Few = Annotated[int, Field(ge=0, le=20), WHOLE]
Penalty = Annotated[Number, Field(ge=-2, le=2)]
Bias = Annotated[Number, Field(ge=-100, le=100)]


class StreamOptions(Wire):
    """What a stream ends with."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None
    """Whether events are filled up to one length; they never are."""


class JSONSchema(Wire):
    """A named schema."""

    name: str | None = None
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    """None: any object."""


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

    model_config = ConfigDict(
        extra="allow", strict=True, use_attribute_docstrings=True
    )  # kept, so that the client can be told what was not used

    model: str | None = None
    """None: as "live"."""
    user: str | None = None
    """Who asks, in whatever words the client has for it; `safety_identifier` is OpenAI's newer name for the same."""
    safety_identifier: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Number | None = Field(default=None, ge=0, le=2)
    top_p: Number | None = Field(default=None, ge=0, le=1)
    """0: only the likeliest token."""
    top_k: Back | None = None
    min_p: Number | None = Field(default=None, ge=0, le=1)
    """Only tokens at least so likely as this times the likeliest may be drawn."""
    frequency_penalty: Penalty | None = None
    """Taken off a token's score for each time that it came in the answer."""
    presence_penalty: Penalty | None = None
    """Taken off a token's score once it came in the answer."""
    repetition_penalty: Number | None = Field(default=None, gt=0, le=100)
    """Makes the scores of all tokens of the prompt and the answer worse by this factor (CTRL, Hugging Face, vLLM)."""
    repeat_penalty: Number | None = Field(default=None, gt=0, le=100)
    """The same of the last `repeat_last_n` tokens (llama.cpp)."""
    repeat_last_n: Back | None = None
    """-1: all; not set: 64."""
    logit_bias: dict[str, Bias] | None = None
    """Added to the scores of tokens, by their ids."""
    max_tokens: Count | None = None
    stop: Stop | Literal[""] | Annotated[list[Stop], Field(max_length=16)] | None = None
    """An empty text ends nothing."""
    seed: Seed | None = None
    n: Annotated[int, Field(ge=1, le=128), WHOLE] | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        """The stop strings."""
        return tuple(self.stop or ()) if not isinstance(self.stop, str) else (self.stop,) if self.stop else ()

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with a chunk of usage."""
        return self.stream_options is not None and bool(self.stream_options.include_usage)


class TemplateSwitches(Wire):
    """Switches of the chat template that a request may turn; any other is refused, since it would be obeyed by nobody."""

    model_config = ConfigDict(extra="forbid")
    enable_thinking: bool | None = None


class ChatRequest(Drawing):
    """`POST /v1/chat/completions`."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, fail_fast=True)]
    max_completion_tokens: Count | None = None
    logprobs: bool | None = None
    top_logprobs: Few | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None
    """"none" switches thinking off, anything else on."""
    chat_template_kwargs: TemplateSwitches | None = None
    """`{"enable_thinking": true}`, as vLLM's clients send it."""
    chat_template: Any = None
    """Refused: a version is asked by the template it was trained with."""
    tools: list[Any] | None = None
    """Refused, unless `tool_choice` is "none": this server calls no tools."""
    tool_choice: Any = None
    functions: list[Any] | None = None
    """The older name of `tools`."""
    function_call: Any = None
    """The older name of `tool_choice`."""
    modalities: list[str] | None = None
    """Nothing but text is made here."""
    web_search_options: dict[str, Any] | None = None
    """Refused: nothing is searched for here."""
    moderation: dict[str, Any] | None = None
    """Refused: nobody here moderates."""

    @property
    def think(self) -> bool | None:
        """Whether the model is to think first; None: not said."""
        switches = self.chat_template_kwargs
        if switches is not None and switches.enable_thinking is not None:
            return switches.enable_thinking
        return None if self.reasoning_effort is None else self.reasoning_effort != "none"


Prompt = str | list[int] | None
"""A text, ids, or nothing: the beginning of a document."""


class CompletionRequest(Drawing):
    """`POST /v1/completions`: a raw prompt, to which nothing is added."""

    prompt: (
        str
        | Annotated[list[str], First]
        | Annotated[list[int], First]
        | Annotated[list[Annotated[list[int], First]], First]
        | None
    )
    """Null: the beginning of a document."""
    max_tokens: Annotated[int, Field(ge=0, le=MOST), WHOLE] | None = None
    logprobs: Few | None = None
    echo: bool | None = None
    """Whether the prompt stands before the answer."""
    suffix: str | None = None
    best_of: Few | None = None
    """How many answers are made, of which the `n` likeliest are given; 0: as many as are given."""

    @property
    def prompts(self) -> list[Prompt]:
        """The prompts, one or several, as texts or as ids."""
        if self.prompt is None or isinstance(self.prompt, str):
            return [self.prompt]
        if self.prompt and isinstance(self.prompt[0], int):
            return [[int(one) for one in self.prompt if isinstance(one, int)]]
        return [one for one in self.prompt if not isinstance(one, int)]

    @property
    def made(self) -> int:
        """How many answers are made to each prompt."""
        return max(self.best_of or 0, self.n or 1)


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
    doing: str | None = None
    """What is done while the first version is being loaded."""
