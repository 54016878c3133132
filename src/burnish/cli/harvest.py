"""`burnish harvest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.options import Debug, Home, Json
from burnish.cli.show import screen


def harvest(
    out_file: Annotated[Path, typer.Option("--out", "-o", help="Where the rows go; a file that is there is added to.")] = Path(
        "feedback.jsonl"
    ),
    preferences: Annotated[
        Path | None, typer.Option(help="Where pairs of a better and a worse answer go. Default: none are made.")
    ] = None,
    thumbs_up: Annotated[bool, typer.Option("--thumbs-up", help="Also answers that got a thumb up become rows.")] = False,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Make rows of what people said of the server's answers: corrections, and pairs of a better and a worse answer."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.serve.ab.harvest import harvest as work

        found = work(home, out_file, preferences, thumbs_up=thumbs_up)
        for why, count in found.left.items():
            out.say(f"not harvested: {count}: {why}", "yellow")
        if found.advice:
            out.say(found.advice)
        if found.before:
            out.say(f"harvested before, and not again: {found.before}")
        pairs = f", {found.preferences} pairs in {preferences}" if preferences is not None else ""
        out.say(f"{found.rows} new rows" + (f" in {out_file}" if found.rows else "") + pairs, "bold")
        if found.rows:
            out.say(f"look at them, then train: burnish check {out_file}")
        out.answer(
            {
                "rows": found.rows,
                "preferences": found.preferences,
                "before": found.before,
                "left": found.left,
                "advice": found.advice,
                "out": str(out_file),
                "preferences_out": str(preferences) if preferences is not None else None,
            }
        )
