"""How fast the machine multiplies: by what it says of itself, and by a clock that other programs do not move."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from burnish.machine import speed
from burnish.machine.speed import bfloat16_units, cpu_flags, matmul_flops

SAPPHIRE = "processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16 amx_bf16 amx_tile\n"
ZEN4 = "processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16\n"
ZEN3 = "processor\t: 0\nflags\t\t: fpu avx2\n"
ARM = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd bf16 i8mm\n"


def torch_of(mkldnn=True, capability=(9, 0)):
    """Return what is asked of torch here."""
    return SimpleNamespace(
        backends=SimpleNamespace(mkldnn=SimpleNamespace(is_available=lambda: mkldnn)),
        cuda=SimpleNamespace(get_device_capability=lambda: capability),
    )


@pytest.mark.parametrize(
    ("text", "units"),
    [(SAPPHIRE, "AMX and AVX512-BF16"), (ZEN4, "AVX512-BF16"), (ZEN3, ""), (ARM, ""), ("", "")],
    ids=["AMX", "Zen 4", "Zen 3", "ARM", "no flags"],
)
def test_units_are_known_by_the_flags(tmp_path, text, units):
    """A processor that multiplies bfloat16 itself says so; of an ARM one measuring decides, as the library may not use it."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(text)

    assert bfloat16_units(torch_of(), "cpu", tmp_path, {}) == units


@pytest.mark.parametrize("name", speed.LIMITS)
def test_units_that_the_library_may_not_use_do_not_count(tmp_path, name):
    """Where the environment keeps the library from instructions, or it has none, the flags say nothing."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(SAPPHIRE)

    assert bfloat16_units(torch_of(), "cpu", tmp_path, {name: "AVX2"}) == ""
    assert bfloat16_units(torch_of(mkldnn=False), "cpu", tmp_path, {}) == ""


@pytest.mark.parametrize(("capability", "units"), [((9, 0), "tensor cores"), ((8, 0), "tensor cores"), ((7, 5), "")])
def test_a_gpu_is_known_by_its_capability(capability, units):
    """From Ampere on tensor cores multiply bfloat16."""
    assert bfloat16_units(torch_of(capability=capability), "cuda") == units


def test_flags_of_an_arm_processor_are_read(tmp_path):
    """ARM calls them features; without the file there are none."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(ARM)

    assert "bf16" in cpu_flags(tmp_path)
    assert cpu_flags(tmp_path / "nowhere") == frozenset()


def clocked(monkeypatch, seconds):
    """Let each product of a dtype take the given seconds of the thread's own clock, the last of them for ever."""
    now = [0.0]
    left = {name: list(times) for name, times in seconds.items()}

    def product(torch, device, dtype):
        if dtype not in left:
            raise RuntimeError("not implemented")

        def once():
            now[0] += left[dtype].pop(0) if len(left[dtype]) > 1 else left[dtype][0]

        return once

    monkeypatch.setattr(speed, "_product", product)
    monkeypatch.setattr(speed, "_clock", lambda device: lambda: now[0])
    monkeypatch.setattr(speed, "SECONDS", 0.0)


def test_a_dtype_the_device_refuses_is_left_out(monkeypatch):
    """A device that raises for bfloat16 is not said to be able to use it."""
    import torch

    clocked(monkeypatch, {"float32": [1.0]})

    assert set(matmul_flops(torch, "cpu")) == {"float32"}


def test_the_fastest_product_counts_and_the_first_does_not(monkeypatch):
    """One undisturbed product among disturbed ones is the machine's speed, and the threads are as before afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        clocked(monkeypatch, {"float32": [9.0, 4.0, 2.0, 4.0], "bfloat16": [0.1, 3.0, 3.0, 0.5]})
        found = matmul_flops(torch, "cpu")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)

    assert found["bfloat16"] / found["float32"] == pytest.approx(4.0)
    assert found["float32"] == pytest.approx(2 * 2 * speed.ROWS * speed.INPUTS * speed.OUTPUTS / 2.0)


def test_time_that_other_programs_take_is_not_counted(monkeypatch):
    """On Linux a thread's own clock is read, which stands while the thread waits for a core."""
    import time

    monkeypatch.setattr(speed.sys, "platform", "linux")
    assert speed._clock("cpu") is time.thread_time
    assert speed._clock("cuda") is time.perf_counter
