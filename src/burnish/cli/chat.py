"""`burnish chat [VERSION]`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Home, Model, NoMemory, Version, Via
from burnish.cli.show import screen


def chat(
    version: Version = None,
    model: Model = None,
    system: Annotated[str | None, typer.Option("--system", help="A system prompt.")] = None,
    temperature: Annotated[float, typer.Option(min=0.0, max=5.0, help="0 always gives the likeliest word.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="For temperatures above 0.")] = 0,
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest answer, in tokens.")] = 256,
    think: Annotated[bool | None, typer.Option("--think/--no-think", help="For models that can think first.")] = None,
    no_memory: NoMemory = False,
    via: Via = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Talk to a version, the live one by default. Leave with an empty line, or Ctrl-D."""
    with screen(debug=debug) as out:
        from burnish.flow.talk import Conversing, Voice, open_chat
        from burnish.flow.via import ConversingVia, open_chat_via, rows_are_theirs

        voice = Voice(temperature=temperature, seed=seed, max_tokens=max_tokens, think=think)
        talk: Conversing | ConversingVia
        if via is None:
            talk = follow(out, open_chat(version, voice, home=home, model=model, system=system, memory=not no_memory))
        elif no_memory:
            raise rows_are_theirs(via)
        else:
            talk = open_chat_via(via, voice, model=version or model, system=system)
        out.say(f"talking to {talk.label}; an empty line ends it", "bold")
        while words := _asked():
            for piece in talk.answer(words):
                print(piece, end="", flush=True)
            print()


def _asked() -> str:
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""
