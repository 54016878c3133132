"""Turns into sequences: what the model is given as context, what it must say as targets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from burnish.records.example import Sequence


@dataclass(frozen=True, slots=True)
class Answered:
    """One assistant turn as at inference."""

    prompt_ids: list[int]
    """What the model is given before it answers."""
    answer_ids: list[int]
    """What it must say: its words and the end-of-turn token."""


def sequences_of(turns: Iterable[Answered]) -> tuple[Sequence, ...]:
    """Return the turns as few sequences: a turn goes on with the one before where its prompt holds that one token for token.

    Where it does not (the template rewrites earlier turns), it begins a sequence of its own. In both cases every target
    stands behind exactly the ids that the model is given at inference.
    """
    done: list[Sequence] = []
    ids: list[int] = []
    supervised: list[bool] = []
    for turn in turns:
        if ids and turn.prompt_ids[: len(ids)] != ids:
            done.append(Sequence(ids=tuple(ids), supervised=tuple(supervised)))
            ids, supervised = [], []
        fresh = turn.prompt_ids[len(ids) :]
        supervised = supervised + [False] * len(fresh) + [True] * len(turn.answer_ids)
        ids = ids + fresh + turn.answer_ids
    if ids:
        done.append(Sequence(ids=tuple(ids), supervised=tuple(supervised)))
    return tuple(done)
