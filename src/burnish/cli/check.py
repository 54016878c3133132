"""`burnish check DATA`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from burnish.cli.events import follow
from burnish.cli.options import Column, Data, Debug, Json, Model, columns_of
from burnish.cli.show import Screen, screen


def check(
    data: Data,
    model: Model = None,
    mend: Annotated[
        list[str] | None,
        typer.Option(
            "--mend",
            help="Put right what is warned of: all (but spelling and html), or a kind such as letters or typo. May be given several times.",
        ),
    ] = None,
    out_file: Annotated[Path | None, typer.Option("--out", "-o", help="Where the mended rows go; never the input.")] = None,
    column: Column = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Show every fault of the rows with file, line, key, value seen and remedy, and where every row goes."""
    columns = columns_of(column)
    with screen(as_json=json, debug=debug) as out:
        if mend or out_file:
            out.answer(_mended(out, data, mend or ["all"], out_file, columns))
            return
        from burnish.errors import DataError
        from burnish.flow.check import check as work
        from burnish.flow.rows import alike, converted, ledger_lines
        from burnish.records.codec import to_json

        found = follow(out, work(data, model, columns=columns))
        for line in alike(found.refused, _told):
            out.say(line, "red")
        for warning in found.warnings:
            out.say(f"warning: {warning}", "yellow")
        out.table("where the rows go", ("", "rows", "share", "tokens"), ledger_lines(found.ledger))
        if found.profile is not None:
            p = found.profile
            out.say(
                f"tokens a row: half under {p.token_p50}, 9 of 10 under {p.token_p90}, longest {p.token_max}; {p.supervised_tokens} trained"
            )
        for note in found.notes:
            out.say(f"template: {note}")
        out.say(f"{found.accepted} of {found.rows} rows can be used ({found.format})", "bold")
        answer = {
            "rows": found.rows,
            "accepted": found.accepted,
            "format": found.format,
            "rejected": [to_json(refusal) for refusal in found.refused],
            "warnings": [to_json(warning) for warning in found.warnings],
            "ledger": found.ledger.summary(),
        }
        if found.accepted == 0 and found.profile is None:
            if not json:
                raise DataError(
                    f"none of the {found.rows} rows of {data} can be used",
                    remedy=converted(data, found.refused) or "mend the rows as said above",
                )
            out.answer(answer)
            raise SystemExit(1)
        out.answer(answer)


def _told(refusal: Any) -> str:
    key = f" {refusal.key}:" if refusal.key else ""
    seen = f" (seen: {refusal.seen})" if refusal.seen else ""
    remedy = f"; {refusal.remedy}" if refusal.remedy else ""
    return f"{refusal.file}:{refusal.line}: byte {refusal.byte}:{key} {refusal.reason}{seen}{remedy}"


def _mended(out: Screen, data: Path, kinds: list[str], out_file: Path | None, columns: dict[str, str]) -> dict[str, object]:
    """Write the mended rows and return the JSON answer."""
    from burnish.errors import DataError
    from burnish.flow.mend import mend

    if out_file is None:
        raise DataError("mended rows need a file to go to", remedy="name it with -o; the input is never changed")
    done = follow(out, mend(data, out_file, kinds, columns=columns))
    out.table("rows changed", ("", "rows"), tuple((kind, str(count)) for kind, count in done.changed.items()))
    out.table("where the rows went", ("", "rows"), done.books.lines())
    out.say(f"{done.books.rows_out} rows in {done.path}", "bold")
    words = [{"line": line, "byte": byte, "was": was, "is": now} for (line, byte), was, now in done.words]
    return {"path": str(done.path), "changed": done.changed, "words": words, "ledger": done.books.summary()}
