"""`burnish augment DATA -o OUT`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Data, Debug, Json, Out
from burnish.cli.show import screen


def augment(
    data: Data,
    out_file: Out,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only this: reword typo polite length unknown. May be given several times.")
    ] = None,
    per_row: Annotated[int, typer.Option("--per-row", min=1, max=8, help="At most so many of a kind from one row.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes other rows.")] = 0,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Add rows made from your rows by rules: other words, typos, manners, lengths, and questions nobody here can answer."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.augment import augment as work

        done = follow(out, work(data, out_file, kinds=kind or (), per_row=per_row, seed=seed))
        out.table("where the rows went", ("", "rows"), done.books.lines())
        out.say(f"{done.books.rows_out} rows in {done.path}; each child stays on its parent's side of every split", "bold")
        out.answer({"path": str(done.path), "made": done.made, "ledger": done.books.summary()})
