"""`burnish report RUN` and `burnish report DATA.jsonl`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Home, Json, Model
from burnish.cli.show import Screen, screen


def report(
    run: Annotated[str, typer.Argument(help="A run id, its beginning, a tag, or live; or a file of rows.", show_default=False)],
    findings: Annotated[
        Path | None, typer.Option("--findings", help="Of a run: write what worked, what did not and what to change, as markdown.")
    ] = None,
    beside: Annotated[
        Path | None, typer.Option("--beside", help="Of a file of rows: the rows that cleaning made of it, shown beside them.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--out", "-o", help="Of a file of rows: where the page goes. Default: ROWS.report.html.")
    ] = None,
    model: Model = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Say where a run's reports lie, or make one page about a file of rows: what came in, what went where, what to look at."""
    data = Path(run).is_file() or Path(run).suffix in {".jsonl", ".json"}  # a file of rows that is not there is told as that
    stray = {"--findings": findings} if data else {"--beside": beside, "--out": page, "--model": model}
    for name, given in stray.items():
        if given is not None:
            what = "a run, and this is a file of rows" if data else "a file of rows, and there is none of this name"
            raise typer.BadParameter(f"{name} belongs to {what}: {run}")
    with screen(as_json=json, debug=debug) as out:
        if data:
            _rows(out, Path(run), beside, page, model)
        else:
            _run(out, run, findings, home)


def _rows(out: Screen, data: Path, beside: Path | None, page: Path | None, model: str | None) -> None:
    from burnish.flow.data_report import data_report
    from burnish.records.codec import to_json

    done = follow(out, data_report(data, beside, page, model=model))
    told = [
        {
            "name": facts.name,
            "rows": facts.rows_read,
            "accepted": len(facts.rows),
            "refused": facts.reasons,
            "tokens": sum(facts.lengths),
            "categories": dict(facts.categories),
            "sources": dict(facts.sources),
            "copies": facts.copies,
            "near_same": facts.near,
            "private": {one.kind: to_json(one) for one in facts.private} if facts.private is not None else None,
            "warnings": [to_json(warning) for warning in facts.warnings],
        }
        for facts in done.files
    ]
    out.say(f"{', '.join(one.name for one in done.files)}: {done.path}", "bold")
    pairs = done.pairs
    became = (
        None
        if pairs is None
        else {
            "same": pairs.same,
            "changed": len(pairs.changed),
            "taken_out": len(pairs.gone),
            "made": len(pairs.made),
            "new": len(pairs.new),
        }
    )
    out.answer({"path": str(done.path), "files": told, "became": became})


def _run(out: Screen, run: str, findings: Path | None, home: str | None) -> None:
    from burnish.flow.findings import report as work

    done = work(run, findings, home=home)
    for path in done.files.values():
        out.say(str(path))
    if done.findings is not None:
        out.say(f"findings: {done.findings}")
    files = {name: str(path) for name, path in done.files.items()}
    told = {"version": done.run.id, "verdict": done.run.verdict, "decision": done.run.decision or None, "files": files}
    out.answer({**told, "findings": str(done.findings) if done.findings else None})
