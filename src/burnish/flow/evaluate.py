"""The verbs `evaluate` and `compare`: versions and models judged on suites."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import durable
from burnish.evaluate.compare import compare as compared
from burnish.evaluate.rank import rank
from burnish.evaluate.ranking_page import page, table
from burnish.evaluate.run import Answering
from burnish.flow.events import Said, Work
from burnish.flow.judging import gather_suites, judge
from burnish.flow.project import load_weights, open_version
from burnish.flow.via import connect, judge_via
from burnish.records.codec import to_json

if TYPE_CHECKING:
    from burnish.flow.project import Opened
    from burnish.records.ranking import Ranking
    from burnish.records.report import Comparison, EvalReport
    from burnish.records.task import Task

DEFAULT_SUITES = ("starter",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """One model's scores, and where its graded answers lie."""

    report: EvalReport
    items: dict[str, Path]
    """By suite: a JSONL, one graded answer a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Several models' scores and their ranking; of two also the verdict."""

    reports: tuple[EvalReport, ...]
    ranking: Ranking
    comparison: Comparison | None
    """Is the second better than the first? None where there are more than two."""
    report: Path


def evaluate(
    reference: str | None,
    suites: Sequence[str],
    *,
    home: str | None,
    model: str | None = None,
    out: Path | None = None,
    samples: int = 1,
    temperature: float = 0.0,
    via: str | None = None,
) -> Work[Evaluated]:
    """Let a version or a model answer suites, or the model of a server at the address `via`. Raises BurnishError."""
    gathered = gather_suites(suites or DEFAULT_SUITES)
    if via is not None:
        server = connect(via, reference or model)
        report = yield from judge_via(server, gathered, Answering(samples=samples, temperature=temperature))
        return Evaluated(report=report, items=_write_items(report, out or _answers_folder(server.model, home)))
    opened = yield from open_version(reference, home=home, model=model)
    report = yield from _judged(opened, gathered, Answering(samples=samples, temperature=temperature))
    return Evaluated(report=report, items=_write_items(report, out or _answers_folder(opened.label, home)))


def _judged(opened: Opened, suites: dict[str, tuple[Task, ...]], settings: Answering) -> Work[EvalReport]:
    yield Said(text=f"{opened.label}: answering", level="head")
    weights = load_weights(opened)
    stage = f"{opened.label} answering"
    return (yield from judge(weights, opened.label, opened.chat, suites, stage=stage, settings=settings))


def _answers_folder(label: str, home: str | None) -> Path:
    """Return a new folder for answers: in the project where there is one, else beside the person."""
    from burnish.registry.home import find_home

    found = find_home(Path.cwd(), home)
    name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{label.replace('/', '-')}"
    return (found / "evaluations" if found is not None else Path("burnish-evaluations")) / name


def _write_items(report: EvalReport, folder: Path) -> dict[str, Path]:
    import json

    paths = {}
    for name, suite in report.suites.items():
        path = folder / f"{name.replace('/', '-').replace(' ', '-')}.jsonl"
        durable.write_text(path, "".join(json.dumps(to_json(answer), ensure_ascii=False) + "\n" for answer in suite.answers))
        paths[name] = path
    return paths


def compare(
    references: Sequence[str],
    suites: Sequence[str],
    *,
    home: str | None,
    model: str | None = None,
    samples: int = 1,
    temperature: float = 0.0,
) -> Work[Compared]:
    """Let versions or models answer the same suites and compare every two in pairs. Raises BurnishError."""
    gathered = gather_suites(suites or DEFAULT_SUITES)
    settings = Answering(samples=samples, temperature=temperature)
    reports: list[EvalReport] = []
    opened = None
    for reference in references:
        opened = yield from open_version(reference, home=home, model=model)
        reports.append((yield from _judged(opened, gathered, settings)))
    if opened is None:
        raise AssertionError
    ranking = rank(reports)
    comparison = compared(reports[0], reports[1]) if len(reports) == 2 else None
    path = _answers_folder(opened.label, home) / "comparison.json"
    if comparison is not None:
        durable.write_json(path, {"comparison": to_json(comparison), "a": to_json(reports[0]), "b": to_json(reports[1])})
    else:
        durable.write_json(path, {"ranking": to_json(ranking), "reports": to_json(reports)})
    return Compared(reports=tuple(reports), ranking=ranking, comparison=comparison, report=path)


def write_ranking(ranking: Ranking, *, csv: Path | None, html: Path | None) -> dict[str, Path]:
    """Write the ranking to the files named and return them by kind. Raises StorageError."""
    written = {}
    for kind, path, make in (("csv", csv, table), ("html", html, page)):
        if path is not None:
            durable.write_text(path, make(ranking))
            written[kind] = path
    return written
