"""What a training asks beside its suites, of the model before and after: training prompts again, and both thinking modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import DataError, TrainError
from burnish.evaluate.asking import Question, ask, room
from burnish.evaluate.questions import answer_questions
from burnish.evaluate.recall import MOST_FACTS, recall_sample
from burnish.evaluate.run import Progress
from burnish.evaluate.thinking import contract, history_breaches, thinking_questions
from burnish.flow.events import Advanced, Said, Work
from burnish.flow.judging import HELD_OUT
from burnish.records.codec import from_json, to_json
from burnish.records.questions import Probes

if TYPE_CHECKING:
    from burnish.flow.planning import Planned
    from burnish.records.conversation import Conversation, Message
    from burnish.records.questions import Questions, Reply, ThinkingContract
    from burnish.records.report import Comparison, EvalReport
    from burnish.tokens.template import Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """The questions, the same for both models."""

    recall: tuple[Question, ...]
    reason: str
    """Why so many training rows are asked again."""
    thinking: tuple[Question, ...]
    """Empty where the template does not think."""


def extra_questions(planned: Planned) -> Extra:
    """Return what to ask beside the suites, within a bound that the training's own size sets (`evaluate.asking.SHARE`)."""
    chat, prepared = planned.opened.chat, planned.prepared
    left = room(planned.plan.epochs * sum(example.tokens for example in prepared.train))
    thinking = thinking_questions(prepared.held_out_rows, prepared.train_rows, left // 2) if chat.tags_thoughts else []
    whole = planned.tokenised.fitted
    tokens = [
        _last_answer(one.sequences[-1].supervised) if whole[one.row].tokens <= planned.plan.max_length else 0
        for one in prepared.train
    ]
    if planned.profile.about_facts:
        recall, reason = recall_sample(prepared.train_rows, tokens, sum(tokens) * 2, most=MOST_FACTS)
    else:
        recall, reason = recall_sample(prepared.train_rows, tokens, left // 2 if thinking else left)
    fitting, unfit = _answerable(chat, [*recall, *thinking], planned.plan.max_length)
    asked = [question for question in fitting if question in recall]
    return Extra(
        recall=tuple(asked),
        reason=reason + (f"; {unfit} more have no prompt that the model can be given" if unfit else ""),
        thinking=tuple(question for question in fitting if question not in asked),
    )


def _last_answer(supervised: Sequence[bool]) -> int:
    """Return the length of the last run of supervised tokens."""
    end = max((i for i, one in enumerate(supervised) if one), default=-1) + 1
    start = end
    while start > 0 and supervised[start - 1]:
        start -= 1
    return end - start


def _answerable(chat: Chat, questions: list[Question], limit: int) -> tuple[list[Question], int]:
    """Return the questions whose prompt the template can write in fewer than `limit` tokens, and how many are none such."""
    fitting = []
    for question in questions:
        try:
            length = len(chat.prompt_ids(question.messages, think=question.think))
        except DataError:
            continue
        if length < limit:
            fitting.append(question)
    return fitting, len(questions) - len(fitting)


def probe(
    saved: Path, model: Any, label: str, chat: Chat, extra: Extra, *, stage: str, should_stop: Callable[[], bool]
) -> Work[Probes]:
    """Ask all of it and keep the replies in `saved`. Raises TrainError when a stop was asked for."""
    questions = [*extra.recall, *extra.thinking]
    if not questions:
        durable.write_json(saved, to_json(Probes(model=label)))
        return Probes(model=label)
    yield Said(text=f"{stage}: {len(extra.recall)} training prompts" + (" and both thinking modes" if extra.thinking else ""))
    replies: tuple[Reply, ...] = ()
    seconds = 0.0
    for item in ask(model, chat, questions):
        if isinstance(item, Progress):
            seconds = item.seconds
            yield Advanced(stage=stage, done=item.done, total=item.total, unit="answers", seconds=item.seconds)
        else:
            replies = item
        if should_stop():
            raise TrainError(f"stopped while {stage}, as you asked", remedy="nothing is lost: continue with --resume")
    recalled, thoughts = replies[: len(extra.recall)], replies[len(extra.recall) :]
    probes = Probes(
        model=label,
        recall=recalled,
        thinking_on=tuple(one for one, asked in zip(thoughts, extra.thinking, strict=True) if asked.think),
        thinking_off=tuple(one for one, asked in zip(thoughts, extra.thinking, strict=True) if not asked.think),
        seconds=seconds,
    )
    durable.write_json(saved, to_json(probes))
    return probes


def read_probes(saved: Path) -> Probes | None:
    """Return what was kept, or None where nothing was (a run begun by an older burnish)."""
    import json

    try:
        return from_json(Probes, json.loads(saved.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def questions_answered(
    planned: Planned,
    folder: Path,
    reports: tuple[EvalReport | None, EvalReport | None],
    comparison: Comparison | None,
) -> Questions | None:
    """Return the four answers and the thinking contract from what lies in the run folder; None where it was not asked."""
    before, after = (read_probes(folder / f"{side}_probes.json") for side in ("before", "after"))
    if before is None or after is None:
        return None
    extra, prepared = extra_questions(planned), planned.prepared
    return answer_questions(
        prepared.train_rows,
        prepared.held_out_rows,
        reports,
        (before, after),
        own_suite=HELD_OUT,
        comparison=comparison,
        sample_reason=extra.reason,
        thinking=_contract(planned, extra, before, after, reports) if extra.thinking else None,
    )


def _contract(
    planned: Planned, extra: Extra, before: Probes, after: Probes, reports: tuple[EvalReport | None, EvalReport | None]
) -> ThinkingContract:
    chat, rows = planned.opened.chat, planned.prepared.train_rows
    return contract(
        extra.thinking,
        (*before.thinking_on, *before.thinking_off),
        (*after.thinking_on, *after.thinking_off),
        opened=chat.opens_thought,
        suites=reports,
        rows=rows,
        history=history_breaches(lambda row: _context(chat, row), lambda messages, think: _asked(chat, messages, think), rows),
    )


def _context(chat: Chat, row: Conversation) -> list[int]:
    """Return the ids before the last answer, as the row is trained; [] where it cannot be rendered."""
    try:
        sequence = chat.render(row).sequences[-1]
    except DataError:
        return []
    end = max(i for i, one in enumerate(sequence.supervised) if one) + 1
    return list(sequence.ids[: end - _last_answer(sequence.supervised)])


def _asked(chat: Chat, messages: Sequence[Message], think: bool) -> list[int]:
    try:
        return chat.prompt_ids(messages, think=think)
    except DataError:
        return []
