"""`burnish split DATA -o DIR`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Data, Debug, Json
from burnish.cli.show import screen


def split(
    data: Data,
    folder: Annotated[
        Path, typer.Option("--out", "-o", help="A new folder for train.jsonl and held_out.jsonl.", show_default=False)
    ],
    holdout: Annotated[int | None, typer.Option("--holdout", min=0, help="Rows to hold out. Default: 10 of 60.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other rows.")] = 0,
    by_time: Annotated[bool, typer.Option("--by-time", help="Hold out the newest rows, by metadata.time.")] = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Part rows into a file to train on and one to ask: what belongs together stays on one side, and no answer leaks."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.split import split as work

        done = follow(out, work(data, folder, holdout=holdout, seed=seed, by_time=by_time))
        out.table("where the rows went", ("", "rows"), done.books.lines())
        out.say(f"{done.train} rows to train on and {done.held_out} to ask in {done.folder}; nothing leaks", "bold")
        train, asked = (shlex.quote(str(done.folder / name)) for name in ("train.jsonl", "held_out.jsonl"))
        out.say(f"next: burnish train {train} --holdout {asked}" if done.held_out else f"next: burnish train {train}")
        out.answer(
            {
                "path": str(done.folder),
                "train": done.train,
                "held_out": done.held_out,
                "groups": done.groups,
                "leaks": list(done.leaks),
                "reason": done.reason,
                "ledger": done.books.summary(),
            }
        )
