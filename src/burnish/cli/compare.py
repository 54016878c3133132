"""`burnish compare A B ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from burnish.cli.events import follow
from burnish.cli.options import Debug, Fresh, Home, Json, Model, Samples, Suite, Temperature
from burnish.cli.show import Screen, screen


def compare(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="A B ...", help="Versions or models. Two: is B better than A? More: a ranking.", show_default=False
        ),
    ],
    suite: Suite = None,
    model: Model = None,
    samples: Samples = 1,
    temperature: Temperature = 0.0,
    fresh: Fresh = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the ranking to this CSV file.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write it as a page, with all answers side by side, to this file too.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write it as Markdown, with all answers side by side, to this file too.")
    ] = None,
    home: Home = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Say whether B is better than A, worse, or whether one cannot tell: per suite and overall. Of more than two, rank them."""
    if len(models) < 2:
        raise typer.BadParameter("name at least two versions or models")
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.evaluate import compare as work, write_comparison

        asked = work(models, suite or (), home=home, model=model, samples=samples, temperature=temperature, fresh=fresh)
        done = follow(out, asked)
        written = write_comparison(done, csv=csv, html=html, markdown=markdown)
        if done.ranking is None:
            out.say("nothing was scored: no task has a grader; the answers stand side by side", "bold")
            out.answer({"verdict": "not scored", "suites": {}, **_written(done)})
        elif done.comparison is not None:
            _show_two(out, done)
        else:
            _show_many(out, done, {name: str(path) for name, path in written.items()})
        for path in (done.page, done.markdown, *written.values()):
            out.say(f"written: {path}")


def _show_two(out: Screen, done: Any) -> None:
    from burnish.flow.telling import score_rows, verdict_words

    comparison = done.comparison
    out.table("", ("", "A", "B", "difference", "verdict"), score_rows(comparison))
    out.say(f"verdict: {verdict_words(comparison)}", "bold")
    suites = {
        name: {"verdict": s.verdict, "difference": s.difference, "low": s.low, "high": s.high, "p": s.p, "n": s.n}
        for name, s in comparison.suites.items()
    }
    out.answer({"verdict": comparison.verdict, "suites": suites, "dtype": done.dtype, **_written(done)})


def _show_many(out: Screen, done: Any, written: dict[str, str]) -> None:
    ranking = done.ranking
    rows = tuple((str(m.rank), m.model, m.groups, f"{m.mean:.2f}", f"{m.low:.2f} to {m.high:.2f}") for m in ranking.models)
    out.table(
        f"on {ranking.models[0].n} questions", ("rank", "model", "same letter: cannot tell", "score", "95 % interval"), rows
    )
    out.say(f"verdict: {ranking.sentence}", "bold")
    models = [
        {"model": m.model, "rank": m.rank, "groups": m.groups, "mean": m.mean, "low": m.low, "high": m.high, "n": m.n,
         "suites": {name: {"mean": s[0], "low": s[1], "high": s[2]} for name, s in m.suites.items()}}
        for m in ranking.models
    ]  # fmt: skip
    pairs = [
        {"a": p.a, "b": p.b, "verdict": p.comparison.verdict, "difference": p.comparison.difference, "low": p.comparison.low,
         "high": p.comparison.high, "p": p.comparison.p, "n": p.comparison.n}
        for p in ranking.pairs
    ]  # fmt: skip
    told = {"verdict": ranking.sentence, "best": list(ranking.best), "models": models, "pairs": pairs}
    out.answer({**told, "dtype": done.dtype, **_written(done), **written})


def _written(done: Any) -> dict[str, str]:
    return {"report": str(done.report), "page": str(done.page), "report_markdown": str(done.markdown)}
