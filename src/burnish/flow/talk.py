"""The verbs `chat` and `generate`: a version answers, by the same path as it was trained and judged."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.data.read import parse_json
from burnish.errors import DataError, gather
from burnish.flow.events import Advanced, Work
from burnish.flow.project import load_weights, open_version, said_carried
from burnish.flow.rowless import said_rowless
from burnish.model.generate import Sampling, generate as generated, stream
from burnish.records.conversation import ROLES, Message

if TYPE_CHECKING:
    from burnish.flow.project import Opened
    from burnish.tokens.template import Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What `generate` wrote."""

    items: int
    seconds: float
    tokens_per_second: float
    path: Path
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How answers are drawn."""

    temperature: float = 0.0
    seed: int = 0
    max_tokens: int = 256
    batch_size: int = 16
    think: bool | None = None


class Conversing:
    """A chat that is open: weights loaded, history kept."""

    def __init__(self, opened: Opened, voice: Voice, system: str | None = None) -> None:
        """Load the version's weights and begin with an optional system prompt."""
        self.opened = opened
        self._chat = opened.chat.at(None)  # a talk may last beyond midnight: its date is the real one
        self.voice = voice
        self.model = load_weights(opened)
        self.messages: list[Message] = [Message(role="system", content=system)] if system else []

    @property
    def label(self) -> str:
        """Who is talked to."""
        return self.opened.label

    def answer(self, words: str) -> Iterator[str]:
        """Yield the answer to `words` in pieces of whole characters, and keep both in the history."""
        self.messages.append(Message(role="user", content=words))
        chat = self._chat
        settings = Sampling(
            stop_ids=chat.stop_ids,
            pad_id=chat.pad_id,
            max_new_tokens=self.voice.max_tokens,
            temperature=self.voice.temperature,
            seed=self.voice.seed + len(self.messages),
        )
        ids: list[int] = []
        shown = ""
        for token in stream(self.model, chat.prompt_ids(self.messages, think=self.voice.think), settings):
            ids.append(token)
            text = chat.decode(ids)
            # A character of several bytes may come in several tokens; it is shown once it is whole.
            if not text.endswith("\N{REPLACEMENT CHARACTER}") and len(text) > len(shown):
                yield text[len(shown) :]
                shown = text
        text = chat.decode(ids)
        if len(text) > len(shown):
            yield text[len(shown) :]
        if self.voice.think and chat.opens_thought:
            text = f"<think>\n{text}"  # the prompt wrote this tag; history must know where the thought begins
        self.messages.append(Message(role="assistant", content=text))


def open_chat(
    reference: str | None, voice: Voice, *, home: str | None, model: str | None, system: str | None, memory: bool = True
) -> Work[Conversing]:
    """Open a chat with a version, the live one by default, else the base model. `memory`: whether it answers with the rows it carries."""
    opened = yield from open_version(reference, home=home, model=model, memory=memory)
    yield from said_carried(opened)
    return Conversing(opened, voice, system)


def generate(
    prompts: Path, out: Path, reference: str | None, voice: Voice, *, home: str | None, model: str | None, memory: bool = True
) -> Work[Generation]:
    """Answer a file of prompts in batches; `out` gets one JSON object a line (id, text, natural_stop, tokens), in order.

    `memory`: whether a version answers with the rows it carries.
    """
    asked = read_prompts(prompts)
    opened = yield from open_version(reference, home=home, model=model, memory=memory)
    chat = opened.chat
    yield from said_carried(opened)
    yield from said_rowless(opened)
    prompt_ids = _ids_of(chat, asked, voice, prompts)  # refused, where it must be, before the weights are loaded
    weights = load_weights(opened)
    settings = Sampling(
        stop_ids=chat.stop_ids,
        pad_id=chat.pad_id,
        max_new_tokens=voice.max_tokens,
        temperature=voice.temperature,
        seed=voice.seed,
        batch_size=voice.batch_size,
    )
    began = time.monotonic()
    lines: list[str] = [""] * len(asked)
    tokens = 0
    for done, item in enumerate(generated(weights, prompt_ids, settings), start=1):
        count = len(item.ids) + item.natural_stop
        tokens += count
        answer = {"id": asked[item.index][0], "text": chat.decode(item.ids), "natural_stop": item.natural_stop, "tokens": count}
        lines[item.index] = json.dumps(answer, ensure_ascii=False)
        yield Advanced(stage="answering", done=done, total=len(asked), unit="answers", seconds=time.monotonic() - began)
    seconds = time.monotonic() - began
    durable.write_text(out, "".join(line + "\n" for line in lines))
    return Generation(
        items=len(asked), seconds=seconds, tokens_per_second=tokens / max(seconds, 1e-9), path=out, version=opened.label
    )


def _ids_of(chat: Chat, asked: Sequence[tuple[str, Sequence[Message]]], voice: Voice, path: Path) -> list[list[int]]:
    """Return the ids of all prompts. Raises DataError that names every one that cannot be put to the model."""
    ids: list[list[int]] = []
    faults = []
    for name, messages in asked:
        try:
            ids.append(chat.prompt_ids(messages, think=voice.think))
        except DataError as error:
            faults.append(f"prompt {name}: " + "; ".join(part for part in (error.what, error.seen, error.remedy) if part))
    if faults:
        remedy = "mend the prompts named, or leave them out"
        raise gather(f"the prompts of {path} cannot be put to the model:", faults, remedy=remedy)
    return ids


def read_prompts(path: Path) -> list[tuple[str, Sequence[Message]]]:
    """Return (id, messages) of a JSONL of {"prompt": ...} or {"messages": [...]} or plain texts. Raises DataError with all faults."""
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError as error:
        raise DataError(f"cannot read {path}", seen=error.strerror or str(error), remedy="name a JSONL file of prompts") from None
    asked: list[tuple[str, Sequence[Message]]] = []
    faults = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked.append(_prompt(parse_json(line), number))
        except ValueError as error:
            faults.append(f"line {number}: {error.what if isinstance(error, DataError) else error}")
    if faults or not asked:
        raise gather(
            f"the prompts of {path} cannot be used:",
            faults or ["no prompt in it"],
            remedy='write one prompt a line: {"id":"1","prompt":"..."} or {"messages":[...]}',
        )
    return asked


def _prompt(value: Any, number: int) -> tuple[str, Sequence[Message]]:
    if isinstance(value, str):
        return str(number), [Message(role="user", content=value)]
    if not isinstance(value, dict):
        raise DataError("neither a text nor an object")
    name = str(value.get("id", number))
    if isinstance(value.get("prompt"), str):
        return name, [Message(role="user", content=value["prompt"])]
    messages = value.get("messages")
    if not isinstance(messages, list) or not messages:
        raise DataError("neither `prompt` nor `messages` in it")
    turns = []
    for i, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ROLES or not isinstance(message.get("content"), str):
            raise DataError(f"messages[{i}] needs a role ({', '.join(ROLES)}) and a content text")
        turns.append(Message(role=message["role"], content=message["content"]))
    if turns[-1].role == "assistant":
        turns.pop()  # a training row given as a prompt: its answer is what the model is to say
    if not turns:
        raise DataError("nothing is asked: only an assistant's turn is there")
    return name, turns
