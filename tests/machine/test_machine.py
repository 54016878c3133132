"""What is found out about the machine, on this one and on faked /proc and /sys."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from burnish.machine import probe as probing, threads
from burnish.machine.memory import available_bytes, peak_bytes, total_bytes
from burnish.machine.threads import choose_threads, environment, usable_cores


def write(root, name, text):
    """Write one file of a faked /proc or /sys."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_probe_finds_a_machine_that_can_multiply(tmp_path):
    """The facts of this machine are all there and make sense."""
    machine = probing.probe(tmp_path / "not-yet")

    assert machine.device in {"cpu", "cuda", "mps"}
    assert machine.name
    assert 1 <= machine.threads <= machine.cores
    assert machine.memory_bytes > 10**8
    assert machine.disk_free_bytes > 0
    assert machine.matmul_flops["float32"] > 1e8
    assert machine.memory_total_bytes >= machine.memory_bytes
    assert machine.load >= 0


def test_speeds_that_are_known_are_not_measured_again(tmp_path, monkeypatch):
    """What was measured on a quiet day is taken as it is; nothing is multiplied."""
    monkeypatch.setattr(probing, "matmul_flops", lambda torch, device: pytest.fail("measured again"))

    assert probing.probe(tmp_path, {"float32": 5e11}).matmul_flops == {"float32": 5e11}


def test_the_processor_names_itself(tmp_path):
    """The first processor's model name of /proc/cpuinfo."""
    write(
        tmp_path,
        "proc/cpuinfo",
        "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7B13\n\nprocessor\t: 1\nmodel name\t: Other\n",
    )

    assert probing.cpu_name(tmp_path) == "AMD EPYC 7B13"


def test_a_processor_without_a_name_is_named_by_its_architecture(tmp_path):
    """Without /proc the name is still not empty."""
    assert probing.cpu_name(tmp_path) != ""


def test_the_tightest_limit_of_a_container_bounds_memory_and_file_cache_is_free(tmp_path):
    """Cgroup v2: the outer group's 3 GB less 1 GB used, of which 0.5 GB is file cache."""
    write(tmp_path, "proc/self/cgroup", "0::/outer/inner\n")
    write(tmp_path, "sys/fs/cgroup/outer/memory.max", "300000000")
    write(tmp_path, "sys/fs/cgroup/outer/memory.current", "100000000")
    write(tmp_path, "sys/fs/cgroup/outer/memory.stat", "anon 1\ninactive_file 50000000\n")
    write(tmp_path, "sys/fs/cgroup/outer/inner/memory.max", "max")
    write(tmp_path, "sys/fs/cgroup/outer/inner/memory.current", "100000000")

    assert available_bytes(tmp_path) == 250_000_000


def test_all_memory_of_a_container_is_its_limit_whoever_holds_it(tmp_path):
    """Cgroup v2: 300 MB of the outer group, though 100 MB of it are in use."""
    write(tmp_path, "proc/self/cgroup", "0::/outer/inner\n")
    write(tmp_path, "sys/fs/cgroup/outer/memory.max", "300000000")
    write(tmp_path, "sys/fs/cgroup/outer/memory.current", "100000000")
    write(tmp_path, "sys/fs/cgroup/outer/inner/memory.max", "max")

    assert total_bytes(tmp_path) == 300_000_000


def test_a_container_that_hides_its_path_is_bounded_by_its_mount(tmp_path):
    """Cgroup v1 as Docker shows it: the path of /proc/self/cgroup is not there, the mount's own files are."""
    write(tmp_path, "proc/self/cgroup", "4:memory:/docker/abc\n0::/\n")
    write(tmp_path, "sys/fs/cgroup/memory/memory.limit_in_bytes", "200000000")
    write(tmp_path, "sys/fs/cgroup/memory/memory.usage_in_bytes", "80000000")

    assert available_bytes(tmp_path) == 120_000_000


