"""How fast this machine multiplies, by dtype: a fact of the machine, measured so that other programs do not move it.

A product is timed on one thread by that thread's own CPU time, which does not run while another program has the core; dtypes take
turns, so that a slow moment meets them alike; and the fastest of each counts, because whatever disturbs a product makes it slower.
What a processor says of itself (`bfloat16_units`) needs no timing at all.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from burnish.machine.memory import ROOT

ROWS, INPUTS, OUTPUTS = 512, 576, 1536
"""A product as in a small model's MLP: 512 tokens, 576 wide, 1,536 inner."""
SECONDS = 0.3
"""For all dtypes together; each product is timed LEAST times whatever it takes."""
LEAST = 3
DTYPES = {"cpu": ("float32", "bfloat16"), "mps": ("float32", "float16"), "cuda": ("float32", "bfloat16", "float16")}
UNITS = {"amx_bf16": "AMX", "avx512_bf16": "AVX512-BF16"}
"""Linux's flags of x86 processors whose own instructions multiply bfloat16, and that torch's library uses."""
LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY")
"""Environment variables by which a person keeps the library from instructions that are there."""
AMPERE = 8
"""CUDA's compute capability from which tensor cores multiply bfloat16."""


def bfloat16_units(torch: Any, device: str, root: Path = ROOT, given: Mapping[str, str] = os.environ) -> str:
    """Return what the device multiplies bfloat16 with, such as "AMX and AVX512-BF16"; empty where it says nothing of it.

    Nothing is timed. Empty too where the library would not use it: without oneDNN, or where the environment forbids it.
    """
    if device == "cuda":
        return "tensor cores" if torch.cuda.get_device_capability()[0] >= AMPERE else ""
    if device != "cpu" or not torch.backends.mkldnn.is_available() or any(name in given for name in LIMITS):
        return ""
    flags = cpu_flags(root)
    return " and ".join(name for flag, name in UNITS.items() if flag in flags)


def cpu_flags(root: Path = ROOT) -> frozenset[str]:
    """Return the flags of the first processor in /proc/cpuinfo ("flags" on x86, "Features" on ARM); none where there is no such file."""
    try:
        lines = (root / "proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    found = next((line.partition(":")[2] for line in lines if line.split(":")[0].strip() in {"flags", "Features"}), "")
    return frozenset(found.split())


def matmul_flops(torch: Any, device: str) -> dict[str, float]:
    """Return FLOP/s by dtype name: on a CPU one thread's, times the threads. A dtype that the device refuses is left out."""
    products = {}
    for name in DTYPES[device]:
        try:
            products[name] = _product(torch, device, name)
            products[name]()  # the first one sets things up
        except (RuntimeError, TypeError):  # how torch says that a device does not know a dtype
            products.pop(name, None)
    threads = torch.get_num_threads()
    if device == "cpu":
        torch.set_num_threads(1)
    try:
        best = _fastest(products, _clock(device))
    finally:
        torch.set_num_threads(threads)
    times = threads if device == "cpu" else 1
    return {name: times * 2 * ROWS * INPUTS * OUTPUTS / seconds for name, seconds in best.items()}


def _clock(device: str) -> Callable[[], float]:
    """Return the clock that others do not move: a Linux thread's own. (Apple's library multiplies on threads of its own.)"""
    return time.thread_time if device == "cpu" and sys.platform == "linux" else time.perf_counter


def _fastest(products: Mapping[str, Callable[[], None]], clock: Callable[[], float]) -> dict[str, float]:
    """Return the least seconds that each product took, in turns."""
    best = dict.fromkeys(products, float("inf"))
    end, turns = time.perf_counter() + SECONDS, 0
    while turns < LEAST or time.perf_counter() < end:
        for name, once in products.items():
            began = clock()
            once()
            best[name] = min(best[name], max(clock() - began, 1e-9))
        turns += 1
    return best


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
