"""What a run was made with: kept with it, so that a figure can be traced to its machine and libraries."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from burnish import __version__

if TYPE_CHECKING:
    from burnish.records.machine import Machine
    from burnish.records.plan import Plan

LIBRARIES = ("torch", "transformers", "peft", "safetensors", "tokenizers", "numpy")


def environment(machine: Machine, plan: Plan) -> dict[str, Any]:
    """Return burnish's, Python's and the libraries' versions, the machine and the dtype."""
    return {
        "burnish": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "device": machine.device,
        "machine": machine.name,
        "cores": machine.cores,
        "threads": machine.threads,
        "dtype": plan.dtype,
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
