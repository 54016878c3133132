"""`burnish adopt FOLDER ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Home, Json, Model
from burnish.cli.show import screen


def adopt(
    folders: Annotated[
        list[Path],
        typer.Argument(help="Adapter folders, oldest first, or one that holds previous and latest.", show_default=False),
    ],
    model: Model = None,
    promote: Annotated[bool, typer.Option("--promote/--no-promote", help="Make the last one live.")] = True,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Make versions of PEFT adapters that were trained elsewhere, each on the merge of the ones before."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.adopt import adopt as work

        done = follow(out, work(folders, model=model, home=home, promote=promote))
        out.say("next: burnish chat | burnish log | burnish train MORE_ROWS.jsonl")
        out.answer({"versions": list(done.versions), "folders": [str(folder) for folder in done.folders], "live": promote})
