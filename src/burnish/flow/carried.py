"""A version that carries its rows: which rows, found again by what, and the training examples that teach it to use them.

Such a version is given the row nearest to a question as an earlier turn, and was trained to answer as that row does. Which row is
nearest is not left to the model: an encoder knows it (measured on eight sets of hard rewordings: the nearest row states the right
fact for 0.87 of the questions by all-mpnet-base-v2, 0.78 by all-MiniLM-L6-v2, 0.28 by words).
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from burnish.data.fact_rows import fact_rows
from burnish.data.near import normalised
from burnish.errors import DataError, TrainError
from burnish.evaluate.asking import thinks
from burnish.flow.events import Advanced, Said, Work
from burnish.records.conversation import Conversation, Message
from burnish.records.plan import UNKNOWN_QUESTION
from burnish.retrieval.about import FOLDER, Carried
from burnish.retrieval.files import SavedRows, save_rows
from burnish.retrieval.index import MemoryRow, Vectors, make_vectors
from burnish.retrieval.lexical import WORDS
from burnish.retrieval.opening import encoder_here, open_encoder, open_memory
from burnish.retrieval.recall import turns_of

if TYPE_CHECKING:
    from burnish.flow.road import Road
    from burnish.model.embed import Embedder
    from burnish.records.example import Example
    from burnish.records.plan import Plan
    from burnish.retrieval.recall import RowMemory
    from burnish.tokens.template import Chat

FIRST_ROW = 4_000_000
"""Row numbers of these examples begin here: those of other kinds lie below."""
DROPPED = 0.5
"""Words taken out of a question at most, so that what is copied is the row before it and not the question's own words."""
TOLD_EVERY = 200
"""Rows between two tellings of how far it is."""
WAYS = 3
"""In which a row is asked again, "none answers it" not counted."""
AT_ONCE = 64
"""Rows read between two tellings of how far it is."""
UNKNOWN_EVERY = 5
"""One row in so many is also asked behind "none of the rows answers it", in its order."""


def carry_rows(road: Road, should_stop: Callable[[], bool]) -> Work[None]:
    """Write the rows that the version will carry into its run folder, and make the examples. Typed again after a kill, it goes on."""
    plan = road.planned.plan
    if not plan.memory_k:
        return
    folder = road.folder / FOLDER
    memory = open_memory(folder)
    if memory is None:
        yield from _saved(road, should_stop)
        memory = open_memory(folder)
        assert memory is not None
    road.memory = memory
    asked = asked_again(memory, road.planned.prepared.train_rows, plan)
    written = yield from _written(asked, road.planned.opened.chat)
    road.recalling = tuple(one for one in written if one.tokens <= plan.max_length)
    if len(road.recalling) < len(asked):
        more = plan.max_length < road.planned.shape.context_length
        yield Said(
            text=f"{len(asked) - len(road.recalling)} of the {len(asked)} examples that teach it to use its rows are longer than "
            f"{plan.max_length:,} tokens and left out: "
            + (
                "--set train.max_length=N raises the limit"
                if more
                else "the model holds no more; shorter rows, or fewer before each question"
            ),
            level="warn",
        )


def _saved(road: Road, should_stop: Callable[[], bool]) -> Work[None]:
    earlier = [row for one in road.sessions for row in one.trained]
    conversations = {row.id: row for row in (*earlier, *road.planned.prepared.train_rows)}
    rows = carried(earlier, road.planned.prepared.train_rows)
    name = encoder_here()
    talks = sum(not _single(row) for row in conversations.values())
    told = Carried(rows=len(rows), k=road.planned.plan.memory_k, encoder=name).told
    yield Said(text=f"the version {told}{_left_out(talks, len(conversations) - talks - len(rows))}", level="head")
    if not rows:
        yield Said(
            text="only rows of one question and one answer can be put before a question, and there is none: --memory does nothing here",
            level="warn",
        )
    elif name == WORDS:
        yield Said(
            text="by words the right row of a question in other words is found in 0.28 of the cases, by an encoder in 0.87 "
            "(eight sets of hard rewordings): burnish models pull all-mpnet-base-v2, then train again",
            level="warn",
        )
    encoder = open_encoder(name) if name != WORDS else None
    vectors = (yield from _read(rows, encoder, should_stop)) if encoder is not None else None
    save_rows(
        road.folder / FOLDER,
        SavedRows(
            rows=rows,
            k=road.planned.plan.memory_k,
            unknown=road.planned.plan.memory_unknown,
            encoder=name,
            encoder_digest=encoder.digest if encoder is not None else "",
            vectors=vectors,
        ),
    )


def _left_out(talks: int, old: int) -> str:
    """Return how many rows are not carried, and why."""
    told = [
        f"{number} {'is' if number == 1 else 'are'} left out ({why})"
        for number, why in ((talks, "several turns"), (old, "answered anew by a newer row"))
        if number
    ]
    return f"; {', '.join(told)}" if told else ""


def _read(rows: Sequence[MemoryRow], encoder: Embedder, should_stop: Callable[[], bool]) -> Work[Vectors]:
    """Return the rows' vectors, telling how far it is. Raises TrainError when a stop was asked for."""
    import numpy as np

    began = time.monotonic()
    parts: list[Vectors] = []
    for start in range(0, len(rows), AT_ONCE):
        parts.append(make_vectors(rows[start : start + AT_ONCE], encoder.vectors))
        done = min(start + AT_ONCE, len(rows))
        yield Advanced(stage="reading rows", done=done, total=len(rows), unit="rows", seconds=time.monotonic() - began)
        if should_stop():
            raise TrainError("stopped while reading rows, as you asked", remedy="nothing is lost: continue with --resume")
    return Vectors(np.concatenate([part.question_RD for part in parts]), np.concatenate([part.both_RD for part in parts]))


