"""The model card of an artefact, written from the run: its data (books, no rows), plan, scores, verdict, proof, limits, and use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from burnish.export.job import Job
from burnish.export.licence import Licence
from burnish.export.proof import Proof
from burnish.export.rows import FILE, told_of_rows
from burnish.export.usage import usage_of
from burnish.records.codec import JSON
from burnish.records.run import Run, training_loss
from burnish.records.taught import headline


def card(job: Job, proof: Proof, licence: Licence, base: str, folder: Path) -> str:
    """Return README.md of an artefact in `folder`; `base` is the base's public name."""
    parts = [
        _front(job, proof, licence, base),
        f"# {base}, fine-tuned" if job.version.run else f"# {base}",
        _summary(job, proof, base),
        told_of_rows(job.version, folder),
        *([_scores(job), _data(job, folder), _plan(job)] if job.version.run else []),
        _proof(proof),
        usage_of(job, proof.kind, base),
        _limits(job, licence),
    ]
    return "\n\n".join(part for part in parts if part).rstrip() + "\n"


def _front(job: Job, proof: Proof, licence: Licence, base: str) -> str:
    """Return the YAML head that model hubs read."""
    from huggingface_hub import ModelCardData

    relation = {"adapter": "adapter", "merged": "finetune"}.get(proof.kind, "quantized")
    data = ModelCardData(
        base_model=base,
        base_model_relation=relation,
        license="other" if licence.name == "unknown" else licence.name,
        library_name={"adapter": "peft", "merged": "transformers"}.get(proof.kind, "gguf"),
        pipeline_tag="text-generation",
        tags=["burnish", "lora"] if job.version.run else ["burnish"],
    )
    return f"---\n{data.to_yaml().strip()}\n---"


def _summary(job: Job, proof: Proof, base: str) -> str:
    run = job.version.run
    if run is None:
        return f"The base model {base} as `{proof.kind}`, untrained."
    verdict = {
        "better": "**better** than what it started from",
        "worse": "**worse** than what it started from",
        "cannot tell": "no clear difference from what it started from (**cannot tell**)",
    }.get(run.verdict, "not judged")
    start = f"version {run.parents[-1]}" if run.parents else "the base"
    broken = f" **It is broken: {run.broken}.**" if run.broken else ""
    earlier = {
        "kept": " On the questions of earlier sessions no fall is shown.",
        "fell": " On the questions of earlier sessions it fell, within the margin allowed.",
        "forgot": " It **forgot** some of what earlier sessions taught.",
    }.get(run.retention, "")
    return (
        f"A LoRA fine-tuning of {base}, made with burnish as version `{run.id}` on {run.created[:10]}, beginning from {start}. "
        f"Kind: `{proof.kind}`. Judged {_by(run)}: {verdict}.{broken}{earlier}"
    )


def _by(run: Run) -> str:
    known = headline(run.parts)
    return f"by the facts it was taught ({known})" if known else "on held-out questions"


def _scores(job: Job) -> str:
    run = job.version.run
    assert run is not None
    if not run.scores:
        return "## Scores\n\nNo suite was asked: nothing is known of how it answers."
    rows = [
        (name, _number(one, "mean_a"), _number(one, "mean_b"), _interval(one), str(one.get("n", "")), str(one.get("verdict", "")))
        for name, one in run.scores.items()
        if isinstance(one, Mapping)
    ]
    table = _table(("suite", "before", "after", "difference (95 % interval)", "questions", "verdict"), rows)
    return f"## Scores\n\nScores run from 0 to 1; the same questions before and after, compared in pairs.\n\n{table}"


def _number(value: Mapping[str, JSON], key: str) -> str:
    number = value.get(key)
    return f"{number:.3f}" if isinstance(number, int | float) else ""


def _interval(one: Mapping[str, JSON]) -> str:
    numbers = [float(one[key]) for key in ("difference", "low", "high") if isinstance(one.get(key), int | float)]
    return f"{numbers[0]:+.3f} ({numbers[1]:+.3f} to {numbers[2]:+.3f})" if len(numbers) == 3 else ""


def _data(job: Job, folder: Path) -> str:
    run = job.version.run
    assert run is not None
    rows, tokens = run.ledger.get("rows"), run.ledger.get("tokens")
    here = f"Those it answers with are in {FILE}." if (folder / FILE).is_file() else "The rows themselves are not in this folder."
    lines = [f"{run.rows} rows trained on, {run.supervised_tokens:,} tokens of answers. {here}"]
    if isinstance(rows, Mapping) and isinstance(tokens, Mapping):
        lines.append(_table(("rows", "number"), [(str(fate).replace("_", " "), str(number)) for fate, number in rows.items()]))
        lines.append(
            _table(("tokens", "number"), [(str(fate).replace("_", " "), f"{number:,}") for fate, number in tokens.items()])
        )
    lines.append(f"sha256 of the data: `{run.data_hash}`")
    return "## Data\n\n" + "\n\n".join(lines)


_PLANNED = (
    "lora_rank",
    "lora_alpha",
    "lora_targets",
    "lora_rslora",
    "epochs",
    "learning_rate",
    "batch_rows",
    "max_length",
    "dtype",
    "seed",
)


def _plan(job: Job) -> str:
    run, folder = job.version.run, job.version.folder
    assert run is not None
    rows = [("method", run.method), ("steps", str(run.steps)), ("seconds of training", f"{run.train_seconds:.0f}")]
    if run.trained_share is not None:
        every = run.base_parameters + run.trainable_parameters
        rows.append(("trained weights", f"{run.trainable_parameters:,} of {every:,} ({run.trained_share:.2%})"))
    plan = _json(folder / "plan.json") if folder is not None else {}
    for key in _PLANNED:
        if key in plan:
            value = plan[key]
            rows.append((key.replace("_", " "), ", ".join(value) if isinstance(value, list) else str(value)))
    rows.append(("loss", training_loss(run.loss_epochs)))
    if run.loss_start is not None and run.loss_kept is not None:
        rows.append((f"loss of the {run.loss_rows} rows", f"{run.loss_start:.3f} before training, {run.loss_kept:.3f} after"))
    return "## Training\n\n" + _table(("setting", "value"), rows)


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def _proof(proof: Proof) -> str:
    rows = [(check.word, check.name, check.seen) for check in proof.checks]
    said = "passed" if proof.passed else "FAILED"
    if proof.passed and proof.not_shown:
        said = f"passed, but **not shown: {', '.join(check.name for check in proof.not_shown)}**;"
    return (
        f"## Proof that this is what was trained\n\n{said} on {proof.when[:10]}; the figures are in proof.json, and "
        f"`burnish export {proof.kind} {proof.version} -o THIS_FOLDER --prove` repeats it.\n\n"
        + _table(("holds", "what", "seen"), rows)
    )


def _limits(job: Job, licence: Licence) -> str:
    lines = [
        "It knows what its base knew and what the rows taught; it can be wrong, and sound sure.",
        "The scores speak of the questions that were asked, and of no others.",
        f"Licence of the base: {licence.name} ({licence.source})." + (f" **{licence.warning}.**" if licence.warning else ""),
        *(f"About the chat template: {note}." for note in job.version.chat.notes),
    ]
    return "## Limits\n\n" + "\n".join(f"- {line}" for line in lines)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    """Return a text as one Markdown cell: nothing in it ends the cell or begins markup."""
    one_line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "|<>*_`[]" else letter for letter in one_line)
