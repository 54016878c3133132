"""`burnish balance DATA -o OUT --mix style=0.5,fact=0.5`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Data, Debug, Json, Out
from burnish.cli.show import screen


def balance(
    data: Data,
    out_file: Out,
    mix: Annotated[
        str | None,
        typer.Option("--mix", help="Shares by category: style=0.5,fact=0.3,decision=0.2. Default: thinking=0.5,plain=0.5."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other rows.")] = 0,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Keep the rows that make a stated mix, say what is missing for more, and repeat none."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.balance import balance as work

        done = follow(out, work(data, out_file, mix=mix, seed=seed))
        out.table("where the rows went", ("", "rows"), done.books.lines())
        out.say(f"{done.books.rows_out} rows in {done.path}", "bold")
        out.answer(
            {
                "path": str(done.path),
                "mix": done.mix,
                "have": done.have,
                "take": done.take,
                "missing": done.missing,
                "guessed": done.guessed,
                "ledger": done.books.summary(),
            }
        )
