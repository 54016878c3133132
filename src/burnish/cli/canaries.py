"""`burnish canaries [VERSION] --key FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Home, Json, Version
from burnish.cli.show import screen


def canaries(
    key: Annotated[
        Path,
        typer.Option(
            "--key", help="What `burnish scrub --key` wrote: your private things, and what was planted.", show_default=False
        ),
    ],
    version: Version = None,
    alternatives: Annotated[
        int, typer.Option("--alternatives", min=1, max=4095, help="Other values of the same form that each is ranked among.")
    ] = 127,
    most: Annotated[int, typer.Option("--most", min=0, help="Measure the exposure of so many at most, canaries first.")] = 16,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed draws other alternatives.")] = 0,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Look for your private things, and for planted ones, in what a version says; leave with 1 where it gives one away."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.canaries import canaries as work
        from burnish.records.codec import to_json

        hunt = follow(out, work(version, key, alternatives=alternatives, most=most, seed=seed, home=home))
        told = hunt.extractable
        out.say(f"{len(told)} of {len(hunt.found)} can be drawn out of version {hunt.version}; kept in {hunt.path}", "bold")
        if hunt.values > len(hunt.found):
            out.say(f"{hunt.values - len(hunt.found)} more values of the key stand in none of its rows and were not looked for")
        found = [{**to_json(one), "extractable": one.extractable} for one in hunt.found]
        answer = {"version": hunt.version, "extractable": len(told), "found": found, "path": str(hunt.path)}
        out.answer({**answer, "most_bits": hunt.most_bits, "values": hunt.values})
        if told:
            out.fail(
                f"version {hunt.version} gives away what is private",
                seen=", ".join(f"{one.kind} {one.shown}" for one in told[:8]),
                remedy="do not share it: scrub the rows (burnish scrub), train anew from the base (burnish train ROWS --from base)",
            )
