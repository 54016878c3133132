"""One request from its words to parts of answers: rendered by the one path, asked of the engine, thoughts and stop strings told apart."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from burnish.context.ruler import ruler_of
from burnish.context.shorten import Shortened
from burnish.errors import DataError
from burnish.records.conversation import Message
from burnish.serve.engine import Able, Ask, Ended, Likely
from burnish.serve.faults import Refused, refused, too_long
from burnish.serve.keeping import Keeping, note
from burnish.serve.messages import ChatMessage
from burnish.serve.pool import Served
from burnish.serve.text import Stops, Thoughts
from burnish.serve.unused import refuse_missed, refuse_unmade
from burnish.serve.watch.told import now
from burnish.serve.weights import weights
from burnish.serve.wire import ChatRequest, CompletionRequest, ContextNote, Drawing, Prompt
from burnish.tokens.template import Chat

MAX_TOKENS = 1024
"""The longest answer where a request does not say: a small model that never ends one would otherwise fill its whole context."""
MOST_ANSWERS = 256
"""Answers of one request at most: they share its one place in the queue."""


@dataclass(frozen=True, slots=True)
class Part:
    """A new part of an answer."""

    words: str
    thought: str = ""
    likely: tuple[tuple[Likely, tuple[Likely, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One answer to be made."""

    ask: Ask
    stops: tuple[str, ...]
    opens_thought: bool = False
    """Whether the prompt ends inside a thought."""
    parts_thoughts: bool = False
    """Whether the model knows thoughts, so that they are told apart."""
    context: ContextNote | None = None
    """How the conversation was shortened; None: it is whole."""
    copy: int = 0
    """Which of the answers to its prompt."""
    nothing: bool = False
    """Whether not one token is wanted, so that no engine is asked."""
    echo: str = ""
    """What stands before the answer."""


def chat_work(request: ChatRequest, served: Served, keeping: Keeping) -> list[Work]:
    """Return the answers that a chat request wants, its conversation shortened as `keeping` says. Raises Refused naming the field.

    What an engine that renders by itself is asked is never shortened: nobody here can count its tokens.
    """
    _check_chat(request, served.engine.able)
    messages = tuple(
        Message(role=one.speaker, content=one.words, reasoning_content=one.reasoning_content) for one in request.messages
    )
    ask = replace(
        _drawn(request, served),
        messages=messages,
        think=request.think,
        top_logprobs=(request.top_logprobs or 0) if request.logprobs else None,
        schema=_schema(request),
    )
    limit = request.max_completion_tokens or request.max_tokens
    named = "max_completion_tokens" if request.max_completion_tokens else "max_tokens"
    if served.opened is None:
        ask = replace(ask, max_tokens=limit or 0, turns=tuple(map(_as_it_came, request.messages)))
        return _copies(request.n or 1, Work(ask=ask, stops=request.stops))
    chat = served.opened.chat
    think = bool(request.think) and chat.thinks and ask.schema is None
    try:
        made, prompt = _fitted(messages, served, keeping, limit, think=think)
        ask = ask if made is None else replace(ask, messages=made.messages)
    except DataError as error:
        raise refused(error, "messages") from None
    ask = replace(ask, prompt=prompt, stop_ids=chat.stop_ids, special=think)
    of_rows = len(prompt) - len(chat.recalling(None).prompt_ids(ask.messages, think=think)) if _over(prompt, served) else 0
    ask = replace(ask, max_tokens=_room(len(prompt), limit, served.engine.context, ("messages", named), of_rows))
    work = Work(ask=ask, stops=request.stops, opens_thought=think and chat.opens_thought, parts_thoughts=chat.tags_thoughts)
    return _copies(request.n or 1, replace(work, context=note(made)) if made is not None else work)


def _as_it_came(one: ChatMessage) -> dict[str, Any]:
    """Return a turn for a server elsewhere: its calls of tools are for that server's model."""
    found = one.model_dump(exclude_none=True, exclude={"reasoning_content"})
    return found | {"role": {"developer": "system"}.get(one.role, one.role)}


def _fitted(
    messages: tuple[Message, ...], served: Served, keeping: Keeping, limit: int | None, *, think: bool
) -> tuple[Shortened | None, tuple[int, ...]]:
    """Return how a conversation was shortened (None: not at all) and the ids of what the model is given.

    Of a long one only the new turns are written to know whether it fits, and what of it is kept: its whole text where all of it fits.
    Rows that are recalled for it are counted with it, and stand in every shortening of it.
    """
    if served.opened is None:
        raise AssertionError
    chat = _settled(served.opened.chat, messages)
    ruler = ruler_of(chat, served.opened.memory, think=think)
    whole = () if ruler.telescopes(messages) else tuple(chat.prompt_ids(messages, think=think))
    made = keeping.fit(messages, len(whole) or ruler.whole(messages), ruler, served.engine.context, limit)
    if made is not None:
        return made, tuple(chat.prompt_ids(made.messages, think=think))
    return None, whole or tuple(chat.prompt_ids(messages, think=think))


