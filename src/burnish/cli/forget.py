"""`burnish forget --source FILE`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Home, Json
from burnish.cli.show import screen


def forget(
    source: Annotated[
        str, typer.Option("--source", help="A file that was trained on, or a metadata.source of its rows.", show_default=False)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be marked and trained again; do nothing.")] = False,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Take one source's rows out: of every version that holds them (the live chain is trained again) and of the book of answers."""
    with screen(as_json=json, debug=debug) as out:
        from dataclasses import asdict

        from burnish.flow.forget import forget as work

        done = follow(out, work(source, home=home, dry_run=dry_run))
        if done.known_before is not None:
            out.say(
                f"asked for the removed answers: likeness {done.known_before:.2f} by the version before, "
                f"{done.known_after:.2f} by the new one"
            )
        out.answer(asdict(done))
