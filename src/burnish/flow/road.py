"""What the stages of one training hand to each other: what was asked, what is known, which weights are in memory."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.flow import planning
from burnish.flow.began import write_began
from burnish.flow.compression import compression_suite
from burnish.flow.gating import gate_suites
from burnish.flow.judging import HELD_OUT, gather_suites
from burnish.flow.overlap import Overlap, without_trained
from burnish.flow.project import Opened, load_weights
from burnish.flow.request import Request, recipe_toml
from burnish.flow.sessions import GENERAL, Session, keep_session, suites_of
from burnish.model.chain import merge, read_saved
from burnish.records.codec import to_json
from burnish.records.gate import COMPRESSION

if TYPE_CHECKING:
    from burnish.records.example import Example
    from burnish.records.task import Task
    from burnish.registry.store import Registry
    from burnish.retrieval.recall import RowMemory


@dataclass(slots=True, kw_only=True)
class Road:
    """What the stages of one training hand to each other."""

    request: Request
    registry: Registry
    planned: planning.Planned
    began: float
    run_id: str = ""
    folder: Path = Path()
    start: Opened | None = None
    sessions: tuple[Session, ...] = ()
    """Those that led to the start, oldest first."""
    replay: tuple[Example, ...] = ()
    """Their rows."""
    memory: RowMemory | None = None
    """The rows that the version carries; None: none."""
    recalling: tuple[Example, ...] = ()
    """Rows asked with rows before them, to train on beside the plain ones."""
    compression: dict[str, tuple[Task, ...]] | None = None
    """The suite of the gate of that name, made once; None: not looked for yet."""
    weights: Any = None
    """The loaded base; let go before the result is loaded, so that two models are never in memory at once."""


def asked(road: Road) -> dict[str, Any]:
    """Return what was asked for, and of which rows, base and version: the same again goes on with a run that was broken off."""
    return {
        **road.request.to_json(),
        "start": road.start.label if road.start is not None else "base",
        "data_hash": road.planned.profile.data_hash,
        "base_hash": road.planned.opened.source.weights_hash,
    }


def write_start(road: Road) -> None:
    """Write what a resume and the sessions to come need, before anything is spent."""
    planned = road.planned
    passing = {COMPRESSION, *([HELD_OUT] if planned.plan.folds else [])}  # of no session's own rows
    own = {name: tasks for name, tasks in suites_asked(road).items() if name not in passing}
    keep_session(road.folder, planned.prepared, own)
    write_began(road.folder, planned.opened.words.moment)
    durable.write_text(road.folder / "recipe.toml", recipe_toml(road.request.recipe))
    durable.write_json(road.folder / "plan.json", to_json(planned.plan))
    durable.write_json(
        road.folder / "ledger.json", {**planned.prepared.ledger.summary(), "entries": to_json(planned.prepared.ledger.entries)}
    )
    durable.write_json(road.folder / "request.json", asked(road))  # last: a run that has it has all that a resume needs


def suites_asked(road: Road) -> dict[str, tuple[Task, ...]]:
    """Return the suites that decide the verdict."""
    return overlap_of(road).suites


def overlap_of(road: Road) -> Overlap:
    """Return the suites to judge by, without what the rows teach."""
    prepared = road.planned.prepared
    asked = prepared.train_rows if road.planned.plan.folds else prepared.held_out_rows
    gathered = gather_suites(gate_suites(road.request.recipe.gates, road.request.suites), asked)
    if road.compression is None:
        planned = road.planned
        road.compression = compression_suite(road.request.recipe.gates, planned.opened.chat, planned.shape.context_length)
    gathered = {**road.compression, **gathered}
    earlier = [row for one in road.sessions for row in one.trained]
    return without_trained(gathered, [*prepared.train_rows, *earlier])


def let_go(road: Road) -> None:
    """Let the loaded model go, so that two are never in memory at once."""
    road.weights = None
    gc.collect()


def trained_weights(road: Road) -> Any:
    """Return the model that the adapter is trained on: the base, with the earlier sessions merged in where the plan says so."""
    if road.weights is None:
        road.weights = load_weights(road.planned.opened, dtype=road.planned.plan.dtype)
        if road.planned.plan.strategy == "merge" and road.start is not None and road.start.adapter is not None:
            merge(road.weights, read_saved(road.start.adapter))
    return road.weights


def start_weights(road: Road) -> Any:
    """Return the model where the training starts: the base that is loaded, or the version it continues from in its place."""
    if road.start is None:
        return trained_weights(road)
    let_go(road)
    return load_weights(road.start, dtype=road.planned.plan.dtype)


def base_weights(road: Road) -> Any:
    """Return the base itself, without any session."""
    if road.planned.plan.strategy != "merge":
        return trained_weights(road)
    let_go(road)
    return load_weights(road.planned.opened, dtype=road.planned.plan.dtype)


def kept_suites(road: Road) -> dict[str, tuple[Task, ...]]:
    """Return what a version that continues another is asked beside its own questions: the earlier ones, and the general probes."""
    return {**suites_of(road.sessions), **gather_suites((GENERAL,))} if road.sessions else {}
