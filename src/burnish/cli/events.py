"""How each kind of event looks on the terminal."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

from burnish.cli.show import Screen, harmless
from burnish.flow.events import Advanced, Said, Shown

Result = TypeVar("Result")
STYLES = {"head": "bold", "warn": "yellow", "info": ""}


def follow(screen: Screen, work: Generator[Any, None, Result]) -> Result:
    """Show a verb's events as they come and return its result."""
    from burnish.flow.threads import settle_threads

    settle_threads()
    while True:
        try:
            event = next(work)
        except StopIteration as done:
            screen.clear()
            return done.value  # type: ignore[no-any-return]
        show(screen, event)


def show(screen: Screen, event: Any) -> None:
    """Write one event for people."""
    from burnish.flow.look import Look

    if isinstance(event, Said):
        screen.say(event.text, STYLES[event.level])
    elif isinstance(event, Advanced):
        screen.progress(_progress(event), last=event.done >= event.total)
    elif isinstance(event, Shown):
        screen.table(event.title, event.columns, event.rows)
    elif isinstance(event, Look):
        show_look(screen, event)
    else:
        raise TypeError(f"nobody shows {type(event).__name__}")


def _progress(event: Advanced) -> str:
    left = event.seconds_left
    remaining = f", about {_clock(left)} left" if left and event.done < event.total else ""
    detail = f": {event.detail}" if event.detail else ""
    return f"{event.stage}: {event.done} of {event.total} {event.unit} in {_clock(event.seconds)}{remaining}{detail}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def show_look(screen: Screen, look: Any) -> None:
    """Write a row's tokens: trained ones green, end-of-turn tokens underlined; without colour, trained text in ⟦ ⟧."""
    from rich.text import Text

    colours = screen.console.is_terminal and not screen.console.no_color
    for number, sequence in enumerate(look.sequences, start=1):
        if len(look.sequences) > 1:
            screen.say(f"as seen when answer {number} is due:", "bold")
        text = Text()
        inside = False
        for token in sequence:
            if not colours and token.supervised != inside:
                text.append("⟦" if token.supervised else "⟧")
                inside = token.supervised
            style = ("green" if token.supervised else "dim") + (" underline bold" if token.end and token.supervised else "")
            text.append(harmless(token.text), style=style if colours else "")
        if inside:
            text.append("⟧")
        screen.console.print(text, soft_wrap=True)
    ends = "yes" if look.end_trained else "NO"
    screen.say(f"{look.place}: {look.tokens} tokens, {look.supervised_tokens} trained; end of turn trained: {ends}")
    if look.reason:
        screen.say(look.reason, "yellow")
    for note in look.notes:
        screen.say(f"template: {note}")
