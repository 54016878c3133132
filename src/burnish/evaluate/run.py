"""A model answers the tasks of suites, and its answers are graded and counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from burnish.errors import DataError
from burnish.evaluate.answering import Answering, keys_of, known, made, slots_of
from burnish.evaluate.judgements import asking
from burnish.evaluate.kept import Kept, Said
from burnish.evaluate.statistics import mean_interval
from burnish.grading import Ask, grade
from burnish.grading.text import spoken
from burnish.records.report import EvalReport, GradedAnswer, Score, ShownAnswer, SuiteScore
from burnish.records.task import Task

if TYPE_CHECKING:
    from burnish.tokens.template import Chat


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the answering is."""

    done: int
    """Answers graded."""
    total: int
    seconds: float
    """Since the model was ready."""


@dataclass(frozen=True, slots=True)
class Reused:
    """How many answers need not be made, since nothing they are made of has changed."""

    answers: int
    total: int
    damaged: int
    """Kept answers that could not be trusted."""


DEFAULTS = Answering()


def evaluate(
    model: Any,
    chat: Chat,
    suites: Mapping[str, tuple[Task, ...]],
    settings: Answering = DEFAULTS,
    *,
    label: str = "",
    kept: Kept | None = None,
) -> Iterator[Reused | Progress | EvalReport]:
    """As `evaluate_loading`, of a model that is loaded already."""
    yield from evaluate_loading(lambda: (model, chat), suites, settings, label=label, kept=kept)


def evaluate_loading(
    load: Callable[[], tuple[Any, Chat]],
    suites: Mapping[str, tuple[Task, ...]],
    settings: Answering = DEFAULTS,
    *,
    label: str = "",
    kept: Kept | None = None,
) -> Iterator[Reused | Progress | EvalReport]:
    """Yield what is reused, then a Progress for each answer made, and last the EvalReport of the model, called `label` in it.

    `load` gives the model and its chat; it is not called where every answer is `kept` from before. Every answer is the model's
    own, token by token from the prompt alone; nothing of the target is shown to it. All suites are answered together, so that
    batches are full. Tasks that are graded by likelihood come first: their answer is the option with the highest mean
    log-probability per token (the first one of equals), with thinking off; no token is generated. Raises DataError for a suite
    without tasks, for a prompt that the model's template refuses, and for several samples of what is always the same answer.
    """
    tasks = [(name, task) for name, suite in suites.items() for task in suite]
    _check(suites, settings)
    ask = asking([task for _, task in tasks], kept)
    started = time.perf_counter()
    due = slots_of([task for _, task in tasks], settings)
    keys = dict(zip(due, keys_of(due, settings, kept), strict=True)) if kept is not None else {}
    said = known(due, list(keys.values()), kept) if kept is not None else {}
    if kept is not None:
        kept.reused += len(said)
        yield Reused(len(said), len(due), kept.damaged)
    answers = {slot: graded(slot.task, one, ask.get(slot.task.grader)) for slot, one in said.items()}
    missing = [slot for slot in due if slot not in said]
    if missing:
        model, chat = load()
        started = time.perf_counter()
        for done, (slot, one) in enumerate(made(model, chat, missing, settings), start=1):
            if kept is not None:
                kept.put(keys[slot], one)
            answers[slot] = graded(slot.task, one, ask.get(slot.task.grader))
            yield Progress(done, len(missing), time.perf_counter() - started)
    in_order = sorted(due, key=lambda slot: (slot.index, slot.sample))
    by_suite = {name: tuple(answers[slot] for slot in in_order if tasks[slot.index][0] == name) for name in suites}
    yield reported(label, by_suite, time.perf_counter() - started)


def reported(label: str, answers: Mapping[str, Sequence[GradedAnswer]], seconds: float) -> EvalReport:
    """Return the report on answers by suite: those that were graded are scored, the others are shown beside them."""
    scored = {name: [one for one in each if one.grader] for name, each in answers.items()}
    shown = {name: tuple(_shown(one) for one in each if not one.grader) for name, each in answers.items()}
    return EvalReport(
        model=label,
        suites={name: score_suite(each) for name, each in scored.items() if each},
        seconds=seconds,
        shown={name: each for name, each in shown.items() if each},
    )


def _shown(one: GradedAnswer) -> ShownAnswer:
    return ShownAnswer(
        id=one.id, prompt=one.prompt, category=one.category, text=one.text, tokens=one.tokens, natural_stop=one.natural_stop
    )


def _check(suites: Mapping[str, tuple[Task, ...]], settings: Answering) -> None:
    empty = [name for name, suite in suites.items() if not suite]
    if empty or not suites:
        raise DataError("there is a suite without tasks", seen=", ".join(empty) or "no suite", remedy="leave it out")
    if settings.samples > 1 and settings.temperature == 0:
        raise DataError(
            "several answers to one prompt would all be the same",
            seen=f"{settings.samples} samples at temperature 0",
            remedy="give a temperature, such as --temperature 0.7, or ask for one sample",
        )


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
        not_judged=sum(bool(answer.fault) for answer in answers),
        orders_agree=_mean(agree) if (agree := [len(set(one.orders)) == 1 for one in answers if one.orders]) else None,
    )


def graded(task: Task, said: Said, ask: Ask | None = None) -> GradedAnswer:
    """Return the answer with its score; what stands in `<think>` is kept in the text, and not graded. Without a grader: 0."""
    score = grade(task, spoken(said.text), ask) if task.grader else Score(value=0.0)
    return GradedAnswer(
        id=task.id,
        prompt=task.prompt,
        category=task.category,
        grader=task.grader,
        target=task.target,
        text=said.text,
        tokens=said.tokens,
        natural_stop=said.natural_stop,
        score=score.value,
        detail=score.detail + _weighed(task, said),
        cluster=task.cluster,
        fault=score.fault,
        orders=score.orders,
    )


def _weighed(task: Task, said: Said) -> str:
    pairs = zip(task.target["options"], said.weights, strict=True) if said.weights else ()
    weights = ", ".join(f"{option} {value:.2f}" for option, value in pairs)
    return f"; nats per token: {weights}" if weights else ""


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
