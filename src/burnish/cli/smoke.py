"""`burnish smoke VERSION|FOLDER|URL`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from burnish.cli.options import Debug, Home, Json
from burnish.cli.show import screen

WORDS = {True: "yes", False: "NO", None: "told"}


def smoke(
    target: Annotated[
        str | None, typer.Argument(help="A version, a model's folder, or a server's address. Default: live.", show_default=False)
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="The model to ask a server for. Default: live, or its first.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, help="The most that the checks may take together; then it says what it found.")
    ] = 120.0,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Check in seconds that a version, a folder or a server loads, answers, stops, keeps links and refuses nonsense."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.cli.extras import needed

        with needed("serve"):
            from burnish.serve.smoke import Looking
            from burnish.serve.start import smoke as work

        checks = []
        out.progress("loading", last=False)
        for check in work(target, home=home, model=model, key=os.environ.get("BURNISH_VIA_KEY"), limit=seconds):
            if isinstance(check, Looking):
                out.progress(f"{check.name}: {check.asked} requests answered in {check.seconds:.0f} s")
                continue
            checks.append(check)
            out.say(f"{check.name:18} {WORDS[check.passed]:5} {check.seen}", "red" if check.passed is False else "")
        failed = [check for check in checks if check.passed is False]
        out.answer(
            {
                "ok": not failed,
                "checks": [{"name": one.name, "passed": one.passed, "seen": one.seen} for one in checks],
            }
        )
        if failed:
            out.fail(
                f"{len(failed)} of {len(checks)} checks failed: {', '.join(one.name for one in failed)}",
                seen=failed[0].seen,
                remedy="see what each line says; `burnish chat` shows the answers themselves",
            )
