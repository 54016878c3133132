"""`burnish evaluate [VERSION|MODEL]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Fresh, Home, Json, Model, NoMemory, Samples, Suite, Temperature, Version, Via
from burnish.cli.show import screen


def evaluate(
    version: Version = None,
    suite: Suite = None,
    model: Model = None,
    out_folder: Annotated[Path | None, typer.Option("--out", "-o", help="Where the graded answers go.")] = None,
    samples: Samples = 1,
    temperature: Temperature = 0.0,
    fresh: Fresh = False,
    no_memory: NoMemory = False,
    via: Via = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Let a version or a model answer suites, and grade the answers."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.evaluate import evaluate as work

        asked = work(
            version,
            suite or (),
            home=home,
            model=model,
            out=out_folder,
            samples=samples,
            temperature=temperature,
            fresh=fresh,
            via=via,
            memory=not no_memory,
        )
        done = follow(out, asked)
        rows = [_row(name, one) for name, one in done.report.suites.items()]
        out.table(done.report.model, ("suite", "score", "95 % interval", "questions", "stops by itself"), tuple(rows))
        suites = {
            name: {"mean": one.mean, "low": one.low, "high": one.high, "n": one.n, "natural_stop_rate": one.natural_stop_rate,
                   "by_category": dict(one.by_category), "not_judged": one.not_judged, "orders_agree": one.orders_agree,
                   "items": str(done.items[name])}
            for name, one in done.report.suites.items()
        }  # fmt: skip
        shown = {
            name: {"n": len({a.id for a in each}), "items": str(done.items[name])} for name, each in done.report.shown.items()
        }
        for name, one in shown.items():
            out.say(f"{name}: {one['n']} prompts have no grader: asked, and not scored")
        for name, path in done.items.items():
            out.say(f"answers of {name}: {path}")
        out.answer(
            {
                "model": done.report.model,
                "suites": suites,
                "shown": shown,
                "dtype": done.dtype or None,
                "reused": done.reused,
                "seconds": done.report.seconds,
            }
        )


def _row(name: str, one: Any) -> tuple[str, ...]:
    return (name, f"{one.mean:.2f}", f"{one.low:.2f} to {one.high:.2f}", str(one.n), f"{one.natural_stop_rate:.0%}")
