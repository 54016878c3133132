"""`burnish demo`."""

from __future__ import annotations

from burnish.cli.events import follow
from burnish.cli.options import Debug, Home, Json
from burnish.cli.show import screen


def demo(home: Home = None, json: Json = False, debug: Debug = False) -> None:
    """Walk the whole road on the embedded model and the starter rows, and end with a verdict."""
    with screen(as_json=json, debug=debug) as out:
        from burnish.flow.demo import demo as work
        from burnish.flow.telling import duration, verdict_words

        shown = follow(out, work(home))
        run = shown.trained.run
        verdict = verdict_words(shown.trained.comparison)
        out.say(f"the whole road took {duration(shown.seconds)}, training {duration(run.train_seconds)} of it")
        out.say(f"verdict: {verdict}", "bold")
        out.answer(
            {
                "run": run.id,
                "verdict": run.verdict,
                "seconds": shown.seconds,
                "train_seconds": run.train_seconds,
                "peak_bytes": run.peak_bytes,
                "scores": dict(run.scores),
                "before_after": str(shown.trained.before_after),
                "report": str(shown.trained.report),
            }
        )