def carried(earlier: Sequence[Conversation], new: Sequence[Conversation]) -> tuple[MemoryRow, ...]:
    """Return the rows to carry: those of one question and one answer. An earlier row whose question a new row asks too is the new one's."""
    fresh = {normalised(row.prompt[-1].content) for row in new if _single(row)}
    old = [row for row in earlier if _single(row) and normalised(row.prompt[-1].content) not in fresh]
    rows = list({row.id: row for row in (*old, *filter(_single, new))}.values())
    facts = fact_rows(rows).groups
    return tuple(
        MemoryRow(
            id=row.id,
            question=row.prompt[-1].content,
            answer=row.answer,
            fact=fact,
            source=str(row.metadata.get("source") or ""),
            where=str(row.origin or ""),
        )
        for row, fact in zip(rows, facts, strict=True)
    )


def _single(row: Conversation) -> bool:
    """Return whether the row is one question and one answer, with or without a system text."""
    spoken = [message.role for message in row.messages if message.role != "system"]
    return spoken == ["user", "assistant"]


def asked_again(memory: RowMemory, rows: Sequence[Conversation], plan: Plan) -> list[Conversation]:
    """Return the rows asked as the version will be asked: with others before them, and sometimes behind "none answers it".

    A row whose fact another row states too is asked with that one before it, and answered in that one's words: so it learns to copy.
    Measured (two subjects, 40 hard questions each): of 65 questions whose nearest row was right 65 were then answered right, and 51 where
    each row kept its own words. Each row comes whole, with words taken out, and behind a turn of the talk, which bears no mark and is not
    to be copied (62 of 65 then: see `plan.carried.memory_rows`); of many rows, which are seen once at most, each comes in one of these
    ways. Rows with a thought are left out: their answer alone would teach the model to think no more.
    """
    number_of = {row.id: number for number, row in enumerate(memory.index.rows)}
    few = WAYS * len(rows) <= plan.memory_rows * plan.epochs
    found: list[Conversation] = []
    for place, row in enumerate(row for row in rows if row.id in number_of and not thinks(row)):
        asked = _asked(memory, row, number_of[row.id], plan)
        found += asked if few else [asked[place % WAYS], *asked[WAYS:]]
    return found


def _written(asked: Sequence[Conversation], chat: Chat) -> Work[list[Example]]:
    """Return them as the model reads them, without those that need one more turn than its template takes."""
    began = time.monotonic()
    made = []
    for done, one in enumerate(asked, start=1):
        with contextlib.suppress(DataError):  # the row itself was rendered
            made.append(chat.render(one, FIRST_ROW + done))
        if done % TOLD_EVERY == 0:
            seconds = time.monotonic() - began
            yield Advanced(stage="putting rows before rows", done=done, total=len(asked), unit="rows", seconds=seconds)
    return made


def _asked(memory: RowMemory, row: Conversation, number: int, plan: Plan) -> list[Conversation]:
    """Return the row behind the rows nearest to it, whole and with words taken out, and behind a turn of the talk.

    One row in so many also stands behind "none answers it".
    """
    draw = random.Random(f"{plan.seed} {row.id}")  # noqa: S311 - not for secrets
    index = memory.index
    own = index.rows[number]
    alone = len(index.facts_of(own.fact)) == 1
    found = [index.rows[one.number] for one in index.neighbours(number, plan.memory_k, without=() if alone else (number,))]
    right = next((one for one in found if one.fact == own.fact), own)
    turns = turns_of([(one.question, one.answer) for one in reversed(found)])
    asked = [_conversation(row, turns, question, right.answer) for question in (own.question, _thinned(own.question, draw))]
    asked.append(_conversation(row, _said_before(index.rows, own, plan, draw), own.question, own.answer))
    if number % UNKNOWN_EVERY == 0:
        unknown = turns_of([(UNKNOWN_QUESTION, plan.memory_unknown)])
        asked.append(_conversation(row, unknown, _thinned(own.question, draw), plan.memory_unknown))
    return asked


def _said_before(rows: Sequence[MemoryRow], own: MemoryRow, plan: Plan, draw: random.Random) -> list[Message]:
    """Return a turn of the talk before a question: about another fact, answered or not. Nothing where there is no other fact."""
    other = draw.choice(rows)
    if other.fact == own.fact:
        return []
    answer = other.answer if draw.random() < 0.5 else plan.memory_unknown
    return [Message(role="user", content=other.question), Message(role="assistant", content=answer)]


def _thinned(question: str, draw: random.Random) -> str:
    """Return the question without some of its words, as many of them as chance has it, and never without all."""
    share, words = DROPPED * draw.random(), question.split()
    return " ".join(word for word in words if draw.random() >= share) or question


def _conversation(row: Conversation, turns: Sequence[Message], question: str, answer: str) -> Conversation:
    head = [message for message in row.messages if message.role == "system"]
    context = [Message(role=turn.role, content=turn.content, weight=0 if turn.role == "assistant" else None) for turn in turns]
    return Conversation(
        messages=(*head, *context, Message(role="user", content=question), Message(role="assistant", content=answer))
    )
