"""`burnish log`, `show`, `promote`, `rollback`, `tag` and `fsck`."""

from __future__ import annotations

from typing import Annotated

import typer

from burnish.cli.options import Debug, Home, Json, at
from burnish.cli.show import Screen, screen

Named = Annotated[str, typer.Argument(help="A run id, its beginning, a tag, or live.", show_default=False)]
OrEpoch = Annotated[
    str, typer.Argument(help="A run id, its beginning, a tag, live, or a kept epoch such as live@epoch3.", show_default=False)
]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the journal.")]


def log(
    matrix: Annotated[
        bool, typer.Option("--matrix", help="Each version's score on each session's questions, and what was kept.")
    ] = False,
    version: Annotated[
        str | None, typer.Option("--version", help="With --matrix: the chain that ends here. Default: live.", show_default=False)
    ] = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Show the versions as a tree, each under the one it comes from, and which one is live."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.history import log as work, tree

        if matrix:
            _show_matrix(out, version, home)
            return

        versions, unfinished = work(home)
        rows = tuple(
            (
                "*" if v["live"] else "",
                branch + v["version"],
                ", ".join(v["tags"]),
                ", ".join(v["parents"]) or "base",
                v["method"],
                str(v["rows"]),
                v["verdict"] + (" (broken)" if v["broken"] else ""),
                v["created"],
            )
            for branch, v in tree(versions)
        )
        out.table("", ("live", "version", "tags", "from", "method", "rows", "verdict", "made"), rows)
        for run in unfinished:
            out.say(f"unfinished: {run} (burnish train --resume {run}{at(home)})", "yellow")
        out.answer({"versions": versions, "unfinished": unfinished})


def _show_matrix(out: Screen, version: str | None, home: str | None) -> None:
    from burnish.flow.matrix import matrix

    found = matrix(version, home)
    cells = [("-" if score is None else f"{score:.2f}" for score in scores) for _, scores in found.rows]
    rows = tuple((label, *row) for (label, _), row in zip(found.rows, cells, strict=True))
    out.table("score by version and session", ("version", *found.columns), rows)
    told = (
        ("backward transfer (earlier sessions: now, less when trained)", found.backward),
        ("forward transfer (sessions not trained yet, less the base)", found.forward),
        ("general drift (now, less the base)", found.drift),
    )
    for words, one in told:
        if one is not None:
            spread = f"95 % interval {one.low:+.2f} to {one.high:+.2f}"
            out.say(f"{words}: {one.mean:+.2f}, {spread}, {one.questions} questions: {one.words}")
    out.answer(found.to_json())


def show(version: Named, home: Home = None, json: Json = False, debug: Debug = False) -> None:
    """Show all that is known of a version."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.history import carried, epochs as kept, show as work
        from burnish.records.codec import to_json

        run, folder, live = work(version, home)
        facts = to_json(run)
        flat = tuple((key, str(value)) for key, value in facts.items() if not isinstance(value, dict))
        out.table(f"version {run.id}" + (" (live)" if live else ""), ("", ""), flat)
        for name, score in run.scores.items():
            out.say(
                f"{name}: {score['mean_a']:.2f} before, {score['mean_b']:.2f} after on {score['n']} questions: {score['verdict']}"
            )
        if run.trained_share is not None:
            out.say(
                f"trained: {run.trainable_parameters:,} weights of {run.base_parameters + run.trainable_parameters:,} "
                f"({run.trained_share:.2%}); the base's {run.base_parameters:,} stay as they are"
            )
        epochs = kept(folder)
        if epochs:
            names = ", ".join(f"{run.id}@epoch{epoch}" for epoch in epochs)
            out.say(f"epochs kept: {names} (chat, evaluate, compare, promote and tag take these names)")
        rows = carried(folder)
        if rows is not None:
            out.say(f"memory: it {rows.told}")
        out.say(f"files: {folder}")
        memory = rows.to_json() if rows is not None else None
        more = {"trained_share": run.trained_share, "epochs": epochs, "memory": memory, "live": live, "folder": str(folder)}
        out.answer({**facts, **more})


def _warn_broken(out: Screen, version: str, home: str | None) -> None:
    """Say that a version which a person made live was found broken."""
    from burnish.flow.history import show as work

    run, _, _ = work(version, home)
    if run.broken:
        out.say(f"this version was found broken: {run.broken}; to go back: burnish rollback{at(home)}", "red")


def promote(version: OrEpoch, reason: Reason = "by hand", home: Home = None, json: Json = False, debug: Debug = False) -> None:
    """Make a version live."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.history import promote as work

        live = work(version, reason, home)
        out.say(f"version {live} is now live")
        _warn_broken(out, live, home)
        out.answer({"live": live, "reason": reason})


def rollback(
    version: Annotated[str | None, typer.Argument(help="Default: the version that was live before.", show_default=False)] = None,
    reason: Reason = "rolled back by hand",
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Make the version that was live before live again, or the one named."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.history import rollback as work

        live = work(version, reason, home)
        out.say(f"version {live} is live again")
        _warn_broken(out, live, home)
        out.answer({"live": live, "reason": reason})


def tag(
    name: Annotated[str, typer.Argument(help="The name: a letter first, then letters, digits, . _ and -.", show_default=False)],
    version: Named,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Give a version a name; a name that another version had moves here."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.history import tag as work

        named = work(name, version, home)
        out.say(f"{name} is version {named}")
        out.answer({"tag": name, "version": named})


def fsck(
    mend: Annotated[
        bool, typer.Option("--mend", help="Mend what can be mended without loss; no file of a version is touched.")
    ] = False,
    repoint: Annotated[
        bool, typer.Option("--repoint", help="Make the version live that was live last, where the pointer is lost.")
    ] = False,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Check every file of every version against its hash."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.history import fsck as work, mend as mending

        mended = mending(home, repoint=repoint) if mend or repoint else []
        for one in mended:
            out.say(f"mended: {one['file']}: {one['what']}", "green")
        faults = work(home)
        for fault in faults:
            out.say(f"{fault['version']}: {fault['file']}: {fault['what']}", "red")
        out.say("all versions are whole" if not faults else f"{len(faults)} faults", "bold")
        out.answer({"ok": not faults, "faults": faults, "mended": mended})
    if faults:
        raise SystemExit(1)
