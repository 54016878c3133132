"""The verb `demo`: the whole road on the embedded model and the starter rows, ending in a verdict."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from burnish.flow.check import check
from burnish.flow.events import Said, Shown, Work
from burnish.flow.look import look
from burnish.flow.project import DEFAULT_MODEL
from burnish.flow.request import Request
from burnish.flow.rows import ledger_lines
from burnish.flow.train import Trained, train
from burnish.records.recipe import read_recipe

STARTER_ROWS = "data/starter/train.jsonl"
STARTER_RECIPE = "data/starter/recipe.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstrated:
    """What the demo came to."""

    trained: Trained
    seconds: float


def starter_path(name: str) -> Path:
    """Return a file of the starter data inside the installed package."""
    return Path(str(files("burnish").joinpath(name)))


def demo(home: str | None) -> Work[Demonstrated]:
    """Check, look, plan with a quote, train, judge before and after. Raises BurnishError."""
    began = time.monotonic()
    rows = starter_path(STARTER_ROWS)
    yield Said(text="1 of 4  the rows", level="head")
    checked = yield from check(rows, DEFAULT_MODEL)
    yield Said(text=f"{checked.accepted} of {checked.rows} rows can be used ({checked.format}); {len(checked.warnings)} warnings")
    yield Shown(title="where the rows go", columns=("", "rows", "share", "tokens"), rows=ledger_lines(checked.ledger))
    yield Said(text="2 of 4  what the model will be trained on (row 1; marked: trained)", level="head")
    yield (yield from look(rows, DEFAULT_MODEL, 1))
    yield Said(text="3 of 4  the plan and its quote", level="head")
    request = Request(
        data=str(rows),
        model=DEFAULT_MODEL,
        recipe=read_recipe(starter_path(STARTER_RECIPE)),
        start="base",
        suites=("starter",),
    )
    trained = yield from train(request, home=home)
    if not isinstance(trained, Trained):
        raise AssertionError("the demo is no dry run")
    seconds = time.monotonic() - began
    yield Said(text="4 of 4  what to do next", level="head")
    yield Said(text=f"read the answers side by side: {trained.before_after}")
    yield Said(text=f"open the report in a browser:  {trained.report}")
    yield Said(text="talk to it:                    burnish chat")
    yield Said(text="train on your own rows:        burnish train YOUR_ROWS.jsonl --from base")
    return Demonstrated(trained=trained, seconds=seconds)
