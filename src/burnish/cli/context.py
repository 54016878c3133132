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
    measure: Annotated[bool, typer.Option("--measure", help="Try every method, summary too, and show what each keeps.")] = False,
    keep_turns: Annotated[
        int,
        typer.Option(
            "--keep-turns",
            min=0,
            help="The last so many turns (messages) stay word for word; one more where the first of them is an answer. The last question always stays.",
        ),
    ] = 0,
    answers: Annotated[
        bool,
        typer.Option("--answers", help="Have the model answer each conversation whole and shortened, and show both answers."),
    ] = False,
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

        asked = work(
            data,
            ratio,
            method=method,
            model=model,
            measure=measure,
            out=out_file,
            home=home,
            keep_turns=keep_turns,
            answers=answers,
        )
        done = follow(out, asked)
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
    answers = {"answers": to_json(made.answers)} if made.answers is not None else {}
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
        **answers,
    }
