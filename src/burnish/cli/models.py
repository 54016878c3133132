"""`burnish models` and `burnish models pull NAME`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Json
from burnish.cli.show import screen

app = typer.Typer(help="Show the base models that are here, or fetch one.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def models(context: typer.Context, json: Json = False, debug: Debug = False) -> None:
    """Show the base models that are here."""
    if context.invoked_subcommand is not None:  # what stands before its name is meant for it all the same
        context.default_map = {context.invoked_subcommand: {"json": json, "debug": debug}}
        return
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.models import cached
        from burnish.flow.telling import size

        found = cached()
        out.table(
            "", ("model", "size", "folder"), tuple((str(m["name"]), size(int(m["bytes"])), str(m["folder"])) for m in found)
        )
        if not found:
            out.say("none yet: burnish models pull smollm2-135m")
        out.answer({"models": found})


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="smollm2-135m, a hub name, or a .gguf file.")] = "smollm2-135m",
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Fetch a base model, check it, and make it ready to load."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.models import pull as work

        pulled = follow(out, work(name))
        shape = pulled.shape
        out.say(f"{shape.architecture}, {shape.layers} layers, {shape.parameters / 1e6:.0f} million weights")
        out.answer(
            {
                "name": pulled.source.name,
                "folder": str(pulled.source.folder),
                "weights_hash": pulled.source.weights_hash,
                "parameters": shape.parameters,
            }
        )
