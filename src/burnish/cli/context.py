"""`burnish context CONVERSATION`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from burnish.cli.events import follow
from burnish.cli.options import Data, Debug, Home, Json, Model
from burnish.cli.show import screen

if TYPE_CHECKING:
    from burnish.flow.context import Made


def context(
    data: Data,
    ratio: Annotated[float, typer.Option("--ratio", "-r", help="The share of its tokens that each conversation may keep.")] = 0.5,
    method: Annotated[
        str,
        typer.Option(
            "--method", help="drop, facts, extractive, rolling, summary (written by the model), or auto: the one that keeps most."
        ),
    ] = "auto",
    model: Model = None,
    measure: Annotated[bool, typer.Option("--measure", help="Try every method and show what each keeps.")] = False,
    out_file: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where the shortened conversations go.", show_default=False)
    ] = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Show what would be kept of long conversations within a share of their tokens, and what would be lost."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.context import context as work, told
        from burnish.records.codec import to_json

        done = follow(out, work(data, ratio, method=method, model=model, measure=measure, out=out_file, home=home))
        for made in done.made:
            follow(out, told(made))
        each = [_answer(made) for made in done.made]
        answer = each[0] if len(each) == 1 else {"conversations": each}
        measured = {"measured": [to_json(one) for one in done.measured]} if measure else {}
        written = {"path": str(done.out)} if done.out else {}
        out.answer(answer | measured | written)


def _answer(made: Made) -> dict[str, Any]:
    from burnish.records.codec import to_json

    found = made.shortened
    return {
        "place": made.place,
        "messages": [{key: value for key, value in to_json(one).items() if value is not None} for one in found.messages],
        "tokens_before": made.tokens_before,
        "tokens_after": made.tokens_after,
        "prompt_tokens_before": found.tokens_before,
        "prompt_tokens_after": found.tokens_after,
        "method": found.method,
        "reason": found.reason,
        "kept": list(found.kept),
        "lost": list(found.lost),
    }
