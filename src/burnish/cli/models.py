"""`burnish models` and `burnish models pull NAME`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Json
from burnish.cli.show import screen

app = typer.Typer(help="Show the base models and encoders that are here, or fetch one.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def models(context: typer.Context, json: Json = False, debug: Debug = False) -> None:
    """Show the base models and encoders that are here."""
    if context.invoked_subcommand is not None:  # what stands before its name is meant for it all the same
        context.default_map = {context.invoked_subcommand: {"json": json, "debug": debug}}
        return
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.models import cached
        from burnish.flow.telling import size

        found = cached()
        out.table(
            "",
            ("model", "kind", "size", "folder"),
            tuple((str(m["name"]), str(m["kind"]), size(int(m["bytes"])), str(m["folder"])) for m in found),
        )
        if not found:
            out.say("none yet: burnish models pull smollm2-135m")
        out.answer({"models": found})


@app.command()
def pull(
    name: Annotated[
        str, typer.Argument(help="smollm2-135m, a hub name, a .gguf file, or an encoder: all-mpnet-base-v2, all-minilm-l6-v2.")
    ] = "smollm2-135m",
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Fetch a base model, or an encoder that finds rows by meaning; check it, and make it ready to load."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.models import ENCODER, pull as work

        pulled = follow(out, work(name))
        out.say(f"{pulled.architecture}, {pulled.layers} layers, {pulled.parameters / 1e6:.0f} million weights")
        if pulled.kind == ENCODER:
            out.say("an encoder: it finds rows by meaning for versions trained with --memory, and is no base model")
        out.answer(
            {
                "name": pulled.name,
                "kind": pulled.kind,
                "folder": str(pulled.folder),
                "weights_hash": pulled.weights_hash,
                "parameters": pulled.parameters,
            }
        )
