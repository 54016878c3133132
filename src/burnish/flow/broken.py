"""Is what was trained a model still? From its loss on the same rows and its answers to the same prompts, before and after.

A broken version is kept, and never made live by itself: its verdict is "worse", whatever the scores can tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from burnish.evaluate.degenerate import Reply, degenerate, suite_pairs
from burnish.evaluate.recall import LONGEST
from burnish.flow.judging import HELD_OUT
from burnish.flow.probing import extra_questions, read_probes
from burnish.plan.rate import rate_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from burnish.evaluate.degenerate import Pair
    from burnish.flow.planning import Planned
    from burnish.records.report import EvalReport
    from burnish.train.events import Finished

LOWER = 4
"""By how much the plan's own rate is lowered where it was the one that broke the model. A choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What shows that a version is broken, and what to do about it."""

    reason: str
    remedy: str


def broken_version(
    planned: Planned, folder: Path, reports: tuple[EvalReport | None, EvalReport | None], finished: Finished
) -> Broken | None:
    """Return why a version is broken; None where nothing shows that it is."""
    pairs = [*suite_pairs(*reports, _with_room(planned, reports[1])), *_recalled(planned, folder)]
    # A start that does no better than guessing among all tokens said nothing that training could have broken.
    guessed = finished.loss_start is not None and finished.loss_start >= math.log(planned.shape.vocabulary)
    answers = "" if guessed else degenerate(pairs)
    reasons = [one for one in (finished.diverged, answers) if one]
    if not reasons:
        return None
    return Broken(reason="; ".join(reasons), remedy=_remedy(planned, finished, answers))


def _with_room(planned: Planned, after: EvalReport | None) -> Iterator[tuple[str, str]]:
    """Yield the held-out questions whose wanted answer takes fewer tokens than its limit, by this very tokenizer."""
    suite = after.suites.get(HELD_OUT) if after is not None else None
    if suite is None:
        return
    from burnish.evaluate.suite import held_out_suite

    limits = {one.id: one.max_tokens or 0 for one in held_out_suite(planned.prepared.held_out_rows)}
    for one in suite.answers:
        if isinstance(one.target, str) and len(planned.opened.chat.raw_ids(one.target)) < limits.get(one.id, 0):
            yield HELD_OUT, one.id


def _recalled(planned: Planned, folder: Path) -> list[Pair]:
    """Return both answers to the training prompts that were asked again; each has a quarter more room than the row's own answer."""
    sides = [read_probes(folder / f"{side}_probes.json") for side in ("before", "after")]
    if sides[0] is None or sides[1] is None:
        return []
    room = {one.id: one.max_tokens < LONGEST for one in extra_questions(planned).recall}
    old, new = ({one.id: one for one in side.recall} for side in sides if side is not None)
    return [
        (
            Reply(text=old[name].text, natural_stop=old[name].natural_stop, has_room=room.get(name, False)),
            Reply(text=one.text, natural_stop=one.natural_stop, has_room=room.get(name, False)),
        )
        for name, one in new.items()
        if name in old
    ]


def _remedy(planned: Planned, finished: Finished, answers: str) -> str:
    """Return what to type: the rate that the plan would choose, or a lower one where it was that; the length where rows lost their end."""
    ledger = planned.prepared.ledger
    shortened = ledger.count("shortened")
    if not finished.diverged and "do not end" in answers and shortened * 2 > ledger.count("trained") + shortened:
        return f"{shortened} rows were shortened and lost their end: raise --set train.max_length={planned.plan.max_length}"
    return lower_rate(planned, finished.steps)


def lower_rate(planned: Planned, steps: int) -> str:
    """Return the learning rate to try, as a person would type it, and why that one."""
    own, _ = rate_for(planned.profile, planned.shape.parameters, steps)
    used = planned.plan.learning_rate
    if used > own:
        return (
            f"lower the rate: --set train.learning_rate={own:g} is what the plan would choose for these rows, and it was {used:g}"
        )
    return f"lower the rate: --set train.learning_rate={used / LOWER:.2g}, a quarter of {used:g}"
