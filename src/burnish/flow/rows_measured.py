"""A version that carries its rows, beside itself without them: right, invented, tokens and seconds a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import TrainError
from burnish.evaluate.asking import Question, ask
from burnish.evaluate.run import Progress
from burnish.flow.events import Advanced, Said, Work
from burnish.flow.judging import HELD_OUT, judge
from burnish.flow.probing import Extra, extra_questions, probe, read_probes
from burnish.flow.run_files import durable_json
from burnish.flow.sessions import read_report
from burnish.flow.taught import LIKENESS, right_by_id
from burnish.grading.abstains import says_unknown
from burnish.grading.text import spoken
from burnish.records.carried import CarriedAsked, RowsMeasured, WithRows
from burnish.records.codec import from_json, to_json
from burnish.records.taught import OTHER_WORDS, TRAINED_WORDS

if TYPE_CHECKING:
    from burnish.flow.road import Road
    from burnish.records.conversation import Message
    from burnish.records.task import Task
    from burnish.tokens.template import Chat

ALONE_PROBES, ALONE, ASKED = "alone_probes.json", "alone.json", "carried_asked.json"
LEFT_OUT_MOST = 40
"""Questions asked with the rows of their fact taken out, at most."""
ANSWER_TOKENS = 48


def asked_without(road: Road) -> bool:
    """Return whether `ask_without` has nothing left to ask."""
    return road.memory is None or (road.folder / ASKED).exists()


def ask_without(road: Road, weights: Any, chat: Chat, own: Sequence[Task], should_stop: Callable[[], bool]) -> Work[None]:
    """Ask the version without its rows, and where its rows do not answer. `chat` is the one that puts no rows before a question."""
    if asked_without(road):
        return
    yield Said(text="after: the same version without the rows that it carries", level="head")
    extra = extra_questions(road.planned)
    recall = Extra(recall=extra.recall, reason=extra.reason, thinking=())
    stage = "asking without its rows"
    yield from probe(road.folder / ALONE_PROBES, weights, road.run_id, chat, recall, stage=stage, should_stop=should_stop)
    if own:
        report = yield from judge(
            lambda: (weights, chat),
            road.run_id,
            {HELD_OUT: tuple(own)},
            stage="answering without its rows",
            should_stop=should_stop,
        )
        durable.write_json(road.folder / ALONE, to_json(report))
    yield from _ask_left_out(road, weights, chat, should_stop)


def _ask_left_out(road: Road, weights: Any, chat: Chat, should_stop: Callable[[], bool]) -> Work[None]:
    questions = left_out_questions(road, chat)
    replies: tuple[Any, ...] = ()
    for item in ask(weights, chat, questions) if questions else ():
        if isinstance(item, Progress):
            stage = "asking what its rows do not say"
            yield Advanced(stage=stage, done=item.done, total=item.total, unit="answers", seconds=item.seconds)
        else:
            replies = item
        if should_stop():
            raise TrainError("stopped while asking, as you asked", remedy="nothing is lost: continue with --resume")
    asked = [question.messages for question in extra_questions(road.planned).recall]
    recalled = chat.recalling(road.memory.recall) if road.memory is not None else chat
    kept = CarriedAsked(
        left_out=replies, prompt_tokens_with=_mean_tokens(recalled, asked), prompt_tokens_alone=_mean_tokens(chat, asked)
    )
    durable.write_json(road.folder / ASKED, to_json(kept))


def _mean_tokens(chat: Chat, asked: Sequence[Sequence[Message]]) -> float:
    return sum(len(chat.prompt_ids(messages)) for messages in asked) / max(1, len(asked))


def left_out_questions(road: Road, chat: Chat) -> list[Question]:
    """Return trained questions about facts, one a fact, each with what is recalled for it once the rows of its fact are gone."""
    memory, rows = road.memory, road.planned.prepared.train_rows
    if memory is None or not road.planned.profile.about_facts:
        return []
    index = memory.index
    fact_of = {row.id: row.fact for row in index.rows}
    first = {fact_of[row.id]: row for row in reversed(rows) if row.id in fact_of}
    questions = []
    for fact, row in list(first.items())[::-1][:LEFT_OUT_MOST]:
        messages = tuple(chat.recalling(partial(memory.recall, without=index.facts_of(fact))).recalled(row.prompt))
        questions.append(Question(id=row.id, messages=messages, think=False, max_tokens=ANSWER_TOKENS))
    return questions


def carried_of(road: Road) -> RowsMeasured | None:
    """Return what the carried rows do, from what lies in the run folder; None where the version carries none or was not asked."""
    folder, memory = road.folder, road.memory
    if memory is None or not (folder / ASKED).exists():
        return None
    asked = from_json(CarriedAsked, durable_json(folder / ASKED))
    probes = [read_probes(folder / name) for name in ("after_probes.json", ALONE_PROBES)]
    right = right_by_id(road.planned)
    left = [_left_out(one.text, right(one.id, spoken(one.text)), road.planned.plan.memory_unknown) for one in asked.left_out]
    counts = [len(one.recall) if one is not None else 0 for one in probes]
    seconds = [one.seconds / count if one is not None and count else 0.0 for one, count in zip(probes, counts, strict=True)]
    return RowsMeasured(
        rows=len(memory.index.rows),
        k=memory.k,
        encoder=memory.encoder,
        kinds=tuple(_kinds(folder, right, probes)),
        left_out=len(left),
        said_unknown=left.count("unknown"),
        right_all_the_same=left.count("right"),
        prompt_tokens_with=asked.prompt_tokens_with,
        prompt_tokens_alone=asked.prompt_tokens_alone,
        seconds_with=seconds[0],
        seconds_alone=seconds[1],
    )


def _left_out(text: str, right: bool | None, unknown: str) -> str:
    if spoken(text).strip().casefold() == unknown.strip().casefold() or says_unknown(text):
        return "unknown"
    return "right" if right else "invented"


def _kinds(folder: Path, right: Callable[[str, str], bool | None], probes: Sequence[Any]) -> list[WithRows]:
    """Return each kind of question with the share of right answers, with the rows and without; likeness where rows state no facts."""
    kinds = []
    if all(probes):
        found = [{one.id: right(one.id, spoken(one.text)) for one in side.recall} for side in probes]
        kinds.append(_kind(TRAINED_WORDS, *found))
    reports = [read_report(folder / name) for name in ("after.json", ALONE)]
    sides = [
        {one.id: one for one in report.suites[HELD_OUT].answers} if report is not None and HELD_OUT in report.suites else {}
        for report in reports
    ]
    kinds.append(_kind(OTHER_WORDS, *({name: right(name, spoken(one.text)) for name, one in side.items()} for side in sides)))
    values = [{name: one.score for name, one in side.items()} for side in sides]
    kinds.append(_kind(LIKENESS, *values))
    return [kind for kind in kinds if kind.n]


def _kind(name: str, with_rows: dict[str, Any], alone: dict[str, Any]) -> WithRows:
    both = [one for one in with_rows if with_rows[one] is not None and alone.get(one) is not None]
    means = [sum(float(side[one]) for one in both) / max(1, len(both)) for side in (with_rows, alone)]
    return WithRows(name=name, n=len(both), with_rows=means[0], alone=means[1])
