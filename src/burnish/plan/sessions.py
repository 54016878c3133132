"""How a version is continued: which way, with how many earlier rows and general prompts. Needs nothing but the facts of the past."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from burnish.errors import RecipeError, gather
from burnish.plan import table
from burnish.records.retention import RULE

if TYPE_CHECKING:
    from burnish.plan.draft import Draft
    from burnish.records.past import Past


FRESH = "fresh"
"""The strategy of a training that continues nothing."""


def settle_strategy(draft: Draft) -> None:
    """Settle session.strategy. One that is asked for waits until there is a version to continue: a project's recipe may name it."""
    asked = draft.asked("session.strategy")
    if draft.past is None:
        waits = f"; {asked} is for a version that is continued, and has no effect yet" if asked is not None else ""
        draft.values["session.strategy"] = FRESH
        draft.reasons["session.strategy"] = f"the first session: training starts from the base{waits}"
        return
    draft.settle("session.strategy", table.STRATEGY, table.STRATEGY_REASON)


def settle_same_adapter(draft: Draft, past: Past) -> None:
    """Settle the adapter's shape as it was: training goes on with the same matrices. Raises RecipeError for what contradicts."""
    same = {"lora.rank": past.rank, "lora.alpha": past.alpha, "lora.targets": past.targets, "lora.rslora": past.rslora}
    clash = [
        f"{key}: {asked!r}, version {past.version} has {value!r}"
        for key, value in same.items()
        if (asked := draft.asked(key)) is not None and _plain(asked) != _plain(value)
    ]
    if clash:
        raise gather(
            "a version is continued with the adapter it has:",
            clash,
            remedy="leave these keys out, choose session.strategy = stack, or begin anew with --from base",
            cls=RecipeError,
        )
    for key, value in same.items():
        draft.values[key], draft.reasons[key] = value, f"as version {past.version} has it: the same adapter is trained on"
    draft.settle("lora.dropout", table.DROPOUT, "none: stopping at the right epoch guards small data better, and costs no memory")


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, tuple) else value


def settle_sessions(draft: Draft) -> None:
    """Settle session.replay and session.anchor. Needs the rows and the hold-out."""
    past = draft.past
    draft.settle("session.margin", table.MARGIN, RULE)
    if past is None:
        draft.settle("session.replay", 0.0, "the first session has no earlier rows")
        draft.settle(
            "session.anchor", 0, "none: the rows alone decide; a number of general prompts would hold the model near its start"
        )
        return
    draft.settle("session.replay", *_replay(draft, past))
    draft.settle("session.anchor", table.SESSION_ANCHORS, table.SESSION_ANCHORS_REASON)


def _replay(draft: Draft, past: Past) -> tuple[float, str]:
    """Return the share, and why: enough that every earlier row has its turns, and never more than a bounded part of an epoch."""
    if not past.rows:
        return 0.0, f"none of the rows of the {past.sessions} earlier sessions are kept"
    new = max(1, draft.profile.rows - draft["data.holdout"])
    epochs = draft.asked("train.epochs") or table.epochs_for(draft.profile)
    if draft.steps_asked:
        epochs = max(1, -(-draft.asked("train.max_steps") * draft["train.batch_rows"] // new))
    wanted = table.REPLAY_TURNS * past.rows / epochs / new
    share = min(table.REPLAY_MOST, max(table.REPLAY_LEAST, wanted))
    share = min(math.ceil(share * 20) / 20, past.rows / new)
    turns = share * new * epochs / past.rows
    return round(share, 2), (
        f"{round(share * new)} of {past.rows} earlier rows an epoch, so that each comes {turns:.1f} times in {epochs} epochs; "
        f"at most {table.REPLAY_MOST:g} times the new rows, so that a session's cost stays bounded"
    )