def _settled(chat: Chat, messages: Sequence[Message]) -> Chat:
    """Return the chat with what it recalls for this conversation found once, by its own question.

    A shortening may put a note before the question, which would be another one to look for. What a turn in the middle costs (see
    `context.telescope`) is the same with these turns near the end and without.
    """
    if chat.recall is None:
        return chat
    found = chat.recall(messages)
    rows = tuple(found[len(messages) - 1 : len(found) - 1])

    def recall(turns: Sequence[Message]) -> Sequence[Message]:
        return [*turns[:-1], *rows, turns[-1]] if turns and turns[-1].role == "user" else turns

    return chat.recalling(recall if rows else None)


def _over(prompt: Sequence[int], served: Served) -> bool:
    return len(prompt) >= served.engine.context


def _check_chat(request: ChatRequest, able: Able) -> None:
    if request.chat_template is not None:
        message = "a version is asked by the template it was trained with; leave `chat_template` out"
        raise Refused(400, message, param="chat_template", code="unsupported_parameter")
    if request.logprobs and not able.logprobs:
        raise Refused(400, "this engine tells no log-probabilities", param="logprobs", code="unsupported_value")
    if request.top_logprobs and not request.logprobs:
        raise Refused(400, "top_logprobs needs logprobs to be true", param="top_logprobs", code="invalid_value")
    refuse_missed(request)
    if _schema(request) is not None:
        if not able.schema:
            message = "this engine cannot keep an answer to a schema (the transformers engine needs: pip install llguidance)"
            raise Refused(400, message, param="response_format", code="unsupported_value")
        if request.think:
            raise Refused(400, "a thought keeps to no schema: switch thinking off", param="response_format", code="invalid_value")


def _schema(request: ChatRequest) -> dict[str, Any] | None:
    form = request.response_format
    if form is None or form.type == "text":
        return None
    asked = form.json_schema.schema_ if form.json_schema is not None else None
    return {"type": "object"} if asked is None else asked


def text_work(request: CompletionRequest, served: Served) -> list[Work]:
    """Return the answers that a completion request wants, `n` (or `best_of`) for each prompt. Raises Refused naming the field."""
    refuse_unmade(request)
    able = served.opened is not None and served.engine.able.logprobs
    if request.logprobs is not None and not able:
        raise Refused(400, "this engine tells no log-probabilities", param="logprobs", code="unsupported_value")
    if request.made > (request.n or 1) and not able:
        message = "this engine tells no log-probabilities, by which the best is known"
        raise Refused(400, message, param="best_of", code="unsupported_value")
    if not request.prompts:
        raise Refused(400, "there is no prompt", param="prompt", code="invalid_value")
    if len(request.prompts) * request.made > MOST_ANSWERS:
        message = f"{len(request.prompts)} prompts with n answers each are more than the {MOST_ANSWERS} answers of one request"
        raise Refused(400, message, param="prompt", code="invalid_value")
    top = 0 if request.logprobs is None and request.made > (request.n or 1) else request.logprobs
    works: list[Work] = []
    for prompt in request.prompts:
        ask = replace(_drawn(request, served), top_logprobs=top, text=prompt if isinstance(prompt, str) else "")
        words = prompt if isinstance(prompt, str) else ""
        if served.opened is None:
            if isinstance(prompt, list):
                raise Refused(400, "this engine takes texts, no token ids", param="prompt", code="unsupported_value")
            ask = replace(ask, max_tokens=request.max_tokens or 0)
        else:
            ids = _raw_ids(prompt, served)
            room = _room(len(ids), request.max_tokens, served.engine.context, ("prompt", "max_tokens"))
            ask = replace(ask, prompt=ids, stop_ids=served.opened.chat.stop_ids, max_tokens=room)
            words = served.opened.chat.decode(ids, special=True) if isinstance(prompt, list) else words
        work = Work(ask=ask, stops=request.stops, nothing=request.max_tokens == 0, echo=words if request.echo else "")
        works += _copies(request.made, work)
    return works


