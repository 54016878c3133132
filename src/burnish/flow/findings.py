"""The verb `report`: where a run's reports lie, and its findings as a document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from burnish import durable
from burnish.errors import RegistryError
from burnish.evaluate.compare import compare
from burnish.evaluate.findings import findings
from burnish.flow.project import open_registry
from burnish.flow.run_files import NOTES, durable_json
from burnish.flow.telling import epoch_losses
from burnish.records.codec import from_json
from burnish.records.plan import Plan
from burnish.records.questions import Questions
from burnish.records.report import Comparison, EvalReport
from burnish.records.retention import Retention
from burnish.records.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The reports of one run."""

    run: Run
    files: dict[str, Path]
    """`report.html`, `before_after.md` and `report.json`, those that are there."""
    findings: Path | None


def report(reference: str, path: Path | None, *, home: str | None) -> Reported:
    """Return where a version's reports lie; write its findings to `path` where one is given. Raises RegistryError."""
    registry = open_registry(home)
    run = registry.get(reference)
    folder = registry.home / "runs" / run.id
    files = {name: folder / name for name in ("report.html", "before_after.md", "report.json") if (folder / name).exists()}
    if path is not None:
        if path.is_dir():
            raise RegistryError("the findings need a file", seen=f"{path} is a folder", remedy=f"name a file: {path}/findings.md")
        plan = from_json(Plan, durable_json(folder / "plan.json"))
        if not run.loss_epochs:  # from before they were kept
            run = replace(run, loss_epochs=epoch_losses(folder / "events.jsonl"))
        asked, kept = _questions(folder), _retention(folder)
        durable.write_text(path, findings(run, plan, comparison_of(folder), str(folder), questions=asked, kept=kept))
    return Reported(run=run, files=files, findings=path)


def _questions(folder: Path) -> Questions | None:
    """Return the four questions as the run answered them; None where they were not asked."""
    path = folder / "report.json"
    told = durable_json(path).get("questions") if path.exists() else None
    return from_json(Questions, told) if told is not None else None


def _retention(folder: Path) -> Retention | None:
    path = folder / "retention.json"
    return from_json(Retention, durable_json(path)) if path.exists() else None


def comparison_of(folder: Path) -> Comparison | None:
    """Return how a run compares with where it started, from its answers; None where it was not judged."""
    if not (folder / "before.json").exists() or not (folder / "after.json").exists():
        return None
    before, after = (from_json(EvalReport, durable_json(folder / name)) for name in ("before.json", "after.json"))
    comparison = compare(before, after)
    notes = durable_json(folder / NOTES) if (folder / NOTES).exists() else []
    return replace(comparison, notes=(*notes, *comparison.notes))
