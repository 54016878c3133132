"""A model answers a conversation whole and shortened, so that a person sees what shortening costs in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from burnish.records.conversation import Message

if TYPE_CHECKING:
    from burnish.flow.project import Opened

ANSWER_TOKENS = 128
"""The longest answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the model answers."""

    text: str = ""
    tokens: int = 0
    natural_stop: bool = False
    """Whether the model ended its turn itself."""
    fault: str = ""
    """Why there is no answer; empty where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Two answers to one question."""

    whole: Answer
    """With all turns."""
    shortened: Answer
    """With those that are left, and the note on the others."""


def both_answers(
    opened: Opened, load: Callable[[], Any], talks: Sequence[tuple[Sequence[Message], Sequence[Message]]]
) -> Iterator[Answers]:
    """Yield the answers to each (whole, shortened) talk: the likeliest words. Raises ModelError where the weights cannot be read."""
    for whole, shortened in talks:
        yield Answers(whole=_answer(opened, load(), whole), shortened=_answer(opened, load(), shortened))


def reads(model: Any) -> int:
    """Return how many tokens a model can read at most."""
    return int(model.config.get_text_config(decoder=True).max_position_embeddings)


def _answer(opened: Opened, model: Any, messages: Sequence[Message]) -> Answer:
    from burnish.model.generate import Sampling, stream

    chat = opened.chat
    asked = list(messages)
    while asked[-1].role == "assistant":
        asked.pop()  # a training row: its answer is what the model is to say
    ids = chat.prompt_ids(asked)
    room = min(ANSWER_TOKENS, reads(model) - len(ids))
    if room < 1:
        return Answer(fault=f"it has {len(ids)} tokens, and the model can read {reads(model)}")
    said = list(stream(model, ids, Sampling(stop_ids=chat.stop_ids, pad_id=chat.pad_id, max_new_tokens=room)))
    return Answer(text=chat.decode(said).strip(), tokens=len(said), natural_stop=len(said) < room)
