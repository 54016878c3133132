"""Does an artefact answer a suite as well as the model it was made of? Both are asked, and compared in pairs.

The artefact answers over HTTP, wherever it is served; the trained model answers here, as in `burnish compare`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.errors import DataError
from burnish.evaluate.answering import Answering
from burnish.evaluate.compare import compare
from burnish.flow.events import Said, Work
from burnish.flow.judging import gather_suites, judge
from burnish.flow.kept import kept_answers
from burnish.flow.project import find_version, load_weights
from burnish.flow.run_files import durable_json
from burnish.flow.sessions import ASKED, from_json_tasks
from burnish.flow.via import connect, judge_via, written_only
from burnish.registry.home import find_home

if TYPE_CHECKING:
    from burnish.flow.project import Opened
    from burnish.records.report import Comparison
    from burnish.records.task import Task
    from burnish.tokens.template import Chat

OWN = "own"
"""The name of the tasks that the version's own run was judged by: its held-out rows, and suites of the person's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsGood:
    """How an artefact's answers compare with the trained model's."""

    comparison: Comparison
    """B is the artefact."""
    points: float
    """The margin: 1 is 0.01 of a suite's scale."""

    @property
    def shown(self) -> bool:
        """Whether every suite shows that the artefact is no worse than the trained model by the margin."""
        return all(suite.no_worse_than(self.points) for suite in self.comparison.suites.values())

    @property
    def refuted(self) -> bool:
        """Whether a suite that does not show it shows the artefact to be worse."""
        return any(not one.no_worse_than(self.points) and one.verdict == "worse" for one in self.comparison.suites.values())

    @property
    def words(self) -> str:
        """The figures of each suite: difference, interval, number of questions."""
        parts = [
            f"{name} {one.mean_a:.3f} trained, {one.mean_b:.3f} here, difference {one.difference:+.3f} "
            f"({one.low:+.3f} to {one.high:+.3f}) on {one.n} questions"
            for name, one in self.comparison.suites.items()
        ]
        return f"allowed: {self.points:g} points; {'; '.join(parts)}"


def as_good(
    url: str, model: str, reference: str | None, suites: Sequence[str], *, points: float, home: str | None
) -> Work[AsGood]:
    """Ask the artefact that is served at `url` as `model`, and the version it was made of, the same suites. Raises BurnishError.

    Tasks weighed by likelihood cannot be asked of a server, and are left out of both and told.
    """
    opened = yield from find_version(reference, home=home, memory=False)  # an artefact does not hold the rows either
    tasks, left_out = written_only(_tasks(opened, suites, home))
    if left_out:
        yield Said(text=left_out, level="warn")
    settings = Answering()

    @functools.cache
    def load() -> tuple[Any, Chat]:
        return load_weights(opened), opened.chat

    kept = kept_answers(opened, opened.dtype, find_home(Path.cwd(), home))
    stage = f"{opened.label} answering, as trained"
    trained = yield from judge(load, opened.label, tasks, stage=stage, settings=settings, kept=kept)
    load.cache_clear()
    made = yield from judge_via(connect(url, model), tasks, settings)
    return AsGood(comparison=compare(trained, made), points=points)


def _tasks(opened: Opened, suites: Sequence[str], home: str | None) -> Mapping[str, tuple[Task, ...]]:
    named = gather_suites([one for one in suites if one != OWN]) if set(suites) != {OWN} else {}
    return named if OWN not in suites else {**_own(opened, home), **named}


def _own(opened: Opened, home: str | None) -> dict[str, tuple[Task, ...]]:
    """Return the tasks that a version's run was judged by. Raises DataError where it kept none."""
    found = find_home(Path.cwd(), home)
    path = found / "runs" / opened.run.id / ASKED if found is not None and opened.run is not None else None
    asked = durable_json(path) if path is not None and path.exists() else {}
    if not asked:
        raise DataError(
            f"{opened.label} has no tasks of its own",
            seen="no row was held out when it was made" if opened.run is not None else "it was not trained here",
            remedy="name a suite: --suite FILE.jsonl, or one that comes with burnish",
        )
    return {name: from_json_tasks(tasks) for name, tasks in asked.items()}
