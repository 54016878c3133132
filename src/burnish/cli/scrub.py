"""`burnish scrub DATA -o OUT`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from burnish.cli.events import follow
from burnish.cli.options import Data, Debug, Json, Out
from burnish.cli.show import screen


def scrub(
    data: Data,
    out_file: Out,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Only this: key url mail iban card ip phone address person. May be given several times."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="Write the way back to this file, which only you may read (mode 0600).")
    ] = None,
    known: Annotated[
        Path | None,
        typer.Option(
            "--known",
            help="Go on from the key of an earlier scrub: who was [PERSON_1] there is so here. The new key leads back for both.",
        ),
    ] = None,
    surrogates: Annotated[
        bool, typer.Option("--surrogates", help="Made-up names and numbers that read like real ones, instead of [PERSON_1].")
    ] = False,
    plant: Annotated[
        int,
        typer.Option(
            "--plant", min=0, help="Put so many made-up secrets in first: `burnish canaries` looks for them after training."
        ),
    ] = 0,
    names: Annotated[
        str,
        typer.Option(
            "--names", help="Find names with a model you have installed too: spacy:MODEL, or gliner:FOLDER. Nothing is fetched."
        ),
    ] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed plants others.")] = 0,
    restore: Annotated[bool, typer.Option("--restore", help="Turn scrubbed rows back, with the file that --key wrote.")] = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Replace names, mail addresses, phone numbers, postal addresses, card and bank numbers, keys, IPs and links with secrets."""
    idle = {"--kind": kind, "--known": known, "--surrogates": surrogates, "--plant": plant, "--seed": seed, "--names": names}
    if restore and any(idle.values()):
        raise typer.BadParameter(f"{', '.join(name for name, on in idle.items() if on)} has no meaning beside --restore")
    with screen(as_json=json, debug=debug) as out:
        from burnish.errors import DataError
        from burnish.flow import scrub as flow
        from burnish.records.codec import to_json

        if restore and key is None:
            raise DataError("without its key nothing can be restored", remedy="name the file: --restore --key FILE")
        work = (
            flow.restore(data, out_file, key=key)
            if restore and key is not None
            else flow.scrub(
                data, out_file, kinds=kind or (), key=key, known=known, surrogates=surrogates, plant=plant, seed=seed, names=names
            )
        )
        done = follow(out, work)
        out.table("where the rows went", ("", "rows"), done.books.lines())
        if not restore:
            times = sum(one.times for one in done.kinds)
            out.say(
                f"{times} private things replaced in {done.path}; no rule finds all: read some rows before you share them", "bold"
            )
        if done.planted:
            out.say(f"{done.planted} canaries planted; after training: burnish canaries --key {done.key}")
        if done.left:
            out.say(f"still in the rows as they were planted: canaries of the kinds {', '.join(done.left)}", "yellow")
        if done.key is not None and not restore:
            out.say(f"the way back is in {done.key}: keep it to yourself", "yellow")
        answer = {"path": str(done.path), "kinds": {one.kind: to_json(one) for one in done.kinds}, "ledger": done.books.summary()}
        out.answer({**answer, "key": str(done.key) if done.key else None, "planted": done.planted, "left": list(done.left)})
