"""`burnish export KIND [VERSION] -o DIR`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from burnish.cli.bundle import write_file
from burnish.cli.events import follow
from burnish.cli.options import Debug, Home, Json, Version
from burnish.cli.show import Screen, screen
from burnish.errors import DataError

if TYPE_CHECKING:
    from burnish.export.make import Exported
    from burnish.export.proof import Check


def export(
    kind: Annotated[
        str,
        typer.Argument(help="adapter, merged, gguf or ollama; or version: one file for another project.", show_default=False),
    ],
    version: Version = None,
    *,
    out_folder: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="The folder (of a version: the file) to make; it must not be there yet.", show_default=False
        ),
    ],
    quant: Annotated[
        str | None,
        typer.Option("--quant", help="Bits of gguf and ollama: f16, q8_0 (default), q5_1, q5_0, q4_1, q4_0.", show_default=False),
    ] = None,
    prove: Annotated[bool, typer.Option("--prove", help="Make nothing: repeat the proof of the folder that is there.")] = False,
    suite: Annotated[
        list[str] | None,
        typer.Option(
            "--suite",
            help="Of gguf and ollama: ask it and the trained model a suite too (as in evaluate), or own: the tasks the version was "
            "judged by. May be given several times.",
        ),
    ] = None,
    no_worse_than: Annotated[
        float, typer.Option("--no-worse-than", min=0.0, help="With --suite: the points of 100 that it may be worse by.")
    ] = 5.0,
    no_rows: Annotated[
        bool,
        typer.Option(
            "--no-rows",
            help="Leave out rows.jsonl: the rows that a version answers with, which no other program puts before questions.",
        ),
    ] = False,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Export a version for other programs, with the proof that it is what was trained."""
    with screen(as_json=json, debug=debug) as out:
        if kind == "version":
            _only_whole(quant, suite, prove=prove, no_rows=no_rows)
            write_file(out, version or "live", out_folder, home)
            return
        from burnish.export import make
        from burnish.flow.threads import settle_threads

        settle_threads()
        judge = _judge(out, kind, version, suite, no_worse_than, home) if suite else None
        if prove:
            done = make.prove(kind, version, out_folder, quant=quant, home=home, report=out.progress, judge=judge)
        else:
            done = make.export(
                kind,
                version,
                out_folder,
                quant=quant or "q8_0",
                home=home,
                report=out.progress,
                judge=judge,
                rows=not no_rows,
            )
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


def _only_whole(quant: str | None, suite: list[str] | None, *, prove: bool, no_rows: bool) -> None:
    """Raise DataError for what means nothing to a version as one file."""
    options = {"--quant": quant, "--suite": suite, "--prove": prove, "--no-rows": no_rows}
    given = [name for name, value in options.items() if value]
    if given:
        raise DataError(
            f"{given[0]} means nothing to a version as one file: it holds the version as it is",
            seen=f"export version {given[0]}",
            remedy="leave it out; `burnish import` checks every file of it by its sha256",
        )


def _judge(
    out: Screen, kind: str, version: str | None, suites: list[str], points: float, home: str | None
) -> Callable[[Path], Check]:
    """Return what asks an artefact and the trained model the same suites. Raises DataError for a kind that no server here takes."""
    from burnish.cli.extras import needed
    from burnish.export.make import chosen_quantised
    from burnish.export.proof import Check
    from burnish.flow.artefact import as_good

    if not chosen_quantised(kind):
        raise DataError(
            f"--suite is for kinds whose weights are rounded, and `{kind}` is the trained model itself",
            seen=f"export {kind} --suite",
            remedy=f"leave it out, or judge the version: burnish evaluate {version or 'live'} --suite {suites[0]}",
        )
    with needed("serve"):
        from burnish.serve.start import serving

    def judged(folder: Path) -> Check:
        with serving(folder / "model.gguf", version, home=home) as (url, name):
            found = follow(out, as_good(url, name, version, suites, points=points, home=home))
        return Check(
            name=f"its answers are no worse than the trained model's by {points:g} points",
            passed=found.shown or not found.refuted,
            shown=found.shown,
            seen=found.words,
            remedy="take a kind with more bits (--quant q8_0 or f16), or allow more points: --no-worse-than",
            figures={"points": points, "suites": {name: one.difference for name, one in found.comparison.suites.items()}},
        )

    return judged


def _tell(out: Screen, done: Exported, *, made: bool) -> None:
    rows = tuple((check.word, check.name, check.seen) for check in done.proof.checks)
    out.table(f"{done.kind} of {done.version}: is it what was trained?", ("", "what", "seen"), rows)
    for check in done.proof.not_shown:
        out.say(f"not shown: {check.name}: {check.seen}", "yellow")
    if done.carries is not None:
        out.say(f"the version {done.carries.told}; this artefact alone does not do that (README.md)", "yellow")
        if (done.folder / "rows.jsonl").is_file():
            out.say("rows.jsonl holds these rows word for word: --no-rows leaves it out", "yellow")
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
        "memory": done.carries.to_json() if done.carries is not None else None,
        "licence": {"name": done.licence, "warning": done.licence_warning},
        "seconds": done.seconds,
    }
