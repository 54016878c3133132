"""What this machine is and how fast it multiplies, found in about a second. The only place that looks at hardware."""

from __future__ import annotations

import platform
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.durable import free_bytes
from burnish.machine.memory import ROOT, available_bytes
from burnish.machine.threads import other_load, usable_cores
from burnish.records.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS, INPUTS, OUTPUTS = 512, 576, 1536
"""A product as in a small model's MLP: 512 tokens, 576 wide, 1,536 inner."""
SECONDS_A_DTYPE = 0.1
DTYPES = {"cpu": ("float32", "bfloat16"), "mps": ("float32", "float16"), "cuda": ("float32", "bfloat16", "float16")}


def probe(folder: Path) -> Machine:
    """Return the facts of this machine; `folder` is where runs are kept (its disk is looked at). Loads torch.

    The load of others is watched before our own products make the cores busy.
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
        matmul_flops=_matmul_flops(torch, device),
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


def _matmul_flops(torch: Any, device: str) -> dict[str, float]:
    """Return FLOP/s by dtype name. A dtype that the device refuses is left out: it is not usable here."""
    speeds = {}
    for name in DTYPES[device]:
        try:
            speeds[name] = _speed(_product(torch, device, name))
            if device == "cpu":
                speeds[name] = max(speeds[name], _alone(torch, name))
        except (RuntimeError, TypeError):  # how torch says that a device does not know a dtype
            continue
    return speeds


def _alone(torch: Any, dtype: str) -> float:
    """Return the FLOP/s on one thread. Where others keep a core busy, all threads wait for the one that shares it, in every product.

    (Seen on two cores: bfloat16 told as slower than float32, and a run planned in float32, beside one other program.)
    """
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        return _speed(_product(torch, "cpu", dtype))
    finally:
        torch.set_num_threads(threads)


def _product(torch: Any, device: str, dtype: str) -> Callable[[], None]:
    """Return one matrix product to be timed, finished when it returns. Zeros take as long as other numbers."""
    left = torch.zeros(ROWS, INPUTS, dtype=getattr(torch, dtype), device=device)
    weight = torch.zeros(OUTPUTS, INPUTS, dtype=getattr(torch, dtype), device=device)
    wait = {"cuda": torch.cuda.synchronize, "mps": getattr(torch.mps, "synchronize", None)}.get(device)

    def once() -> None:
        torch.nn.functional.linear(left, weight)
        if wait is not None:
            wait()

    return once


def _speed(once: Callable[[], None]) -> float:
    """Return the FLOP/s of the fastest of the products that fit in the time; the first, which sets things up, is not counted.

    The fastest, because everything that disturbs a product makes it slower.
    """
    once()
    best, end = float("inf"), time.perf_counter() + SECONDS_A_DTYPE
    while True:
        began = time.perf_counter()
        once()
        now = time.perf_counter()
        best = min(best, now - began)
        if now >= end:
            return 2 * ROWS * INPUTS * OUTPUTS / best
