"""Small examples, plans and jobs for the tests of training."""

from __future__ import annotations

import random
from dataclasses import replace

from burnish.records.example import Example, Sequence
from burnish.records.plan import Plan
from plan_toys import PLAN
from toys import SEED

PAD = 259


def sequence(length: int, seed: int, supervised: int | None = None) -> Sequence:
    """Return a sequence of random bytes whose last tokens (half of them by default) are supervised."""
    ids = tuple(random.Random(f"{SEED}:{seed}").choices(range(256), k=length))
    count = length // 2 if supervised is None else supervised
    return Sequence(ids=ids, supervised=(False,) * (length - count) + (True,) * count)


def examples(number: int, start: int = 0) -> tuple[Example, ...]:
    """Return rows of unlike lengths (8 to 30 tokens), the same for the same numbers."""
    rows = range(start, start + number)
    return tuple(Example(sequences=(sequence(8 + 7 * i % 23, i),), row=i) for i in rows)


def plan(**changes) -> Plan:
    """Return the toy plan with some numbers changed."""
    return replace(PLAN, **changes)


def job(model, folder, *, rows: int = 10, **changes):
    """Return a job on the toy model: 10 rows trained in 3 steps an epoch, 3 held out; plan's numbers go in `plan`."""
    from burnish.train.loop import Job

    given = {"plan": PLAN, "train": examples(rows), "held_out": examples(3, start=100), "pad_id": PAD, "base_name": "toy"}
    return Job(model=model, folder=folder, **{**given, **changes})


def finished(a_job):
    """Run a job to its end and return its last event."""
    from burnish.train.loop import train

    return list(train(a_job))[-1]
