"""The reports of one run: before_after.md to read, report.html to show, report.json for programs."""

from __future__ import annotations

import math
from pathlib import Path

from burnish import durable
from burnish.evaluate.report_input import BETTER, WORSE, ReportInput, paired_answers
from burnish.evaluate.report_markdown import markdown
from burnish.evaluate.report_page import page
from burnish.evaluate.report_questions import told_questions
from burnish.records.codec import JSON, to_json

__all__ = ["ReportInput", "write_reports"]


def write_reports(folder: Path, data: ReportInput) -> dict[str, Path]:
    """Write the three reports into a folder and return their paths by file name. Raises StorageError."""
    texts = {"before_after.md": markdown(data), "report.html": page(data)}
    for name, text in texts.items():
        durable.write_text(folder / name, text)
    durable.write_json(folder / "report.json", facts(data))
    return {name: folder / name for name in (*texts, "report.json")}


def facts(data: ReportInput) -> JSON:
    """Return all that the report knows as JSON: whole answers, every row of the ledger, every loss."""
    answers = paired_answers(data.before, data.after)
    changed = {
        key: [{"suite": pair.suite, "id": pair.asked.id, "change": pair.change} for pair in answers.of(fate)]
        for key, fate in (("improved", BETTER), ("got_worse", WORSE))
    }
    known = to_json(data)
    known["ledger"] = {**data.ledger.summary(), "entries": known["ledger"]["entries"]}
    actual = {key: known.pop(key) for key in ("train_seconds", "wall_seconds", "peak_bytes")}
    told = {"verdict": data.verdict, "sentence": data.sentence, **changed}
    if data.questions is not None:
        told["four_questions"] = [to_json(one) for one in told_questions(data.questions)]
    return _writable({**told, **known, "notes": list(data.remarks), "actual": actual})


def _writable(value: JSON) -> JSON:
    """Return the value without what JSON in UTF-8 cannot hold: a number that is none becomes null, half a character U+FFFD."""
    if isinstance(value, dict):
        return {_writable(key): _writable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_writable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else value
