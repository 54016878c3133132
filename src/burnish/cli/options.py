"""The options that several verbs share, each written once."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout; all else goes to stderr.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a fault.")]
Home = Annotated[
    str | None,
    typer.Option("--home", envvar="BURNISH_HOME", help="The project's folder. Default: found by walking up to .burnish/."),
]


def at(home: str | None) -> str:
    """Return what a command shown as the next step must have behind it to find the same project."""
    return f" --home {shlex.quote(home)}" if home else ""


def columns_of(given: list[str] | None) -> dict[str, str]:
    """Return what `--column` says, as {what: key}. Raises BadParameter."""
    pairs = [one.partition("=") for one in given or []]
    wrong = [one for one, (what, sign, key) in zip(given or [], pairs, strict=True) if not (what and sign and key)]
    if wrong:
        raise typer.BadParameter(f"{wrong[0]!r} names no column: write question=KEY, answer=KEY, author=KEY, text=KEY, time=KEY")
    return {what: key for what, _, key in pairs}


Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="A base model: smollm2-135m, a Hugging Face folder, a .gguf file or a hub name."),
]
Data = Annotated[Path, typer.Argument(help="A JSONL or JSON file of rows.", show_default=False)]
Column = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="Which key holds what, where its name does not tell: question=KEY answer=KEY, also context system thought. Several times.",
    ),
]
Holdout = Annotated[
    Path | None,
    typer.Option(
        "--holdout", help="A file of rows to judge with, as they are: none of DATA is held out. `burnish split` makes one."
    ),
]
Recipe = Annotated[
    Path | None, typer.Option("--recipe", help="A TOML file of settings. Default: burnish.toml where there is one.")
]
Set = Annotated[list[str] | None, typer.Option("--set", help="One setting, as table.key=value. May be given several times.")]
Suite = Annotated[
    list[str] | None,
    typer.Option(
        "--suite",
        help="starter, facts, format, safety, instructions, ability, a JSONL or TOML file, or all; "
        "lm-eval:TASK or lm-eval:FILE.yaml for a task of that package. May be given several times.",
    ),
]
Version = Annotated[
    str | None, typer.Argument(help="A run id, its beginning, a tag, live, base, or a model.", show_default=False)
]
Samples = Annotated[
    int, typer.Option("--samples", min=1, help="Answers to each prompt; their mean counts. More than one needs a temperature.")
]
Temperature = Annotated[float, typer.Option("--temperature", min=0.0, help="0: always the likeliest token.")]
Start = Annotated[
    str | None,
    typer.Option("--from", help="A version to continue from, or base. Default: live, else base.", show_default=False),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Make every answer anew. Default: what has not changed since it was answered is reused.")
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Where the rows go; never the file they come from.", show_default=False)]
Via = Annotated[
    str | None,
    typer.Option("--via", help="The address of an OpenAI-compatible server to ask instead. BURNISH_VIA_KEY is its key."),
]
NoMemory = Annotated[
    bool, typer.Option("--no-memory", help="Answer without the rows that the version carries (see `burnish train --memory`).")
]
