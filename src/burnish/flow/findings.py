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
from burnish.records.codec import from_json
from burnish.records.plan import Plan
from burnish.records.report import Comparison, EvalReport
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
        durable.write_text(path, findings(run, plan, comparison_of(folder), str(folder)))
    return Reported(run=run, files=files, findings=path)


def comparison_of(folder: Path) -> Comparison | None:
    """Return how a run compares with where it started, from its answers; None where it was not judged."""
    if not (folder / "before.json").exists() or not (folder / "after.json").exists():
        return None
    before, after = (from_json(EvalReport, durable_json(folder / name)) for name in ("before.json", "after.json"))
    comparison = compare(before, after)
    notes = durable_json(folder / NOTES) if (folder / NOTES).exists() else []
    return replace(comparison, notes=(*notes, *comparison.notes))
