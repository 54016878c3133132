"""The suite of the gate `compression`: facts told in long conversations, asked for after these were shortened to half of their tokens.

The same questions before and after training, shortened by the default method of `burnish context`: what a served version is given when a
conversation grows too long. Both models get the same shortened text, so the difference is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from burnish.context.planted import planted
from burnish.context.ruler import ruler_of
from burnish.context.shorten import budget_of, shorten
from burnish.errors import RecipeError
from burnish.records.gate import COMPRESSION
from burnish.records.task import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from burnish.records.gate import Gate
    from burnish.tokens.template import Chat

FIRST_SEED, TALKS, TURNS, FACTS, ASKED = 4_000, 12, 16, 4, 2
"""Twelve talks of 16 turns, in each of which 4 facts are told and 2 asked for: 24 questions of about 400 tokens each."""
RATIO = 0.5
ANSWER_TOKENS = 32


def compression_suite(gates: Sequence[Gate], chat: Chat, context: int) -> dict[str, tuple[Task, ...]]:
    """Return the suite by its name where a gate asks for it, else nothing. Raises RecipeError where the model's context is too short."""
    gate = next((one for one in gates if one.name == COMPRESSION), None)
    if gate is None:
        return {}
    tasks = tuple(task for seed in range(FIRST_SEED, FIRST_SEED + TALKS) for task in _questions(seed, chat))
    longest = max(len(chat.prompt_ids(task.messages)) for task in tasks) + ANSWER_TOKENS
    if longest > context:
        raise RecipeError(
            "the gate compression cannot be judged: the model's context is too short for it",
            seen=f"{gate.place + ': ' if gate.place else ''}{context} tokens; a shortened conversation with its answer takes {longest}",
            remedy="leave the gate out for this model",
        )
    return {COMPRESSION: tasks}


def _questions(seed: int, chat: Chat) -> list[Task]:
    talk, ruler = planted(seed, turns=TURNS, facts=FACTS), ruler_of(chat)
    made = []
    for fact in talk.facts[:: FACTS // ASKED]:
        messages = talk.asking([fact])
        short = shorten(messages, budget_of(messages, RATIO, ruler), ruler)
        task_id = f"{seed}-{fact.turn}"
        made.append(
            Task(
                id=task_id,
                messages=short.messages,
                grader="contains",
                target=fact.value,
                max_tokens=ANSWER_TOKENS,
                cluster=str(seed),
            )
        )
    return made
