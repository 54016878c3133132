"""`burnish label DATA -o OUT`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Data, Debug, Json, Out
from burnish.cli.show import Screen, screen

if TYPE_CHECKING:
    from burnish.flow.label import Ask, Labelling


def label(
    data: Data,
    out_file: Out,
    category: Annotated[
        list[str] | None,
        typer.Option("--category", help="A category to choose from. Default: those of the rows, style, fact, decision."),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Rows to ask about, the least sure first.")] = 50,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Give rows their category, one key a row, the least sure first: a digit, Enter for the guess, s skip, u undo, q end."""
    if any(not name.strip() for name in category or ()):
        raise typer.BadParameter("a category needs a name: --category NAME")
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.label import begin, save

        labelling, books = follow(out, begin(data, out_file, names=category or (), most=most))
        _pass(out, labelling)
        done = save(labelling, out_file, books)
        out.say(f"{done.labelled} rows labelled, {done.waiting} still wait; all {books.rows_out} rows are in {done.path}", "bold")
        out.answer(
            {
                "path": str(done.path),
                "labelled": done.labelled,
                "waiting": done.waiting,
                "categories": done.categories,
                "ledger": books.summary(),
            }
        )


def _pass(out: Screen, labelling: Labelling) -> None:
    """Ask until the rows, the keys or the person's patience end. What was labelled is kept in each case."""
    from burnish.flow.label import QUIT

    keys = "  ".join(f"{number} {name}" for number, name in enumerate(labelling.names, start=1))
    try:
        while (ask := labelling.next()) is not None:
            _show(out, ask, keys)
            key = _key()
            if key in {"", QUIT}:
                return
            if not labelling.press(key):
                out.say(f"{key!r} is none of the keys", "yellow")
    except KeyboardInterrupt:
        out.say("ended; what was labelled is kept", "yellow")


def _show(out: Screen, ask: Ask, keys: str) -> None:
    out.say(f"\nrow {ask.done + 1} of {ask.total} (line {ask.line})", "bold")
    out.say(f"  asks:    {_short(ask.question)}")
    out.say(f"  answers: {_short(ask.answer)}")
    out.say(f"{keys}  Enter {ask.guess.category} ({ask.guess.sure:.0%})  s skip  u undo  q end")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return "".join(sign if sign.isprintable() else "?" for sign in (flat if len(flat) <= 300 else flat[:297] + "..."))


def _key() -> str:
    """Return one key: at once on a terminal, the next sign of a pipe elsewhere; "" at its end."""
    if not sys.stdin.isatty():
        return sys.stdin.read(1)
    import termios
    import tty

    place = sys.stdin.fileno()
    before = termios.tcgetattr(place)
    try:
        tty.setcbreak(place)
        return sys.stdin.read(1)
    finally:
        termios.tcsetattr(place, termios.TCSADRAIN, before)
