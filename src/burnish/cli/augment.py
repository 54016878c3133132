"""`burnish augment DATA -o OUT`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Data, Debug, Home, Json, Model, Out, Recipe, Set, Start
from burnish.cli.show import screen


def augment(
    data: Data,
    out_file: Out,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            help="Only this: reword typo polite length unknown, or model (with --reword-with). May be given several times.",
        ),
    ] = None,
    per_row: Annotated[int, typer.Option("--per-row", min=1, max=8, help="At most so many of a kind from one row, 1 to 8.")] = 1,
    mix: Annotated[
        list[str] | None,
        typer.Option(
            "--mix",
            metavar="KIND=SHARE",
            help="At most so many per cent of what rules make are of this kind (0: none). May be given several times. Else typo=10 and unknown=10; the other kinds share the rest alike.",
        ),
    ] = None,
    most: Annotated[
        int | None,
        typer.Option("--most", min=0, help="Rules make at most so many rows in all; else as many as your rows, times --per-row."),
    ] = None,
    reword_with: Annotated[
        str | None,
        typer.Option(
            "--reword-with",
            help="Have the questions put in other words by a model too: live, base, a version, or a server's address (http://HOST:PORT#MODEL).",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes other rows.")] = 0,
    prove: Annotated[
        bool, typer.Option("--prove", help="Train with the made rows and without, and compare both on rows that neither saw.")
    ] = False,
    model: Model = None,
    start: Start = None,
    recipe: Recipe = None,
    set_: Set = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Add rows made from your rows, by rules or a model: other words, typos, manners, lengths, and questions nobody here can answer."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.augment import augment as work
        from burnish.flow.prove import Terms
        from burnish.flow.recipes import chosen_recipe

        terms = Terms(model=model, start=start, recipe=chosen_recipe(recipe, set_ or ()), home=home) if prove else None
        done = follow(
            out,
            work(
                data,
                out_file,
                kinds=kind or (),
                per_row=per_row,
                seed=seed,
                terms=terms,
                reword_with=reword_with,
                home=home,
                mix=mix or (),
                most=most,
            ),
        )
        out.table("where the rows went", ("", "rows"), done.books.lines())
        out.say(f"{done.books.rows_out} rows in {done.path}; each child stays on its parent's side of every split", "bold")
        answer = {"path": str(done.path), "made": done.made, "mix": done.mix, "most": done.most, "ledger": done.books.summary()}
        if reword_with:
            answer["replies"] = {"asked": done.asked, "unanswered": done.unanswered, "left": done.left}
        if done.proof is not None:
            compared, both = done.proof.comparison, (done.proof.without, done.proof.with_made)
            one = compared.overall
            told = {"difference": one.difference, "low": one.low, "high": one.high, "p": one.p, "n": one.n}
            said = {
                "verdict": compared.verdict,
                **told,
                "versions": both,
                "steps": done.proof.steps,
                "report": str(done.proof.path),
            }
            answer["proof"] = said
            if compared.verdict != "better":
                out.say("they have not proved themselves: train without them, or on more rows to ask", "yellow")
        out.answer(answer)
