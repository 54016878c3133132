"""`burnish plan DATA`."""

from __future__ import annotations

from typing import Any

from burnish.cli.events import follow
from burnish.cli.options import Column, Data, Debug, Holdout, Home, Json, Model, Recipe, Set, Start, columns_of
from burnish.cli.show import Screen, screen


def plan(
    data: Data,
    model: Model = None,
    start: Start = None,
    recipe: Recipe = None,
    set_: Set = None,
    holdout: Holdout = None,
    column: Column = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Show every number a training would use, each with its reason, and a measured quote of time, memory and disk."""
    columns = columns_of(column)
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.quoting import plan as work
        from burnish.flow.recipes import chosen_recipe

        wanted = chosen_recipe(recipe, set_ or ())
        planned = follow(out, work(data, model, wanted, home=home, start=start, holdout=holdout, columns=columns))
        show_planned(out, planned)


def show_planned(out: Screen, planned: Any, *, tables: bool = True) -> None:
    """Write a plan for people and for programs."""
    from burnish.flow.rows import ledger_lines
    from burnish.flow.telling import said_quote, settings_table
    from burnish.records.codec import to_json

    if tables:
        table = settings_table(planned.plan)
        out.table(table.title, table.columns, table.rows)
        out.table("where the rows go", ("", "rows", "share", "tokens"), ledger_lines(planned.prepared.ledger))
        out.say(said_quote(planned.plan).text, "bold")
    quote = to_json(planned.plan.quote)
    out.answer({"settings": planned.plan.settings(), "quote": quote, "ledger": planned.prepared.ledger.summary()})
