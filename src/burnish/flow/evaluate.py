"""The verbs `evaluate` and `compare`: versions and models judged on suites."""

from __future__ import annotations

import functools
import itertools
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish import durable
from burnish.errors import DataError
from burnish.evaluate.answering import Answering
from burnish.evaluate.compare import compare as compared
from burnish.evaluate.lm_eval_tasks import LmEval, called, divided, run_task
from burnish.evaluate.rank import distinct, rank
from burnish.evaluate.ranking_page import page, table
from burnish.evaluate.side_by_side import document, side_by_side
from burnish.flow.events import Advanced, Said, Work
from burnish.flow.judging import gather_suites, judge
from burnish.flow.kept import kept_answers
from burnish.flow.project import compared_dtype, find_version, load_weights, said_carried
from burnish.flow.via import connect, judge_via, rows_are_theirs
from burnish.records.codec import JSON, to_json
from burnish.records.report import EvalReport
from burnish.registry.home import find_home

if TYPE_CHECKING:
    from burnish.evaluate.kept import Kept
    from burnish.flow.project import Opened
    from burnish.records.ranking import Ranking
    from burnish.records.report import Comparison
    from burnish.records.task import Task
    from burnish.tokens.template import Chat

DEFAULT_SUITES = ("starter",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """One model's scores, and where its graded answers lie."""

    report: EvalReport
    items: dict[str, Path]
    """By suite: a JSONL, one graded answer a line."""
    reused: int
    """Answers that were kept from before."""
    dtype: str = ""
    """What it was asked in; empty where a server answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Several models' scores and their ranking; of two also the verdict."""

    reports: tuple[EvalReport, ...]
    ranking: Ranking | None
    """None where nothing was scored: no task has a grader."""
    comparison: Comparison | None
    """Is the second better than the first? None where there are more than two, or nothing was scored."""
    report: Path
    dtype: str
    """What all of them were asked in."""
    page: Path
    """The same to be read in a browser, with all answers side by side."""
    markdown: Path


def evaluate(
    reference: str | None,
    suites: Sequence[str],
    *,
    home: str | None,
    model: str | None = None,
    out: Path | None = None,
    samples: int = 1,
    temperature: float = 0.0,
    fresh: bool = False,
    via: str | None = None,
    memory: bool = True,
) -> Work[Evaluated]:
    """Let a version or a model answer suites; what it has answered before is not answered again. Raises BurnishError.

    `fresh`: answer all of it again. `via`: the address of a server whose model is asked instead, always anew. `memory`: whether a
    version answers with the rows it carries.
    """
    if via is not None and not memory:
        raise rows_are_theirs(via)
    ours, theirs = divided(suites or DEFAULT_SUITES)
    gathered = gather_suites(ours)
    if via is not None:
        return (
            yield from _via(
                via, reference or model, gathered, theirs, home, out, Answering(samples=samples, temperature=temperature)
            )
        )
    opened = yield from find_version(reference, home=home, model=model, memory=memory)
    kept = kept_answers(opened, opened.dtype, find_home(Path.cwd(), home), fresh=fresh)
    settings = Answering(samples=samples, temperature=temperature)
    report, figures = yield from _judged(opened, gathered, theirs, settings, kept)
    folder = out or _answers_folder(opened.label, home)
    items = _write_items(report, folder)
    if figures:
        durable.write_text(folder / "lm-eval.json", json.dumps(figures, indent=2, ensure_ascii=False, default=str) + "\n")
    return Evaluated(report=report, items=items, reused=kept.reused, dtype=opened.dtype)


def _via(
    via: str,
    model: str | None,
    suites: Mapping[str, tuple[Task, ...]],
    theirs: Sequence[str],
    home: str | None,
    out: Path | None,
    settings: Answering,
) -> Work[Evaluated]:
    if theirs:
        raise DataError(
            "tasks of lm-eval are asked of a loaded model, not of a server",
            seen=f"--suite {theirs[0]} --via {via}",
            remedy="leave one of the two out",
        )
    server = connect(via, model)
    report = yield from judge_via(server, suites, settings)
    return Evaluated(report=report, items=_write_items(report, out or _answers_folder(server.model, home)), reused=0)


def _judged(
    opened: Opened, suites: dict[str, tuple[Task, ...]], theirs: Sequence[str], settings: Answering, kept: Kept
) -> Work[tuple[EvalReport, dict[str, Mapping[str, JSON]]]]:
    """Return the report on all suites, and lm-eval's own figures by task."""
    yield Said(text=f"{opened.label}: answering in {opened.dtype}", level="head")
    yield from said_carried(opened)
    if theirs and opened.carries is not None:
        yield Said(text="tasks of lm-eval are asked without the rows it carries: they never pass through its chat", level="warn")
    stage = f"{opened.label} answering"

    @functools.cache
    def load() -> tuple[Any, Chat]:
        chat = opened.chat  # refused, where it must be, before the weights are loaded
        return load_weights(opened), chat

    report = EvalReport(model=opened.label, suites={})
    if suites:
        report = yield from judge(load, opened.label, suites, stage=stage, settings=settings, kept=kept)
    found: dict[str, LmEval] = {}
    for name in theirs:
        found[called(name)] = yield from _lm_eval(load()[0], opened, name)
    scores = {name: one.score for name, one in found.items()}
    return replace(report, suites={**report.suites, **scores}), {name: one.figures for name, one in found.items()}


def _lm_eval(model: Any, opened: Opened, name: str) -> Work[LmEval]:
    from burnish.tokens.load import load_tokenizer

    for item in run_task(model, load_tokenizer(opened.source.folder), name):
        if isinstance(item, LmEval):
            return item
        stage = f"{opened.label} answering {called(name)}"
        yield Advanced(stage=stage, done=item.done, total=item.total, unit="requests", seconds=item.seconds)
    raise AssertionError("a task ends with its result")


def _answers_folder(label: str, home: str | None) -> Path:
    """Return a folder for answers that is not there yet: in the project where there is one, else beside the person."""
    found = find_home(Path.cwd(), home)
    name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{label.replace('/', '-')}"
    place = found / "evaluations" if found is not None else Path("burnish-evaluations")
    return next(folder for n in itertools.count(1) if not (folder := place / (f"{name}-{n}" if n > 1 else name)).exists())


def _write_items(report: EvalReport, folder: Path) -> dict[str, Path]:
    paths = {}
    for name in dict.fromkeys([*report.suites, *report.shown]):
        path = folder / f"{re.sub('[/ :]', '-', name)}.jsonl"
        answers = (*(report.suites[name].answers if name in report.suites else ()), *report.shown.get(name, ()))
        durable.write_text(path, "".join(json.dumps(to_json(answer), ensure_ascii=False) + "\n" for answer in answers))
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
    fresh: bool = False,
) -> Work[Compared]:
    """Let versions or models answer the same suites and compare every two in pairs. Raises BurnishError."""
    ours, theirs = divided(suites or DEFAULT_SUITES)
    gathered = gather_suites(ours)
    settings = Answering(samples=samples, temperature=temperature)
    every: list[Opened] = []
    moment = datetime.now()  # noqa: DTZ005 - a template's date is the local one; all are asked on the same
    for reference in references:
        every += [(yield from find_version(reference, home=home, model=model, moment=moment))]
    dtype = compared_dtype(every)
    reports: list[EvalReport] = []
    for number, (reference, one) in enumerate(zip(references, every, strict=True)):
        opened = replace(one, dtype=dtype)  # all sides alike, whatever each was trained in
        kept = kept_answers(opened, dtype, find_home(Path.cwd(), home), fresh=fresh and reference not in references[:number])
        reports.append((yield from _judged(opened, gathered, theirs, settings, kept))[0])
    scored = any(report.suites for report in reports)
    ranking = rank(reports) if scored else None
    comparison = compared(reports[0], reports[1]) if len(reports) == 2 and scored else None
    path = _answers_folder(every[-1].label, home) / "comparison.json"
    written = {"html": path.with_suffix(".html"), "markdown": path.with_suffix(".md")}
    if comparison is not None:
        durable.write_json(
            path, {"comparison": to_json(comparison), "dtype": dtype, "a": to_json(reports[0]), "b": to_json(reports[1])}
        )
    else:
        durable.write_json(path, {"ranking": to_json(ranking), "dtype": dtype, "reports": to_json(reports)})
    done = Compared(
        reports=tuple(reports),
        ranking=ranking,
        comparison=comparison,
        report=path,
        dtype=dtype,
        page=written["html"],
        markdown=written["markdown"],
    )
    write_comparison(done, **written)
    return done


def write_comparison(
    done: Compared, *, csv: Path | None = None, html: Path | None = None, markdown: Path | None = None
) -> dict[str, Path]:
    """Write what was compared to the files named and return them by kind. Raises StorageError; DataError for a CSV of no scores."""
    asked = side_by_side(done.reports, distinct([report.model for report in done.reports]))
    written = {}
    if csv is not None:
        if done.ranking is None:
            raise DataError("there are no scores for a CSV", seen="no task has a grader", remedy="leave --csv out")
        durable.write_text(csv, table(done.ranking))
        written["csv"] = csv
    for kind, path, make in (("html", html, page), ("markdown", markdown, document)):
        if path is not None:
            durable.write_text(path, make(done.ranking, asked))
            written[kind] = path
    return written
