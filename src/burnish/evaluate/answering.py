"""What is asked of a model, and its answers: written token by token, chosen by likelihood, or kept from before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from burnish.evaluate.kept import Kept, Said
from burnish.grading import by_likelihood
from burnish.records.codec import JSON, to_json
from burnish.records.task import Task

if TYPE_CHECKING:
    from burnish.tokens.template import Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """How answers are made."""

    max_new_tokens: int = 128
    """The most tokens of an answer, for tasks that do not say."""
    batch_size: int = 16
    """Answers made at once; they do not depend on it (see `model.generate`)."""
    temperature: float = 0.0
    """0: the likeliest token each time."""
    seed: int = 0
    samples: int = 1
    """Answers to each prompt, each with a seed of its own; more than one needs a temperature above 0."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One answer that is due."""

    index: int
    """Of the task among all tasks."""
    sample: int
    task: Task = field(compare=False)

    @property
    def chosen(self) -> bool:
        """Whether the answer is the likeliest option; else it is written."""
        return by_likelihood(self.task)


def slots_of(tasks: Sequence[Task], settings: Answering) -> list[Slot]:
    """Return the answers that are due: one for a task whose options are weighed by likelihood, else `samples`."""
    first = [Slot(index, 0, task) for index, task in enumerate(tasks)]
    return [*first, *(replace(slot, sample=n) for n in range(1, settings.samples) for slot in first if not slot.chosen)]


def made(model: Any, chat: Chat, due: Sequence[Slot], settings: Answering) -> Iterator[tuple[Slot, Said]]:
    """Yield each answer as soon as it ends: the chosen ones first. Raises DataError and ModelError for prompts that cannot be."""
    for slot in due:
        if slot.chosen:
            yield slot, _chosen(model, chat, slot.task)
    for sample in range(settings.samples):
        yield from _written(model, chat, [slot for slot in due if slot.sample == sample and not slot.chosen], settings)


def _chosen(model: Any, chat: Chat, task: Task) -> Said:
    """Return the option with the highest mean log-probability per token (the first one of equals), thinking off."""
    from burnish.model.choose import Question, mean_logprobs

    options: list[str] = task.target["options"]
    question = Question(
        prompt=tuple(chat.prompt_ids(task.messages)),
        options=tuple(tuple(chat.answer_ids(task.messages, option)) for option in options),
    )
    found = mean_logprobs(model, question, chat.pad_id)
    best = max(range(len(options)), key=lambda i: found[i])
    return Said(text=options[best], tokens=0, natural_stop=True, weights=tuple(found))


def _written(model: Any, chat: Chat, due: Sequence[Slot], settings: Answering) -> Iterator[tuple[Slot, Said]]:
    if not due:
        return
    from burnish.model.generate import Sampling, generate

    sampling = Sampling(
        stop_ids=chat.stop_ids,
        pad_id=chat.pad_id,
        max_new_tokens=tuple(_limit(slot.task, settings) for slot in due),
        batch_size=settings.batch_size,
        temperature=settings.temperature,
        seed=settings.seed + due[0].sample,
    )
    for one in generate(model, [chat.prompt_ids(slot.task.messages) for slot in due], sampling):
        text = chat.decode(one.ids)
        yield due[one.index], Said(text=text, tokens=len(one.ids) + one.natural_stop, natural_stop=one.natural_stop)


def _limit(task: Task, settings: Answering) -> int:
    return task.max_tokens or settings.max_new_tokens


def keys_of(due: Sequence[Slot], settings: Answering, kept: Kept) -> list[str]:
    """Return the key of each answer that is due.

    Where an answer may depend on what is in its batch, its key names all written answers that are due with it, in their order,
    and the batch size. The target is in no key but a choice's, whose options are what is asked.
    """
    questions = [_question(slot, settings) for slot in due]
    beside: dict[str, JSON] = {}
    if not kept.alone:
        written = [question for slot, question in zip(due, questions, strict=True) if not slot.chosen]
        together = json.dumps([settings.batch_size, written], sort_keys=True)
        beside = {"together": hashlib.sha256(together.encode()).hexdigest()}
    return [kept.key(one if slot.chosen else {**one, **beside}) for slot, one in zip(due, questions, strict=True)]


def _question(slot: Slot, settings: Answering) -> dict[str, JSON]:
    # a training mark is no part of what is asked, and answers were kept before there was one
    messages = [{key: value for key, value in one.items() if key != "weight"} for one in to_json(slot.task.messages)]
    if slot.chosen:
        return {"messages": messages, "options": slot.task.target["options"]}
    heat = {"temperature": settings.temperature, "seed": settings.seed + slot.sample} if settings.temperature > 0 else {}
    return {"messages": messages, "limit": _limit(slot.task, settings), **heat}


def known(due: Sequence[Slot], keys: Sequence[str], kept: Kept) -> dict[Slot, Said]:
    """Return the answers that need not be made. Written ones that are not independent of each other: all of them or none."""
    found = {slot: said for slot, key in zip(due, keys, strict=True) if (said := kept.get(key)) is not None}
    if not kept.alone and any(not slot.chosen and slot not in found for slot in due):
        return {slot: said for slot, said in found.items() if slot.chosen}
    return found
