"""Parts of answers into OpenAI's bodies: whole, or as the events of a stream."""

from __future__ import annotations

import json
import math
import secrets
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from burnish.serve.engine import Ended, Likely
from burnish.serve.turn import Part
from burnish.serve.wire import (
    AnswerMessage,
    ChatAnswer,
    ChatChoice,
    ChatChunk,
    ChatLogprobs,
    ChatPiece,
    CompletionRequest,
    ContextNote,
    Delta,
    PromptDetails,
    TextAnswer,
    TextChoice,
    TextLogprobs,
    TokenLogprob,
    TopLogprob,
    Usage,
)

Parts = AsyncGenerator[tuple[int, Part | Ended], None]
Both = tuple[Likely, tuple[Likely, ...]]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every event of one answer repeats."""

    model: str
    """The version that answers, by its id."""
    context: ContextNote | None = None
    """How the conversation was shortened; None: it was not."""
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    created: int = field(default_factory=lambda: int(time.time()))
    """Unix seconds."""


def usage_of(ends: Iterable[Ended], prompts: int) -> Usage:
    """Return the tokens of all answers of one request; each of `prompts` prompts counts once, however many answers it has."""
    ended = list(ends)
    share = max(1, len(ended) // max(1, prompts))
    prompt = sum(one.prompt_tokens for one in ended[::share])
    completion = sum(one.completion_tokens for one in ended)
    cached = sum(one.cached_tokens for one in ended[::share])
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=PromptDetails(cached_tokens=cached),
    )


def chat_logprobs(likely: Sequence[Both]) -> ChatLogprobs | None:
    """Return log-probabilities in the chat endpoint's shape; None where there are none."""
    if not likely:
        return None
    content = [TokenLogprob(**_top(chosen), top_logprobs=[TopLogprob(**_top(one)) for one in top]) for chosen, top in likely]
    return ChatLogprobs(content=content)


def _top(one: Likely) -> dict[str, Any]:
    known = one.data if one.data is not None else None if "\N{REPLACEMENT CHARACTER}" in one.text else one.text.encode()
    return {"token": one.text, "logprob": one.logprob, "bytes": None if known is None else list(known)}


def text_logprobs(likely: Sequence[Both], begin: int = 0) -> TextLogprobs | None:
    """Return log-probabilities in the older shape, offsets in letters from `begin`; None where there are none."""
    if not likely:
        return None
    offsets = []
    for chosen, _ in likely:
        offsets.append(begin)
        begin += len(chosen.text)
    return TextLogprobs(
        tokens=[chosen.text for chosen, _ in likely],
        token_logprobs=[chosen.logprob for chosen, _ in likely],
        top_logprobs=[{one.text: one.logprob for one in top} for _, top in likely],
        text_offset=offsets,
    )


@dataclass(slots=True)
class _Whole:
    words: str = ""
    thought: str = ""
    likely: list[Both] = field(default_factory=list)
    ended: Ended | None = None

    def add(self, part: Part | Ended) -> None:
        if isinstance(part, Ended):
            self.ended = part
            return
        self.words += part.words
        self.thought += part.thought
        self.likely += part.likely


async def _gathered(parts: Parts, count: int) -> tuple[list[_Whole], list[Ended]]:
    whole = [_Whole() for _ in range(count)]
    async for index, part in parts:
        whole[index].add(part)
    return whole, [one.ended for one in whole if one.ended is not None]


async def chat_answer(parts: Parts, count: int, envelope: Envelope) -> ChatAnswer:
    """Return the whole answer to a chat request."""
    whole, ends = await _gathered(parts, count)
    choices = [
        ChatChoice(
            index=index,
            message=AnswerMessage(content=one.words, reasoning_content=one.thought.strip() or None),
            logprobs=chat_logprobs(one.likely),
            finish_reason=end.reason,
        )
        for index, (one, end) in enumerate(zip(whole, ends, strict=True))
    ]
    return ChatAnswer(
        id=f"chatcmpl-{envelope.id}",
        created=envelope.created,
        model=envelope.model,
        choices=choices,
        usage=usage_of(ends, 1),
        context=envelope.context,
    )