def _raw_ids(prompt: Prompt, served: Served) -> tuple[int, ...]:
    if served.opened is None:
        raise AssertionError
    chat = served.opened.chat
    ids: Sequence[int]
    if isinstance(prompt, list):
        ids = prompt
        unknown = [one for one in ids if not chat.knows(one)]
        if unknown:
            raise Refused(400, f"the model has no token {str(unknown[0])[:20]}", param="prompt", code="invalid_value")
    else:
        try:
            ids = chat.beginning() if prompt is None else chat.raw_ids(prompt)
        except DataError as error:
            raise refused(error, "prompt") from None
    if not ids:
        raise Refused(400, "the prompt is empty", param="prompt", code="invalid_value")
    return tuple(ids)


def _drawn(request: Drawing, served: Served) -> Ask:
    """Return what both endpoints say of drawing. Without a temperature the likeliest token is taken, as in every verdict."""
    return Ask(
        prompt=(),
        stop_ids=(),
        max_tokens=1,
        temperature=0.0 if request.temperature is None else request.temperature,
        top_p=1.0 if request.top_p is None else request.top_p,
        top_k=max(request.top_k or 0, 0),
        seed=secrets.randbits(31) if request.seed is None else request.seed,
        **weights(request, served),
    )


def _copies(count: int, work: Work) -> list[Work]:
    """Return so many of the same, each with a seed of its own."""
    return [replace(work, ask=replace(work.ask, seed=work.ask.seed + i), copy=i) for i in range(count)]


def _room(prompt_tokens: int, limit: int | None, context: int, params: tuple[str, str], of_rows: int = 0) -> int:
    """Return the most tokens the answer may have. Raises Refused where the prompt leaves none, or more is asked than ever fits.

    `params` are the fields of the prompt and of the limit; `of_rows` how many tokens of the prompt are the version's own rows.
    """
    if prompt_tokens >= context:
        raise too_long(prompt_tokens, context, params[0], of_rows)
    if limit is not None and limit > context:
        message = f"{params[1]} is {limit}, and this model's whole context is {context} tokens"
        raise Refused(400, message, param=params[1], code="invalid_value")
    return min(MAX_TOKENS if limit is None else limit, context - prompt_tokens)


async def speak(served: Served, work: Work) -> AsyncGenerator[Part | Ended, None]:
    """Yield an answer's parts and last an Ended. Closing it stops the engine."""
    stops = Stops(work.stops)
    thoughts = Thoughts(work.opens_thought, able=work.parts_thoughts)
    prompt = len(work.ask.prompt)
    if work.echo:
        yield Part(work.echo)
    with now().answering(prompt, counts=not work.copy) as seen:
        if work.nothing:
            ended = Ended(reason="length", prompt_tokens=prompt, completion_tokens=0)
            seen.end(ended, natural=False)
            yield ended
            return
        async with contextlib.aclosing(served.engine.complete(work.ask)) as events:
            async for event in events:
                if isinstance(event, Ended):
                    thought, words = thoughts.flush()
                    words = stops.push(words) + stops.flush()
                    seen.heard(words)
                    if thought or words:
                        yield Part(words, thought)
                    ended = event if stops.hit is None else replace(event, reason="stop")
                    seen.end(ended, natural=stops.hit is None and event.reason == "stop")
                    yield ended
                    return
                seen.token(event.tokens)
                thought, words = (event.text, "") if event.thought else thoughts.push(event.text)
                words = stops.push(words)
                seen.heard(words)
                likely = ((event.chosen, event.top),) if event.chosen is not None else ()
                if thought or words or likely:
                    yield Part(words, thought, likely)
                if stops.hit is not None:
                    ended = Ended(reason="stop", prompt_tokens=prompt, completion_tokens=seen.tokens)
                    seen.end(ended, natural=False)
                    yield ended
                    return


async def together(served: Served, works: Sequence[Work]) -> AsyncGenerator[tuple[int, Part | Ended], None]:
    """Yield (which answer, its next part) of all answers at once, as they come. Raises what an engine raises."""
    queue: asyncio.Queue[tuple[int, Part | Ended | BaseException]] = asyncio.Queue()

    async def run(index: int, work: Work) -> None:
        try:
            async with contextlib.aclosing(speak(served, work)) as parts:
                async for part in parts:
                    queue.put_nowait((index, part))
        except Exception as error:  # noqa: BLE001 - raised again where the answers are read
            queue.put_nowait((index, error))

    tasks = [asyncio.create_task(run(index, work)) for index, work in enumerate(works)]
    waiting = len(tasks)
    try:
        while waiting:
            index, part = await queue.get()
            if isinstance(part, BaseException):
                raise part
            waiting -= isinstance(part, Ended)
            yield index, part
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
