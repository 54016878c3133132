"""`burnish ingest KIND PATH -o OUT.jsonl`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Json, columns_of
from burnish.cli.show import screen

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def _seconds(words: str) -> float:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", words)
    if not found:
        raise typer.BadParameter(f"{words!r} is no length of time: write 30s, 10m, 2h or 1d")
    return float(found[1]) * _UNITS[found[2]]


def ingest(
    kind: Annotated[
        str,
        typer.Argument(
            help="What the export is: slack discord email github gitlog whatsapp signal telegram messenger instagram chatgpt claude tickets csv parquet notes alpaca sharegpt rows hub, or auto to find out.",
            show_default=False,
        ),
    ],
    path: Annotated[
        Path,
        typer.Argument(
            help="The export as it was downloaded: a folder, an archive (ZIP, tar, tar.gz) or a file; for hub a name: OWNER/NAME[:CONFIG][@REVISION].",
            show_default=False,
        ),
    ],
    out_file: Annotated[
        Path, typer.Option("--out", "-o", help="Where the rows go, one conversation a line.", show_default=False)
    ],
    me: Annotated[
        str | None,
        typer.Option(
            "--me", help="Whose words the model shall learn: a name, user name or mail address as it stands in the export."
        ),
    ] = None,
    gap: Annotated[str, typer.Option("--gap", help="A longer silence ends a turn and a row.")] = "10m",
    within: Annotated[str, typer.Option("--within", help="Outside threads, an answer that comes later answers nothing.")] = "1d",
    turns: Annotated[int, typer.Option("--turns", min=1, help="Most pairs of question and answer in a row.")] = 2,
    category: Annotated[str | None, typer.Option("--category", help="The category of every row. Default: by the kind.")] = None,
    split: Annotated[str, typer.Option("--split", help="For hub: which split of the data set.")] = "train",
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column", help="For tables and rows: what=COLUMN, such as text=Body or question=Ask. May be given several times."
        ),
    ] = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Make rows of an export: Slack, mail, GitHub, WhatsApp, old chats with assistants, tickets, notes and more."""
    gap_seconds, within_seconds = _seconds(gap), _seconds(within)
    columns = tuple(columns_of(column).items())
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.ingest import Wanted, answer_of, ingest as work

        wanted = Wanted(
            kind=kind,
            path=path,
            out=out_file,
            me=me,
            category=category,
            gap_seconds=gap_seconds,
            within_seconds=within_seconds,
            turns=turns,
            split=split,
            columns=columns,
        )
        done = follow(out, work(wanted))
        out.say(f"{done.rows:,} rows of {done.books.read:,} messages ({done.kind}): {done.out}", "bold")
        out.answer(answer_of(done))
