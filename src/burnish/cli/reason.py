"""`burnish reason DATA -o OUT.jsonl`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Data, Debug, Json, Model
from burnish.cli.show import screen


def reason(
    data: Data,
    out_file: Annotated[Path, typer.Option("--out", "-o", help="Where the rows with thoughts go.", show_default=False)],
    model: Model = None,
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="How many of the rows shall have a thought.")] = 0.5,
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest thought with its answer, in tokens.")] = 512,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Let a base model that thinks write the thoughts of rows that have none, so that its thinking mode is trained too."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.reasoning import reason as work

        done = follow(out, work(data, out_file, model, share=share, max_tokens=max_tokens))
        for one in done.failed[:5]:
            out.say(f"no thought: {one}", "yellow")
        out.say(f"{done.had + done.written} of {done.rows} rows have a thought now ({done.written} written): {done.path}", "bold")
        out.answer(
            {
                "path": str(done.path),
                "rows": done.rows,
                "had": done.had,
                "written": done.written,
                "failed": list(done.failed),
            }
        )
