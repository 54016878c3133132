"""`burnish look DATA --row N`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Column, Data, Debug, Json, Model, columns_of
from burnish.cli.show import screen


def look(
    data: Data,
    row: Annotated[int, typer.Option("--row", "-n", help="Which readable row, from 1.")] = 1,
    model: Model = None,
    max_length: Annotated[int | None, typer.Option("--max-length", help="Show what a limit of so many tokens would do.")] = None,
    column: Column = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Show the tokens of a real row: which are trained, which are not, and whether the end of turn is trained."""
    columns = columns_of(column)
    with screen(as_json=json, debug=debug) as out:
        from burnish.cli.events import show_look
        from burnish.flow.look import look as work
        from burnish.records.codec import to_json

        found = follow(out, work(data, model, row, max_length=max_length, columns=columns))
        show_look(out, found)
        out.answer(to_json(found))
