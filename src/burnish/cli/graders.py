"""`burnish graders [NAME ...]`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.options import Debug, Json
from burnish.cli.show import screen


def graders(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME ...]", help="Only these graders.", show_default=False)
    ] = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Tell every grader that a suite's tasks may name: what it looks at, the target it takes, and an example with scores."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.graders import graders as work, lines

        found = work(names or ())
        for told in found:
            first, *rest = lines(told)
            out.say(first, "bold")
            for line in rest:
                out.say(line)
        if not names:
            out.say("a task without a grader is asked and shown side by side, and counts nowhere")
        out.answer({"graders": found})