def test_no_limit_leaves_what_the_system_has(tmp_path, monkeypatch):
    """Cgroup v1 writes a number near 2**63 where there is no limit."""
    write(tmp_path, "proc/self/cgroup", "4:memory:/\n")
    write(tmp_path, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")
    write(tmp_path, "sys/fs/cgroup/memory/memory.usage_in_bytes", "80000000")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=123))

    assert available_bytes(tmp_path) == 123


def test_peak_is_in_bytes_and_never_falls():
    """Sixty-four more megabytes are seen, and stay seen."""
    before = peak_bytes()
    held = b"x" * (64 << 20)
    after = peak_bytes()
    del held

    assert before > 10_000_000
    assert after >= before
    assert peak_bytes() >= after


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("cpu.max", "150000 100000", 1),
        ("cpu.max", "max 100000", 8),
        ("cpu.max", "50000 100000", 1),
        ("cpu.max", "400000 100000", 4),
    ],
)
def test_a_quota_bounds_the_cores(tmp_path, monkeypatch, name, text, expected):
    """One and a half cores are one, half a core is one, no quota leaves all eight."""
    write(tmp_path, "proc/self/cgroup", "0::/box\n")
    write(tmp_path, f"sys/fs/cgroup/box/{name}", text)
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)

    assert expected == usable_cores(tmp_path)


def test_the_old_form_of_a_quota_bounds_the_cores_too(tmp_path, monkeypatch):
    """Cgroup v1: 300 of 100 milliseconds are three cores; -1 means none."""
    write(tmp_path, "proc/self/cgroup", "2:cpu,cpuacct:/\n")
    write(tmp_path, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000")
    write(tmp_path, "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000")
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)

    assert usable_cores(tmp_path) == 3


@pytest.mark.parametrize("cores", [1, 2, 16])
def test_the_number_of_threads_does_not_hang_on_the_load(cores):
    """One thread a core on a quiet and on a busy day: another number would round sums differently."""
    counts = {environment(cores, load, {}).values["OMP_NUM_THREADS"] for load in (0.0, 0.9, 7.0)}

    assert counts == {str(cores)} == {str(choose_threads(cores))}


def test_waiting_threads_sleep_only_when_others_work():
    """OMP_WAIT_POLICY is set when other programs are busy, and the reason says so."""
    busy, quiet = environment(2, 0.9, {}), environment(2, 0.0, {})

    always = {"OMP_NUM_THREADS": "2", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64"}
    assert busy.values == {**always, "OMP_WAIT_POLICY": "passive"}
    assert quiet.values == always
    assert "0.9 of 2 cores" in busy.reason


def test_what_a_person_set_stays():
    """A variable that is there already is not overwritten, and the reason says that."""
    found = environment(2, 0.9, {"OMP_NUM_THREADS": "7", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "1024"})

    assert found.values == {"OMP_WAIT_POLICY": "passive"}
    assert "OMP_NUM_THREADS=7 was set already" in found.reason


def test_the_load_of_others_leaves_our_own_work_out(monkeypatch):
    """Two cores' busy seconds less our own, over the time watched."""
    busy = iter(
        [SimpleNamespace(user=10.0, nice=0.0, system=0.0, idle=5.0), SimpleNamespace(user=11.5, nice=0.0, system=0.5, idle=5.0)]
    )
    clock = iter([0.0, 1.0])
    own = iter([3.0, 3.4])
    monkeypatch.setattr(psutil, "cpu_times", lambda: next(busy))
    fake = SimpleNamespace(monotonic=lambda: next(clock), process_time=lambda: next(own), sleep=lambda _: None)
    monkeypatch.setattr(threads, "time", fake)

    assert threads.other_load() == 1.6


def test_threads_are_settled_without_loading_torch():
    """The command line asks before torch is imported, which would be too late."""
    code = "import sys; from burnish.machine import threads as t; t.environment(t.usable_cores(), t.other_load(0.01), {}); print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"
