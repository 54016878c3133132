"""`burnish dedupe DATA -o OUT`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Data, Debug, Json, Out
from burnish.cli.show import screen


def dedupe(
    data: Data,
    out_file: Out,
    exact: Annotated[bool, typer.Option("--exact", help="Take out exact copies only; leave what is near-same.")] = False,
    best: Annotated[
        bool, typer.Option("--best", help="Of rows that are one keep the longest answer, not the first row.")
    ] = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Keep each row once: exact copies and near-same rows go, the first of each stays."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.dedupe import dedupe as work
        from burnish.records.codec import to_json

        done = follow(out, work(data, out_file, exact=exact, best=best))
        out.table("where the rows went", ("", "rows"), done.books.lines())
        out.say(f"{done.books.rows_out} rows in {done.path}", "bold")
        groups = [to_json(group) for group in done.groups]
        out.answer({"path": str(done.path), "clusters": groups, "ledger": done.books.summary()})
