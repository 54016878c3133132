"""`burnish ab status`, `stop` and `promote`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from burnish.cli.options import Debug, Home, Json
from burnish.cli.show import Screen, screen

if TYPE_CHECKING:
    from burnish.serve.ab.reading import Reading

app = typer.Typer(help="Look at the experiment of burnish serve --ab, end it, or make its candidate live.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def ab(context: typer.Context, home: Home = None, json: Json = False, debug: Debug = False) -> None:
    """Look at the experiment of burnish serve --ab, end it, or make its candidate live."""
    if context.invoked_subcommand is not None:  # what stands before its name is meant for it all the same
        context.default_map = {context.invoked_subcommand: {"home": home, "json": json, "debug": debug}}
    else:
        status(None, home=home, json=json, debug=debug)


@app.command()
def status(
    experiment: Annotated[str | None, typer.Argument(help="Its id or the beginning of it. Default: the newest.")] = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Show whether the candidate is better, worse, or cannot be told yet. May be asked as often as one likes."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.records.codec import to_json
        from burnish.serve.ab.verbs import status as work

        found, readings, listed = work(home, experiment)
        for one in readings:
            _show(out, one)
        out.say(found.words, "bold")
        out.answer({"object": "ab", **to_json(found), "readings": to_json(readings), "experiments": listed})


def _show(out: Screen, found: Reading) -> None:
    title = f"experiment {found.experiment}, since {found.began}: votes of {found.source}"
    columns = ("arm", "version", "share", "answers", "units", "votes", "mean", "95 % interval")
    rows = tuple(
        (one.name, one.label, f"{one.share:.1%}", str(one.answers), str(one.units), str(one.votes), _mean(one.mean), _bounds(one))
        for one in found.arms
    )
    out.table(title, columns, rows)
    if found.difference is not None and found.interval is not None and found.evidence is not None:
        out.say(
            f"difference {found.difference:+.3f}, 95 % interval {found.interval[0]:+.2f} to {found.interval[1]:+.2f} at any time; "
            f"evidence {found.evidence:.3g} to 1 (40 to 1 decides), p = {found.p:.3g}"
        )
    if found.failures:
        out.say(f"{found.arms[1].name} could not answer {found.failures} times", "yellow")


def _mean(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _bounds(arm: Any) -> str:
    return "-" if arm.interval is None else f"{arm.interval[0]:.2f} to {arm.interval[1]:.2f}"


@app.command()
def stop(
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the experiment.")] = "stopped by hand",
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """End the experiment: a server that runs sends all requests to the incumbent within a second."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.records.codec import to_json
        from burnish.serve.ab.verbs import stop as work

        experiment, ended, now = work(home, reason)
        out.say(f"experiment {experiment.id} {'has ended' if now else 'had ended already'}: {ended.words}")
        out.answer({"experiment": experiment.id, "ended": to_json(ended), "now": now})


@app.command()
def promote(
    anyway: Annotated[bool, typer.Option("--anyway", help="Also where the votes do not say that it is better.")] = False,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """End the experiment and make its candidate live."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.serve.ab.verbs import promote as work

        live, found = work(home, anyway=anyway)
        out.say(f"version {live} is now live; {found.words}")
        out.answer({"live": live, "experiment": found.experiment, "verdict": found.verdict, "words": found.words})
