"""The verbs `evaluate` and `compare`: versions and models judged on suites."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import durable
from burnish.evaluate.compare import compare as compared
from burnish.flow.events import Said, Work
from burnish.flow.judging import gather_suites, judge
from burnish.flow.project import load_weights, open_version
from burnish.records.codec import to_json

if TYPE_CHECKING:
    from burnish.flow.project import Opened
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
    """Two models' scores and the verdict."""

    comparison: Comparison
    a: EvalReport
    b: EvalReport
    report: Path


def evaluate(
    reference: str | None, suites: Sequence[str], *, home: str | None, model: str | None = None, out: Path | None = None
) -> Work[Evaluated]:
    """Let a version or a model answer suites. Raises BurnishError."""
    gathered = gather_suites(suites or DEFAULT_SUITES)
    opened = yield from open_version(reference, home=home, model=model)
    report = yield from _judged(opened, gathered)
    return Evaluated(report=report, items=_write_items(report, out or _answers_folder(opened, home)))


def _judged(opened: Opened, suites: dict[str, tuple[Task, ...]]) -> Work[EvalReport]:
    yield Said(text=f"{opened.label}: answering", level="head")
    return (yield from judge(load_weights(opened), opened.label, opened.chat, suites, stage=f"{opened.label} answering"))


def _answers_folder(opened: Opened, home: str | None) -> Path:
    """Return a new folder for answers: in the project where there is one, else beside the person."""
    from burnish.registry.home import find_home

    found = find_home(Path.cwd(), home)
    name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{opened.label.replace('/', '-')}"
    return (found / "evaluations" if found is not None else Path("burnish-evaluations")) / name


def _write_items(report: EvalReport, folder: Path) -> dict[str, Path]:
    import json

    paths = {}
    for name, suite in report.suites.items():
        path = folder / f"{name.replace('/', '-').replace(' ', '-')}.jsonl"
        durable.write_text(path, "".join(json.dumps(to_json(answer), ensure_ascii=False) + "\n" for answer in suite.answers))
        paths[name] = path
    return paths


def compare(a: str, b: str, suites: Sequence[str], *, home: str | None, model: str | None = None) -> Work[Compared]:
    """Let two versions or models answer the same suites and compare them in pairs: is B better than A?"""
    gathered = gather_suites(suites or DEFAULT_SUITES)
    reports = []
    opened_b = None
    for reference in (a, b):
        opened_b = yield from open_version(reference, home=home, model=model)
        reports.append((yield from _judged(opened_b, gathered)))
    comparison = compared(reports[0], reports[1])
    if opened_b is None:
        raise AssertionError
    path = _answers_folder(opened_b, home) / "comparison.json"
    durable.write_json(path, {"comparison": to_json(comparison), "a": to_json(reports[0]), "b": to_json(reports[1])})
    return Compared(comparison=comparison, a=reports[0], b=reports[1], report=path)
