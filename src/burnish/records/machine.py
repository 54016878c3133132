"""Facts of the hardware, as measured or handed in; `plan` works from these alone, so it can plan for a machine not here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine."""

    device: str
    """"cpu", "cuda" or "mps"."""
    name: str
    """What the device calls itself, such as "AMD EPYC" or "NVIDIA H200"."""
    cores: int
    """CPU cores this process may use."""
    memory_bytes: int
    """Memory available to the device now (CPU: available RAM within any cgroup limit; CUDA: free device memory)."""
    disk_free_bytes: int
    """Free bytes where runs are kept."""
    matmul_flops: Mapping[str, float]
    """Measured speed of a matrix product by dtype name ("float32", "bfloat16"), in FLOP/s; a missing dtype is not usable."""
    bfloat16_by: str = ""
    """What the device multiplies bfloat16 with, such as "AMX": by what it says of itself, not by timing. Empty: nothing known."""
    memory_total_bytes: int = 0
    """All memory the device has for this process, whoever holds it now (within any cgroup limit); 0: not known, `memory_bytes` counts."""
    load: float = 0.0
    """Work of other processes seen during the probe, in cores."""
    threads: int = 1
    """Threads that a step will use."""
