"""`burnish report RUN`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.options import Debug, Home, Json
from burnish.cli.show import screen


def report(
    run: Annotated[str, typer.Argument(help="A run id, its beginning, a tag, or live.", show_default=False)],
    findings: Annotated[
        Path | None, typer.Option("--findings", help="Write what worked, what did not and what to change to this markdown file.")
    ] = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Say where a run's reports lie, and write its findings as a document."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.findings import report as work

        done = work(run, findings, home=home)
        for path in done.files.values():
            out.say(str(path))
        if done.findings is not None:
            out.say(f"findings: {done.findings}")
        files = {name: str(path) for name, path in done.files.items()}
        told = {"version": done.run.id, "verdict": done.run.verdict, "decision": done.run.decision or None, "files": files}
        out.answer({**told, "findings": str(done.findings) if done.findings else None})
