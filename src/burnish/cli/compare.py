"""`burnish compare A B`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Home, Json, Model, Suite
from burnish.cli.show import screen


def compare(
    a: Annotated[str, typer.Argument(help="A version or model: where you come from.", show_default=False)],
    b: Annotated[str, typer.Argument(help="A version or model: is it better than A?", show_default=False)],
    suite: Suite = None,
    model: Model = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Say whether B is better than A, worse, or whether one cannot tell: per suite and overall."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.evaluate import compare as work
        from burnish.flow.telling import score_rows, verdict_words

        done = follow(out, work(a, b, suite or (), home=home, model=model))
        comparison = done.comparison
        out.table("", ("", "A", "B", "difference", "verdict"), score_rows(comparison))
        out.say(f"verdict: {verdict_words(comparison)}", "bold")
        suites = {
            name: {"verdict": s.verdict, "difference": s.difference, "low": s.low, "high": s.high, "p": s.p, "n": s.n}
            for name, s in comparison.suites.items()
        }
        out.answer({"verdict": comparison.verdict, "suites": suites, "report": str(done.report)})
