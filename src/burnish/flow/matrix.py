"""The verb `log --matrix`: how well each version of a chain answers the questions of each session, and what that says of transfer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from burnish.errors import RegistryError
from burnish.evaluate.retention import Transfer, transfer
from burnish.flow.alike import read_then
from burnish.flow.project import open_registry, run_dtype
from burnish.flow.sessions import GENERAL, Session, past_sessions, read_base, read_report

if TYPE_CHECKING:
    from burnish.records.report import EvalReport, GradedAnswer
    from burnish.registry.store import Registry

Cell = Mapping[str, float]
"""Scores by question; empty where it was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Scores by version (the base first) and session, and what is read off them."""

    columns: tuple[str, ...]
    """The sessions in order, and the general probes last."""
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]
    """(version or "base", a mean score for each column; None where it was not asked)."""
    backward: Transfer | None
    """Earlier sessions' questions: now, less right after they were trained. Below 0: forgotten."""
    forward: Transfer | None
    """Questions of sessions not trained yet: by the version before, less by the base."""
    drift: Transfer | None
    """The general probes: now, less by the base."""

    def to_json(self) -> dict[str, Any]:
        """Return what `log --matrix --json` gives."""
        found = {name: getattr(self, name) for name in ("backward", "forward", "drift")}
        return {
            "columns": list(self.columns),
            "rows": [{"version": version, "scores": list(scores)} for version, scores in self.rows],
            **{
                name: None
                if one is None
                else {"mean": one.mean, "low": one.low, "high": one.high, "questions": one.questions, "words": one.words}
                for name, one in found.items()
            },
        }


def matrix(reference: str | None, home: str | None) -> Matrix:
    """Return the matrix of the chain that ends in a version (default: the live one). Raises RegistryError where there is none."""
    registry = open_registry(home)
    if reference is None and registry.live is None:
        raise RegistryError(
            "no version is live, so there is no chain to show",
            seen=f"versions: {', '.join(registry.versions()) or 'none'}",
            remedy="name one: burnish log --matrix --version VERSION",
        )
    sessions = past_sessions(registry, reference or "live")
    base, cells = _cells(registry, sessions)
    last = cells[-1] if cells else {}
    then = _when_trained(registry, sessions, cells)
    backward = {one.name: _less(last.get(one.name, {}), then[i]) for i, one in enumerate(sessions[:-1])}
    forward = {one.name: _less(cells[i - 1].get(one.name, {}), base.get(one.name, {})) for i, one in enumerate(sessions) if i > 0}
    columns = (*(one.name for one in sessions), GENERAL)
    labels = ("base", *(one.run.id for one in sessions))
    return Matrix(
        columns=columns,
        rows=tuple(
            (label, tuple(_mean(row.get(name, {})) for name in columns))
            for label, row in zip(labels, (base, *cells), strict=True)
        ),
        backward=transfer(backward),
        forward=transfer(forward),
        drift=transfer({GENERAL: _less(last.get(GENERAL, {}), base.get(GENERAL, {}))}),
    )


def _cells(registry: Registry, sessions: Sequence[Session]) -> tuple[dict[str, Cell], list[dict[str, Cell]]]:
    """Return the base's scores by column, and each version's."""
    base: dict[str, Cell] = {}
    rows: list[dict[str, Cell]] = []
    names = {one.name for one in sessions} | {GENERAL}
    for one in sessions:
        folder = registry.runs / one.run.id
        start, of_base, after = (read_report(folder / "before.json"), read_base(folder), read_report(folder / "after.json"))
        own = {f"{name}/{task}" for name, task in (answer.id.split("/", 1) for answer in one.answers)}
        before = _own_scores(start, own)
        if rows and before:
            rows[-1][one.name] = before
        base[one.name] = _own_scores(of_base, own) if rows else before
        if of_base is not None and GENERAL in of_base.suites:
            base[GENERAL] = _scores(of_base.suites[GENERAL].answers)
        row = {name: _scores(suite.answers) for name, suite in (after.suites if after else {}).items() if name in names}
        rows.append({**row, one.name: _scores(one.answers)})
    return base, rows


def _when_trained(registry: Registry, sessions: Sequence[Session], cells: Sequence[Mapping[str, Cell]]) -> list[Cell]:
    """Return each earlier session's scores when it was trained, computed as the last session's are.

    Where that was in another dtype, they are what its version said once more for the last one; nothing where it was not asked.
    """
    now = sessions[-1].run
    again = read_then(registry.runs / now.id)
    found: list[Cell] = []
    for one, row in zip(sessions[:-1], cells, strict=False):
        if one.run.id in again:
            found.append(_scores(again[one.run.id].suites[one.name].answers))
        else:
            found.append(row.get(one.name, {}) if run_dtype(one.run) == run_dtype(now) else {})
    return found


def _own_scores(report: EvalReport | None, own: set[str]) -> Cell:
    """Return the scores of a session's own questions, by the ids that sessions give them."""
    if report is None:
        return {}
    answers = [replace(answer, id=f"{name}/{answer.id}") for name, suite in report.suites.items() for answer in suite.answers]
    return _scores([answer for answer in answers if answer.id in own])


def _scores(answers: Sequence[GradedAnswer]) -> Cell:
    return {answer.id: answer.score for answer in answers}


def _less(one: Cell, other: Cell) -> list[float]:
    return [one[key] - other[key] for key in one if key in other]


def _mean(cell: Cell) -> float | None:
    return sum(cell.values()) / len(cell) if cell else None
