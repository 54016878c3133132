"""A model answers the tasks of suites, by real generation or by choosing the likeliest option, and its answers are graded."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from burnish.errors import DataError
from burnish.evaluate.statistics import mean_interval
from burnish.grading import GRADERS, grade
from burnish.grading.text import spoken
from burnish.records.report import EvalReport, GradedAnswer, SuiteScore
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
class Progress:
    """How far the answering is."""

    done: int
    """Answers graded."""
    total: int
    seconds: float
    """Since the first prompt was handed to the model."""


DEFAULTS = Answering()


def evaluate(
    model: Any, chat: Chat, suites: Mapping[str, tuple[Task, ...]], settings: Answering = DEFAULTS, *, label: str = ""
) -> Iterator[Progress | EvalReport]:
    """Yield a Progress for each answer, and last the EvalReport of the model, called `label` in it.

    Every answer is the model's own, token by token from the prompt alone; nothing of the target is shown to it. All suites
    are answered together, so that batches are full. Tasks that are graded by likelihood come first: their answer is the option
    with the highest mean log-probability per token (the first one of equals), with thinking off; no token is generated. Raises
    DataError for a suite without tasks, for a prompt that the model's template refuses, and for several samples of what is always
    the same answer.
    """
    tasks = [(name, task) for name, suite in suites.items() for task in suite]
    empty = [name for name, suite in suites.items() if not suite]
    if empty or not tasks:
        raise DataError("there is a suite without tasks", seen=", ".join(empty) or "no suite", remedy="leave it out")
    if settings.samples > 1 and settings.temperature == 0:
        raise DataError(
            "several answers to one prompt would all be the same",
            seen=f"{settings.samples} samples at temperature 0",
            remedy="give a temperature, such as --temperature 0.7, or ask for one sample",
        )
    started = time.perf_counter()
    answers: dict[tuple[int, int], GradedAnswer] = {}
    chosen = {i: task for i, (_, task) in enumerate(tasks) if GRADERS[task.grader].by_likelihood}
    written = {i: task for i, (_, task) in enumerate(tasks) if i not in chosen}
    total = len(chosen) + len(written) * settings.samples
    for (index, sample), answer in itertools.chain(_choose(model, chat, chosen), _write(model, chat, written, settings)):
        answers[index, sample] = answer
        yield Progress(len(answers), total, time.perf_counter() - started)
    by_suite = {name: tuple(answers[key] for key in sorted(answers) if tasks[key[0]][0] == name) for name in suites}
    scores = {name: score_suite(graded) for name, graded in by_suite.items()}
    yield EvalReport(model=label, suites=scores, seconds=time.perf_counter() - started)


def _choose(model: Any, chat: Chat, tasks: Mapping[int, Task]) -> Iterator[tuple[tuple[int, int], GradedAnswer]]:
    """Yield the answer to each task whose options are weighed by likelihood, with its place: the same in every sample."""
    from burnish.model.choose import Question, mean_logprobs

    for index, task in tasks.items():
        options: list[str] = task.target["options"]
        question = Question(
            prompt=tuple(chat.prompt_ids(task.messages)),
            options=tuple(tuple(chat.answer_ids(task.messages, option)) for option in options),
        )
        found = mean_logprobs(model, question, chat.pad_id)
        best = max(range(len(options)), key=lambda i: found[i])
        weights = ", ".join(f"{option} {value:.2f}" for option, value in zip(options, found, strict=True))
        answer = graded(task, options[best], tokens=0, natural_stop=True)
        yield (index, 0), replace(answer, detail=f"{answer.detail}; nats per token: {weights}")


def _write(
    model: Any, chat: Chat, tasks: Mapping[int, Task], settings: Answering
) -> Iterator[tuple[tuple[int, int], GradedAnswer]]:
    """Yield each generated answer to each task with (its place, its sample), as soon as it ends."""
    from burnish.model.generate import Sampling, generate

    places, prompts = list(tasks), [chat.prompt_ids(task.messages) for task in tasks.values()]
    sampling = Sampling(
        stop_ids=chat.stop_ids,
        pad_id=chat.pad_id,
        max_new_tokens=tuple(task.max_tokens or settings.max_new_tokens for task in tasks.values()),
        batch_size=settings.batch_size,
        temperature=settings.temperature,
        seed=settings.seed,
    )
    for sample in range(settings.samples):
        for one in generate(model, prompts, replace(sampling, seed=settings.seed + sample)):
            task, tokens = tasks[places[one.index]], len(one.ids) + one.natural_stop
            answer = graded(task, chat.decode(one.ids), tokens=tokens, natural_stop=one.natural_stop)
            yield (places[one.index], sample), answer


def score_suite(answers: Sequence[GradedAnswer]) -> SuiteScore:
    """Return the mean of at least one graded answer with its 95 % interval, in all and by category.

    Several answers to one prompt count as one item, their mean; the interval is by cluster. `n` is the number of prompts.
    """
    by_prompt: dict[str, list[GradedAnswer]] = {}
    for answer in answers:
        by_prompt.setdefault(answer.id, []).append(answer)
    scores = [_mean([answer.score for answer in group]) for group in by_prompt.values()]
    low, high = mean_interval(scores, [(bool(group[0].cluster), group[0].cluster or id_) for id_, group in by_prompt.items()])
    categories: dict[str, list[float]] = {}
    for answer in answers:
        categories.setdefault(answer.category, []).append(answer.score)
    return SuiteScore(
        mean=_mean(scores),
        low=low,
        high=high,
        n=len(scores),
        natural_stop_rate=_mean([answer.natural_stop for answer in answers]),
        mean_tokens=_mean([answer.tokens for answer in answers]),
        answers=tuple(answers),
        by_category={category: _mean(values) for category, values in categories.items()},
    )


def graded(task: Task, text: str, *, tokens: int, natural_stop: bool) -> GradedAnswer:
    """Return the answer with its score; what stands in `<think>` is kept in the text, and not graded."""
    score = grade(task, spoken(text))
    return GradedAnswer(
        id=task.id,
        prompt=task.prompt,
        category=task.category,
        grader=task.grader,
        target=task.target,
        text=text,
        tokens=tokens,
        natural_stop=natural_stop,
        score=score.value,
        detail=score.detail,
        cluster=task.cluster,
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
