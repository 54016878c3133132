"""`augment --prove`: two trainings from one start, with the made rows and without, and the paired verdict on rows that neither saw."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from burnish import durable
from burnish.data.groups import asked, on_the_way
from burnish.data.leaks import leaks
from burnish.data.near import near_clusters
from burnish.data.split import split
from burnish.errors import DataError
from burnish.evaluate.compare import compare
from burnish.flow.cleaning import write_rows
from burnish.flow.events import Said, Shown, Work
from burnish.flow.judging import HELD_OUT, gather_suites, judge
from burnish.flow.project import load_weights, open_registry, open_version
from burnish.flow.request import Request
from burnish.flow.telling import score_rows, verdict_words
from burnish.flow.train import Trained, train
from burnish.plan.table import holdout_for
from burnish.records.codec import to_json
from burnish.records.conversation import Conversation
from burnish.records.recipe import Recipe
from burnish.records.report import Comparison, EvalReport
from burnish.records.task import Task

WITHOUT, WITH = "without.jsonl", "with.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What both trainings share."""

    model: str | None
    start: str | None
    """A version or base; None: live, else base."""
    recipe: Recipe
    home: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the made rows are worth."""

    without: str
    """The version trained without the made rows."""
    with_made: str
    comparison: Comparison
    """A: without, B: with."""
    steps: tuple[int, int]
    """Training steps without and with: more rows also mean more steps."""
    path: Path


def divided(rows: Sequence[Conversation], seed: int) -> tuple[list[Conversation], list[Conversation]]:
    """Return (rows to train on and to make rows from, rows to ask). Raises DataError where nothing can be held out."""
    parts = split(rows, min(holdout_for(len(rows)), max(0, len(rows) - 1)), seed)
    if not parts.held_out:
        remedy = "add rows, or leave --prove out"
        raise DataError("too few rows to prove anything: none can be held out", seen=f"{len(rows)} rows", remedy=remedy)
    return [rows[i] for i in parts.train], [rows[i] for i in parts.held_out]


def prove(
    trained: Sequence[Conversation], made: Sequence[Conversation], held_out: Sequence[Conversation], terms: Terms
) -> Work[Proof]:
    """Train on `trained`, then on these and what was made from them, and compare both on `held_out`. Raises BurnishError."""
    made = _unasked(trained, made, held_out)
    if not made:
        raise DataError("nothing was made of the rows, so there is nothing to prove", remedy="ask for other kinds: --kind")
    registry = open_registry(terms.home, make=True)
    folder = registry.home / "proofs" / _name([*trained, *made], held_out)
    write_rows(folder / WITHOUT, trained)
    write_rows(folder / WITH, [*trained, *made])
    suite = gather_suites((), held_out)
    reports, runs = [], []
    for name, words in ((WITHOUT, "without the made rows"), (WITH, f"with {len(made)} rows made of them")):
        yield Said(text=f"training {words}", level="head")
        done = yield from train(_request(folder / name, terms), home=terms.home)
        if not isinstance(done, Trained):
            raise AssertionError("a training that is no dry run ends with a version")
        runs.append(done.run)
        reports.append((yield from _answers(done.run.id, suite, terms)))
    comparison = compare(reports[0], reports[1])
    told = {"without": to_json(reports[0]), "with": to_json(reports[1]), "comparison": to_json(comparison)}
    durable.write_json(folder / "proof.json", told)
    steps = runs[0].steps, runs[1].steps
    yield Shown(title="", columns=("", "without", "with", "difference", "verdict"), rows=score_rows(comparison))
    yield Said(text=f"the made rows are: {verdict_words(comparison)}", level="head")
    yield Said(text=f"steps: {steps[0]} without, {steps[1]} with; neither version is made live")
    return Proof(without=runs[0].id, with_made=runs[1].id, comparison=comparison, steps=steps, path=folder / "proof.json")


def _unasked(
    trained: Sequence[Conversation], made: Sequence[Conversation], held_out: Sequence[Conversation]
) -> list[Conversation]:
    """Return the made rows that ask nothing that is held out: a rule may make of one question what another row asks."""
    numbers = near_clusters([asked(row) for row in (*held_out, *trained, *made)])
    known = set(numbers[: len(held_out)])
    fresh = [row for row, number in zip(made, numbers[len(held_out) + len(trained) :], strict=True) if number not in known]
    met = list(on_the_way([*held_out, *fresh]))
    held = {question for i, question in met if i < len(held_out)}
    stray = {i - len(held_out) for i, question in met if question in held}
    fresh = [row for i, row in enumerate(fresh) if i not in stray]
    found = leaks([*trained, *fresh], held_out)
    if found:  # a defect of ours: a proof with a leak proves nothing
        raise AssertionError("; ".join(found))
    return fresh


def _request(path: Path, terms: Terms) -> Request:
    """Return a training of all rows of a file, not judged and not made live: the same one for both."""
    data = replace(terms.recipe.data, holdout=0, folds=None)
    recipe = replace(terms.recipe, data=data, gates=())
    return Request(data=str(path.resolve()), model=terms.model, recipe=recipe, start=terms.start, promote=False)


def _answers(version: str, suite: Mapping[str, tuple[Task, ...]], terms: Terms) -> Work[EvalReport]:
    opened = yield from open_version(version, home=terms.home)
    weights = load_weights(opened)
    return (yield from judge(lambda: (weights, opened.chat), version, suite, stage="answering " + HELD_OUT))


def _name(rows: Sequence[Conversation], held_out: Sequence[Conversation]) -> str:
    """Return a name that the same rows have again, so that a proof that was broken off goes on."""
    words = json.dumps([[row.id for row in rows], [row.id for row in held_out]])
    return hashlib.sha256(words.encode()).hexdigest()[:16]
