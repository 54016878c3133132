"""The joint between `serve` and `export`, which never meet: a version's GGUF is made by the verb `export`, in a process of its own.

So the server never holds torch, and the memory of a conversion ends with it.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.errors import ModelError
from burnish.export.able import why_not

if TYPE_CHECKING:
    from burnish.serve.opening import Opened


BASE_SECONDS, SECONDS_A_MILLION = 25.0, 0.35
"""Of one processor, for making a GGUF in 8 bits and proving it: measured with smollm2-135m (71 s on two Zen 5 cores)."""


def expected(base: Path) -> str:
    """Return how long a GGUF of a base model takes to be made and proven here, in words."""
    millions = sum(file.stat().st_size for file in base.glob("*.safetensors")) / 2e6
    seconds = (BASE_SECONDS + SECONDS_A_MILLION * millions) / 1.5
    told = f"{max(10, round(seconds, -1)):.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
    return f"about {told} on a quiet machine, several times that beside other work"


class Exporter:
    """Makes GGUFs for a server, with their proof."""

    def __init__(self, home: str | None, tell: Callable[[str], None]) -> None:
        """Take the project and whom to tell what the export says."""
        self._home, self._tell = home, tell

    def why_not(self, base: Path) -> str:
        """Return why no GGUF can be made of a base model's folder; "" where one can."""
        return why_not(base)

    def make(self, opened: Opened, folder: Path, quant: str) -> Path | None:
        """Export a version into `folder`; where the proof fails, return the file of its evidence. Raises ModelError."""
        reference = opened.label if opened.run is not None else opened.source.name
        self._tell(f"{opened.label}: making its GGUF ({quant}) and proving it, once: {expected(opened.source.folder)}")
        words = ["export", "gguf", reference, "--out", str(folder), "--quant", quant, "--no-rows", "--json"]
        words += ["--home", self._home] if self._home else []
        answer = self._run([sys.executable, "-P", "-m", "burnish", *words])
        if answer.get("passed") is False:
            return Path(answer["proof"])
        if not answer.get("passed"):
            fault = answer.get("error") or {
                "what": "the export ended without a word",
                "seen": "perhaps killed for want of memory",
            }
            remedy = fault.get("remedy") or "serve it with --engine transformers"
            raise ModelError(
                f"no GGUF of {opened.label} can be made: {fault['what']}", seen=fault.get("seen") or "", remedy=remedy
            )
        self._tell(f"{opened.label}: proven in {answer['seconds']:.0f} s to be what was trained")
        return None

    def _run(self, command: list[str]) -> dict[str, Any]:
        """Run an export, pass on its stages while it works, and return its answer; empty where it gave none."""
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as printed,
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.PIPE, text=True, encoding="utf-8"
            ) as child,
        ):
            try:
                stages = itertools.takewhile(lambda line: not line.startswith("gguf of "), child.stderr or ())
                for line in stages:
                    self._tell(line.rstrip())
                child.communicate()  # its table of checks is in its answer too
            except BaseException:
                child.kill()
                raise
            printed.seek(0)
            try:
                return dict(json.loads(printed.read()))
            except ValueError:
                return {}