async def text_answer(parts: Parts, count: int, envelope: Envelope, prompts: int, request: CompletionRequest) -> TextAnswer:
    """Return the whole answer to a completion request: of each prompt's answers the likeliest, where more are made than are given."""
    whole, ends = await _gathered(parts, count)
    given = request.n or 1
    groups = [whole[i : i + request.made] for i in range(0, count, request.made)]
    best = [sorted(one, key=_mean, reverse=True)[:given] if len(one) > given else one for one in groups]
    choices = [
        TextChoice(
            index=index,
            text=one.words,
            logprobs=None if request.logprobs is None else text_logprobs(one.likely),
            finish_reason=one.ended.reason if one.ended is not None else None,
        )
        for index, one in enumerate(one for group in best for one in group)
    ]
    return TextAnswer(
        id=f"cmpl-{envelope.id}",
        created=envelope.created,
        model=envelope.model,
        choices=choices,
        usage=usage_of(ends, prompts),
    )


def _mean(one: _Whole) -> float:
    """Return the mean log-probability of an answer's tokens, in nats; one without tokens comes last."""
    return sum(chosen.logprob for chosen, _ in one.likely) / len(one.likely) if one.likely else -math.inf


async def chat_events(parts: Parts, count: int, envelope: Envelope, *, usage: bool) -> AsyncGenerator[str, None]:
    """Yield the JSON of each event of a streamed chat answer; with `usage` the last one has no choices and all tokens."""

    def chunk(choices: list[ChatPiece], total: Usage | None = None, context: ContextNote | None = None) -> str:
        made = ChatChunk(
            id=f"chatcmpl-{envelope.id}",
            created=envelope.created,
            model=envelope.model,
            choices=choices,
            usage=total,
            context=context,
        )
        value = made.model_dump(exclude_none=True)
        for piece in value["choices"]:
            piece.setdefault("finish_reason", None)
        return json.dumps(value, ensure_ascii=False)

    for index in range(count):
        first = ChatPiece(index=index, delta=Delta(role="assistant", content=""))
        yield chunk([first], context=envelope.context if index == 0 else None)
    ends: dict[int, Ended] = {}
    async for index, part in parts:
        if isinstance(part, Ended):
            ends[index] = part
            yield chunk([ChatPiece(index=index, delta=Delta(), finish_reason=part.reason)])
            continue
        delta = Delta(content=part.words or None, reasoning_content=part.thought or None)
        yield chunk([ChatPiece(index=index, delta=delta, logprobs=chat_logprobs(part.likely))])
    if usage:
        yield chunk([], usage_of((ends[index] for index in sorted(ends)), 1))


async def text_events(parts: Parts, envelope: Envelope, prompts: int, *, usage: bool) -> AsyncGenerator[str, None]:
    """Yield the JSON of each event of a streamed completion."""

    def chunk(choices: list[TextChoice], total: Usage | None = None) -> str:
        made = TextAnswer(id=f"cmpl-{envelope.id}", created=envelope.created, model=envelope.model, choices=choices, usage=total)
        value = made.model_dump(exclude={"usage"} if total is None else None)
        return json.dumps(value, ensure_ascii=False)

    ends: dict[int, Ended] = {}
    lengths: dict[int, int] = {}
    async for index, part in parts:
        if isinstance(part, Ended):
            ends[index] = part
            yield chunk([TextChoice(index=index, text="", finish_reason=part.reason)])
            continue
        likely = text_logprobs(part.likely, lengths.get(index, 0))
        lengths[index] = lengths.get(index, 0) + len(part.words)
        yield chunk([TextChoice(index=index, text=part.words, logprobs=likely)])
    if usage:
        yield chunk([], usage_of((ends[index] for index in sorted(ends)), prompts))
