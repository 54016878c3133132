"""The verb `plan`: every number of a training from here, and its cost, before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from burnish.flow import planning
from burnish.flow.events import Work
from burnish.flow.project import load_weights
from burnish.flow.starting import starting
from burnish.records.recipe import Recipe
from burnish.registry.home import find_home
from burnish.registry.store import Registry


def plan(
    path: Path,
    model: str | None,
    recipe: Recipe,
    *,
    home: str | None,
    start: str | None = None,
    holdout: Path | None = None,
    columns: Mapping[str, str] | None = None,
) -> Work[planning.Planned]:
    """Return what `train` would do with the same words: every number with its reason, and a quote from a timed step.

    No project is made where there is none; the timed step is kept in the user's cache. Raises BurnishError.
    """
    found = find_home(Path.cwd(), home)
    registry = Registry(found) if found is not None else None
    begin = yield from starting(start, model, registry, home, memory=False)
    place = found or Path(home or Path.cwd())
    planned = yield from planning.make(path, begin.model, recipe, home=place, past=begin.past, holdout=holdout, columns=columns)
    measured = yield from planning.measure(planned, lambda: load_weights(planned.opened, dtype=planned.plan.dtype))
    return replace(planned, plan=measured)
