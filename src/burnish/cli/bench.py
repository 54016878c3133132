"""`burnish bench [DATA]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Home, Json, Model, Recipe, Set
from burnish.cli.show import Screen, screen

AGAINST = "A peer to measure beside: trl, axolotl, llamafactory, ms-swift or litgpt. May be given several times, or with commas."
PYTHON = "The interpreter of a peer's own environment, as PEER=PATH, several with commas; or PATH, for all. May be given several times."


def bench(
    data: Annotated[Path | None, typer.Argument(help="Your rows. Default: random ones.", show_default=False)] = None,
    model: Model = None,
    length: Annotated[int, typer.Option("--length", min=4, help="Tokens of a random row, on average.")] = 142,
    steps: Annotated[int, typer.Option("--steps", min=3, help="Optimizer steps a run; the first two warm up.")] = 8,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="How often each way is run, in turn.")] = 2,
    against: Annotated[list[str] | None, typer.Option("--against", help=AGAINST)] = None,
    python: Annotated[list[str] | None, typer.Option("--python", help=PYTHON)] = None,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Go on without a peer that fails, and say why.")] = False,
    recipe: Recipe = None,
    set_: Set = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Measure how fast a training step is here, where its time goes, and how others do on the same rows."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.bench import bench as work
        from burnish.flow.recipes import chosen_recipe

        found = follow(
            out,
            work(
                data,
                model,
                chosen_recipe(recipe, set_ or ()),
                length=length,
                steps=steps,
                against=tuple(peer for text in against or () for peer in text.split(",")),
                python=tuple(python or ()),
                keep_going=keep_going,
                rounds=rounds,
                home=home,
            ),
        )
        _show(out, found)


def _show(out: Screen, found: Any) -> None:
    """Write the tables, and the JSON answer."""
    from burnish.flow.telling import size
    from burnish.records.codec import to_json

    first = found.contenders[0]
    rows = tuple(
        (
            one.name,
            f"{one.tokens_per_second:,.0f}",
            f"{one.tokens_per_cpu_second:,.0f}",
            "" if one is first else f"{first.tokens_per_second / one.tokens_per_second:.1f} times",
            size(one.peak_bytes),
            "" if one.share_of_products is None else f"{one.share_of_products:.0%}",
        )
        for one in found.contenders
    )
    title = f"{found.model} in {found.dtype}, {found.rows} rows, {found.tokens:,} tokens, on {found.machine}"
    columns = ("", "tokens/s", "tokens/CPU-s", "the first is", "peak memory", "of the products' limit")
    out.table(title, columns, rows)
    for name, said in found.left_out.items():
        out.say(f"{name} is left out: {said}", "yellow")
    if first.parts:
        total = sum(first.parts.values())
        lines = sorted(first.parts.items(), key=lambda part: -part[1])
        out.table(
            "where a step's time goes",
            ("", "ms a step", "share"),
            tuple((n, f"{1000 * s:.0f}", f"{s / total:.0%}") for n, s in lines),
        )
    if found.load > 0.25:
        out.say(f"other programs kept {found.load:.1f} cores busy: read these figures as ratios", "yellow")
    out.answer(to_json(found))
