"""`burnish import FILE`, and the other way round: a version as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.options import Debug, Home, Json, at
from burnish.cli.show import Screen, screen


def import_file(
    file: Annotated[Path, typer.Argument(help="A file that `burnish export version` wrote.", show_default=False)],
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Take a version, and all it comes from, out of one file into this project."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.bundle import unpack as work

        done = work(file, home)
        for version in done.versions:
            out.say(f"{version}: {'imported' if version in done.new else 'was here already'}")
        out.say(
            f"make it live: burnish promote {done.version}{at(home)}"
            if done.new
            else "nothing to do: all of it was here already",
            "bold",
        )
        out.answer({"version": done.version, "versions": list(done.versions), "new": list(done.new)})


def write_file(out: Screen, version: str, file: Path, home: str | None) -> None:
    """Write a version, and all it comes from, to one file: weights, settings, reports (with their questions and answers)."""
    from burnish.flow.bundle import carried, pack as work

    done = work(version, file, home)
    out.say(f"{file}: {done.bytes:,} bytes, {len(done.versions)} versions; in another project: burnish import {file}")
    if rows := carried(done.version, home):
        out.say(f"the version {rows}: they are in it, word for word", "yellow")
    out.say("its reports hold the questions and answers the version was judged by", "yellow")
    out.answer(
        {"kind": "version", "file": str(file), "bytes": done.bytes, "version": done.version, "versions": list(done.versions)}
    )
