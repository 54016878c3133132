"""What this machine is and how fast it multiplies, found in about a second. Only this room looks at hardware."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from burnish.durable import free_bytes
from burnish.machine.memory import ROOT, available_bytes, total_bytes
from burnish.machine.speed import LIMITS, bfloat16_units, cpu_flags, matmul_flops
from burnish.machine.threads import other_load, usable_cores
from burnish.records.machine import Machine


def identity() -> str:
    """Return, as one line, all that the speed of a product depends on: device, flags, library, threads, limits set. Loads torch."""
    import torch

    device = _device(torch)
    kept_from = {name: os.environ[name] for name in LIMITS if name in os.environ}
    facts = [device, _name(torch, device), sorted(cpu_flags()), str(torch.__version__), torch.get_num_threads(), kept_from]
    return json.dumps(facts)


def probe(folder: Path, speeds: Mapping[str, float] | None = None) -> Machine:
    """Return the facts of this machine; `folder` is where runs are kept (its disk is looked at). Loads torch.

    The load of others is watched before our own products make the cores busy. `speeds`: how fast it multiplies, where that is known.
    """
    import torch

    cores, load = usable_cores(), other_load()
    device = _device(torch)
    return Machine(
        device=device,
        name=_name(torch, device),
        cores=cores,
        memory_bytes=_free_memory(torch, device),
        disk_free_bytes=free_bytes(folder),
        matmul_flops=matmul_flops(torch, device) if speeds is None else speeds,
        bfloat16_by=bfloat16_units(torch, device),
        memory_total_bytes=_all_memory(torch, device),
        load=load,
        threads=torch.get_num_threads(),
    )


def cpu_name(root: Path = ROOT) -> str:
    """Return what the processor calls itself, from /proc/cpuinfo or sysctl; the architecture's name where both are silent."""
    try:
        lines = (root / "proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    found = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    names = {key.strip(): value.strip() for key, value in found.items()}
    return next((names[key] for key in ("model name", "Model", "Hardware") if names.get(key)), "") or _sysctl_name()


def _sysctl_name() -> str:
    if platform.system() == "Darwin":
        told = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False)
        if told.stdout.strip():
            return told.stdout.strip()
    return platform.processor() or platform.machine()


def _device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _name(torch: Any, device: str) -> str:
    return str(torch.cuda.get_device_name()) if device == "cuda" else cpu_name()


def _free_memory(torch: Any, device: str) -> int:
    return int(torch.cuda.mem_get_info()[0]) if device == "cuda" else available_bytes()


def _all_memory(torch: Any, device: str) -> int:
    return int(torch.cuda.mem_get_info()[1]) if device == "cuda" else total_bytes()
