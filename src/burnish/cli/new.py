"""`burnish new DIR`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.options import Debug, Json
from burnish.cli.show import screen


def new(
    folder: Annotated[Path, typer.Argument(help="A new folder.", show_default=False)], json: Json = False, debug: Debug = False
) -> None:
    """Make a project: starter rows, a starter suite, a burnish.toml that sets nothing yet, and a README."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.new import new as work

        files = work(folder)
        for path in files:
            out.say(str(path))
        out.say(f"next: cd {shlex.quote(str(folder))} && burnish train rows.jsonl --suite suite.jsonl", "bold")
        out.answer({"folder": str(folder), "files": [str(path) for path in files]})
