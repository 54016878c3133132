"""`burnish generate PROMPTS.jsonl -o OUT.jsonl`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Home, Json, Model, NoMemory
from burnish.cli.show import screen


def generate(
    prompts: Annotated[Path, typer.Argument(help='A JSONL of {"prompt": ...} or {"messages": [...]}.', show_default=False)],
    out_file: Annotated[
        Path, typer.Option("--out", "-o", help="Where the answers go, one JSON object a line.", show_default=False)
    ],
    version: Annotated[
        str | None, typer.Option("--version", help="A run id, its beginning, a tag, live, base, or a model.")
    ] = None,
    model: Model = None,
    temperature: Annotated[float, typer.Option(min=0.0, max=5.0, help="0 always gives the likeliest word.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="For temperatures above 0.")] = 0,
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest answer, in tokens.")] = 256,
    batch_size: Annotated[int, typer.Option(min=1, help="Answers at once; does not change them.")] = 16,
    think: Annotated[bool | None, typer.Option("--think/--no-think", help="For models that can think first.")] = None,
    no_memory: NoMemory = False,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Answer a file of prompts."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.talk import Voice, generate as work

        voice = Voice(temperature=temperature, seed=seed, max_tokens=max_tokens, batch_size=batch_size, think=think)
        done = follow(out, work(prompts, out_file, version, voice, home=home, model=model, memory=not no_memory))
        out.say(f"{done.items} answers of {done.version} in {done.path} ({done.tokens_per_second:.0f} tokens/s)")
        out.answer(
            {
                "items": done.items,
                "seconds": done.seconds,
                "tokens_per_second": done.tokens_per_second,
                "version": done.version,
                "path": str(done.path),
            }
        )
