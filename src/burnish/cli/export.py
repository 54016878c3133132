"""`burnish export KIND [VERSION] -o DIR`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from burnish.cli.options import Debug, Home, Json, Version
from burnish.cli.show import Screen, screen

if TYPE_CHECKING:
    from burnish.export.make import Exported


def export(
    kind: Annotated[str, typer.Argument(help="adapter, merged, gguf or ollama.", show_default=False)],
    version: Version = None,
    *,
    out_folder: Annotated[
        Path, typer.Option("--out", "-o", help="The folder to make; it must not be there yet.", show_default=False)
    ],
    quant: Annotated[
        str | None,
        typer.Option("--quant", help="Bits of gguf and ollama: f16, q8_0 (default), q5_1, q5_0, q4_1, q4_0.", show_default=False),
    ] = None,
    prove: Annotated[bool, typer.Option("--prove", help="Make nothing: repeat the proof of the folder that is there.")] = False,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Export a version for other programs, with the proof that it is what was trained."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.export import make
        from burnish.flow.threads import settle_threads

        settle_threads()
        if prove:
            done = make.prove(kind, version, out_folder, quant=quant, home=home, report=out.progress)
        else:
            done = make.export(kind, version, out_folder, quant=quant or "q8_0", home=home, report=out.progress)
        _tell(out, done, made=not prove)
        out.answer(_answer(done))
        if not done.proof.passed:
            first = done.proof.failed[0]
            out.fail(
                f"the proof failed, so nothing was exported; its evidence is {done.evidence}"
                if not prove
                else "the proof failed",
                seen="; ".join(f"{check.name}: {check.seen}" for check in done.proof.failed),
                remedy=first.remedy,
            )


def _tell(out: Screen, done: Exported, *, made: bool) -> None:
    rows = tuple(("yes" if check.passed else "NO", check.name, check.seen) for check in done.proof.checks)
    out.table(f"{done.kind} of {done.version}: is it what was trained?", ("", "what", "seen"), rows)
    if done.licence_warning:
        out.say(done.licence_warning, "yellow")
    if done.proof.passed and made:
        out.say(
            f"made and proven in {done.seconds:.0f} s: {done.folder} (README.md says how to run it, proof.json how it was proven)"
        )
    elif done.proof.passed:
        out.say(f"proven in {done.seconds:.0f} s: {done.evidence}")


def _answer(done: Exported) -> dict[str, object]:
    from burnish.records.codec import to_json

    files = sorted(path for path in done.folder.rglob("*") if path.is_file()) if done.folder.is_dir() else []
    return {
        "kind": done.kind,
        "version": done.version,
        "path": str(done.folder) if done.folder.is_dir() else None,
        "files": [{"name": str(path.relative_to(done.folder)), "bytes": path.stat().st_size} for path in files],
        "passed": done.proof.passed,
        "checks": [to_json(check) for check in done.proof.checks],
        "proof": str(done.evidence),
        "licence": {"name": done.licence, "warning": done.licence_warning},
        "seconds": done.seconds,
    }
