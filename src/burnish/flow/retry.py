"""The verb `train --retry`: the training that forgot, again, with what its own figures say should be changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from burnish.errors import RegistryError
from burnish.flow.broken import LOWER
from burnish.flow.request import Request, read_request
from burnish.flow.run_files import durable_json
from burnish.flow.sessions import past_sessions
from burnish.plan.table import ANCHORS
from burnish.records.codec import from_json
from burnish.records.plan import Plan
from burnish.records.recipe import build_recipe
from burnish.records.retention import FORGOT, Retention

if TYPE_CHECKING:
    from burnish.registry.store import Registry

ANCHORS_FIRST = 48
"""General prompts of a first retry whose fault was the general drift; doubled by each further one."""


def retried(registry: Registry) -> tuple[Request, str]:
    """Return the request of the newest training that forgot, changed, and what was changed, in words.

    Earlier sessions were forgotten: twice the replay while there are rows to replay, then half the learning rate. General
    ability fell: more general prompts answered by the base, then half the rate. Raises RegistryError when the newest version
    did not forget, or `live` has moved since.
    """
    versions = registry.versions()
    run = registry.get(versions[-1]) if versions else None
    if run is None or run.retention != FORGOT or run.parents != (registry.live,):
        raise RegistryError(
            "there is nothing to try again: the newest version did not forget, or another one is live since",
            seen=f"newest: {versions[-1] if versions else 'none'}; live: {registry.live or 'none'}",
            remedy="begin a new run: burnish train DATA",
        )
    folder = registry.runs / run.id
    plan = from_json(Plan, durable_json(folder / "plan.json"))
    kept = from_json(Retention, durable_json(folder / "retention.json"))
    earlier = len({row.id for one in past_sessions(registry, run.parents[0]) for row in one.trained})
    # A broken version forgot because it is broken: more replay would not mend that.
    changes = {"train.learning_rate": plan.learning_rate / LOWER} if run.broken else changed_settings(plan, kept, earlier)
    request = read_request(folder)
    recipe = build_recipe({**dict(request.recipe.items()), **changes})
    words = ", ".join(f"{key} {_before(plan, key):g} → {value:g}" for key, value in changes.items())
    return replace(request, recipe=recipe, start=run.parents[0]), f"trying again what made {run.id}, which forgot: {words}"


def changed_settings(plan: Plan, kept: Retention, earlier: int) -> dict[str, float | int]:
    """Return what to change, as recipe keys. `earlier`: the rows there are to replay."""
    changes: dict[str, float | int] = {}
    if _sessions_fell(kept) and plan.replay_rows < earlier:
        new = plan.replay_rows / plan.replay if plan.replay else 1.0
        changes["session.replay"] = min(2 * plan.replay, earlier / new) if plan.replay else 0.5
    if kept.general is not None and "general ability:" in kept.reason and plan.anchor < ANCHORS:
        changes["session.anchor"] = min(max(2 * plan.anchor, ANCHORS_FIRST), ANCHORS)
    return changes or {"train.learning_rate": plan.learning_rate / 2}


def _sessions_fell(kept: Retention) -> bool:
    return any(one.verdict == FORGOT for one in kept.sessions) or "together" in kept.reason


def _before(plan: Plan, key: str) -> float:
    return {"session.replay": plan.replay, "session.anchor": plan.anchor, "train.learning_rate": plan.learning_rate}[key]
