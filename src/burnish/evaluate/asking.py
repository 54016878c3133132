"""Questions beside the suites, answered by real generation and not graded: training prompts again, and both thinking modes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from burnish.evaluate.run import Progress
from burnish.records.conversation import Conversation, Message
from burnish.records.questions import Reply

if TYPE_CHECKING:
    from burnish.tokens.template import Chat

CLOSE = "</think>"
SHARE = 16
"""Extra answers, both models' together, may have one token for every so many that training goes through: if a token generated
costs as much as four trained in a batch (an assumption, not measured), they cost a quarter of the training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One prompt for one model."""

    id: str
    messages: tuple[Message, ...]
    think: bool
    max_tokens: int


def ask(model: Any, chat: Chat, questions: Sequence[Question], *, batch_size: int = 16) -> Iterator[Progress | tuple[Reply, ...]]:
    """Yield a Progress for each answer, and last all replies in the order of the questions. Raises DataError as `Chat` does."""
    from burnish.model.generate import Sampling, generate

    started = time.perf_counter()
    sampling = Sampling(
        stop_ids=chat.stop_ids,
        pad_id=chat.pad_id,
        max_new_tokens=tuple(question.max_tokens for question in questions),
        batch_size=batch_size,
    )
    prompts = [chat.prompt_ids(question.messages, think=question.think) for question in questions]
    replies: dict[int, Reply] = {}
    for generated in generate(model, prompts, sampling):
        ids = list(generated.ids)
        replies[generated.index] = Reply(
            id=questions[generated.index].id,
            # Some tokenizers flag the tags of a thought as control tokens, which would not be written otherwise.
            text=chat.decode(ids, special=chat.thinks),
            tokens=len(ids) + generated.natural_stop,
            thought_tokens=thought_tokens(ids, lambda some: chat.decode(some, special=True)),
            natural_stop=generated.natural_stop,
        )
        yield Progress(len(replies), len(questions), time.perf_counter() - started)
    yield tuple(replies[i] for i in range(len(questions)))


def thought_tokens(ids: Sequence[int], decode: Callable[[Sequence[int]], str]) -> int:
    """Return how many of the ids come before the words, the closing tag included; 0 where no thought is closed."""
    if CLOSE not in decode(ids):
        return 0
    low, high = 1, len(ids)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if CLOSE in decode(ids[:middle]) else (middle + 1, high)
    return low


def thinks(conversation: Conversation) -> bool:
    """Return whether the row's last answer has a thought: as `reasoning_content`, or in `<think>` at the head of its words."""
    last = conversation.messages[conversation.last]
    thought = last.reasoning_content
    if thought is None and last.content.lstrip().startswith("<think>"):
        thought = last.content.partition("<think>")[2].partition(CLOSE)[0]
    return bool(thought and thought.strip())


def room(trained_tokens: int) -> int:
    """Return the most tokens that the extra answers of one model may have, of a training that goes through so many tokens."""
    return trained_tokens // (2 * SHARE)
